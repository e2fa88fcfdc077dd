//! Sets of parameters.

use expr::jinja::Options;
use expr::params::{Error, Request, finish, render_live};
use serde_json::{Map, Value, json};

struct Case {
    runner: Value,
    action: Value,
    params: Value,
}

fn live(case: &Case) -> Result<Value, Error> {
    let context = json!({ "user": "stanley" });
    let config = json!({ "key": "from config" });
    render_live(&request(case, &context, &config), &Options::default()).map(Value::from)
}

fn request<'a>(case: &'a Case, context: &'a Value, config: &'a Value) -> Request<'a> {
    let map = |value: &'a Value| -> &'a Map<String, Value> { value.as_object().unwrap() };
    Request {
        runner_parameters: map(&case.runner),
        action_parameters: map(&case.action),
        params: map(&case.params),
        action_context: context,
        config,
        additional_contexts: None,
    }
}

fn action(action: Value, params: Value) -> Case {
    Case { runner: json!({}), action, params }
}

#[test]
fn templates_are_rendered_in_the_order_of_what_they_need() {
    let case = action(
        json!({ "a": { "type": "integer" }, "b": { "type": "integer", "default": "{{ a * 2 }}" } }),
        json!({ "a": "{{ c }}", "c": 3 }),
    );
    // A rendered parameter is text for those that read it.
    assert_eq!(live(&case), Ok(json!({ "a": 3, "c": 3, "b": 33 })));
}

#[test]
fn contexts_are_read_by_name() {
    let case = action(
        json!({}),
        json!({ "a": "{{ action_context.user }}", "b": "{{ config_context.key }}", "c": "[{{ st2kv.system.x }}]" }),
    );
    assert_eq!(live(&case), Ok(json!({ "a": "stanley", "b": "from config", "c": "[]" })));
}

#[test]
fn a_missing_variable_is_named() {
    let error = live(&action(json!({}), json!({ "host": "x", "a": "{{ hosts }}" }))).unwrap_err();
    assert_eq!(error.to_string(), "Dependency unsatisfied in variable \"hosts\"");
    assert!(matches!(error, Error::Unsatisfied { nearest: Some(name), .. } if name == "host"));
}

#[test]
fn a_cycle_names_all_that_are_on_it() {
    let params = json!({ "a": "{{ b }}", "b": "{{ a }}", "c": "{{ a }}" });
    assert_eq!(
        live(&action(json!({}), params)).unwrap_err().to_string(),
        "Cyclic dependency found in the following variables: a, b. Likely the variable is \
         referencing itself"
    );
}

#[test]
fn a_failing_template_names_its_parameter() {
    let error = live(&action(json!({}), json!({ "a": "{{ action_context.nope }}" }))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Failed to render parameter \"a\": 'dict object' has no attribute 'nope'"
    );
}

#[test]
fn null_falls_back_to_the_default() {
    let case = action(json!({ "a": { "type": "string", "default": "d" } }), json!({ "a": null }));
    assert_eq!(live(&case), Ok(json!({ "a": "d" })));
}

#[test]
fn an_immutable_parameter_is_its_default_whatever_is_given() {
    for given in [json!("rm -rf"), json!("{{ 'rm -rf' }}")] {
        let case = action(
            json!({ "cmd": { "type": "string", "default": "ls", "immutable": true } }),
            json!({ "cmd": given }),
        );
        assert_eq!(live(&case), Ok(json!({ "cmd": "ls" })));
    }
}

#[test]
fn bare_variables_in_structures_keep_their_type() {
    let case = action(
        json!({ "l": { "type": "array" } }),
        json!({ "l": ["{{n}}", "{{ n }}", { "x": "{{d}}" }], "n": 5, "d": { "y": null } }),
    );
    let rendered = live(&case).unwrap();
    assert_eq!(rendered["l"], json!([5, "5", { "x": { "y": null } }]));
}

#[test]
fn what_is_no_template_after_all_is_a_value() {
    let case = action(json!({ "a": { "type": "string" } }), json!({ "a": "{{ not a template" }));
    assert_eq!(live(&case), Ok(json!({ "a": "{{ not a template" })));
}

#[test]
fn final_parameters_are_filled_in_and_not_rendered_again() {
    let case = Case {
        runner: json!({ "timeout": { "type": "integer", "default": 60 } }),
        action: json!({ "a": { "type": "string" }, "b": { "default": "{{ a }}" } }),
        params: json!({ "a": "{{ still text }}", "b": "x" }),
    };
    let (context, config) = (json!({}), json!({}));
    let done = finish(&request(&case, &context, &config), &Options::default()).unwrap();
    assert_eq!(Value::from(done.runner), json!({ "timeout": 60 }));
    assert_eq!(Value::from(done.action), json!({ "a": "{{ still text }}", "b": "x" }));
}

#[test]
fn a_value_that_does_not_fit_its_type_is_an_error() {
    let case = action(json!({ "a": { "type": "integer" } }), json!({ "a": "x" }));
    let error = live(&case).unwrap_err();
    assert_eq!(error.to_string(), "invalid literal for int() with base 10: 'x'");
    assert_eq!(error.class_name(), "ValueError");
}
