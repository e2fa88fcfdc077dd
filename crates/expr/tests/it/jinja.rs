//! The interface of the template language.

use std::borrow::Cow;

use expr::jinja::{
    Error, Evaluated, Failure, Functions, Lookup, Options, evaluate, is_template, render, variables,
};
use serde_json::{Map, Value, json};

fn context(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn check(template: &str, given: &Value, expected: &str) {
    let rendered = render(template, context(given), &Options::default());
    assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
}

fn fail(template: &str, given: &Value) -> Error {
    render(template, context(given), &Options::default()).unwrap_err()
}

struct Store;

impl Lookup for Store {
    fn system(&self, key: &str) -> Option<String> {
        match key {
            "a.b" => Some("dotted".to_owned()),
            "number" => Some("5".to_owned()),
            _ => None,
        }
    }

    fn user(&self, key: &str) -> Option<String> {
        (key == "color").then(|| "blue".to_owned())
    }
}

fn looked_up(template: &str) -> Result<String, Error> {
    let options = Options { lookup: Some(&Store), ..Options::default() };
    render(template, &Map::new(), &options)
}

#[test]
fn templates_are_told_from_plain_text() {
    assert!(is_template("a {{ b }}"));
    assert!(is_template("{% if a %}"));
    assert!(!is_template("{ not a template }"));
    assert!(!is_template(""));
}

#[test]
fn lists_and_dictionaries_change_in_place() {
    let given = json!({ "d": { "l": [1] } });
    check("{% set _ = d.l.append(2) %}{{ d }}", &given, "{'l': [1, 2]}");
    // The caller's context is never touched.
    check("{{ d }}", &given, "{'l': [1]}");
}

#[test]
fn output_is_not_evaluated_again() {
    check("{{ a }}", &json!({ "a": "{{ b }}", "b": "no" }), "{{ b }}");
}

#[test]
fn an_error_tells_place_name_and_the_nearest_name() {
    let error = fail("first\n  {{ executoin.id }}", &json!({ "execution": {} }));
    assert_eq!(error.message, "'executoin' is undefined");
    assert_eq!((error.line, error.column), (2, 6));
    assert_eq!(error.expression, "{{ executoin.id }}");
    assert_eq!(error.name.as_deref(), Some("executoin"));
    assert_eq!(error.nearest.as_deref(), Some("execution"));
    insta::assert_snapshot!(error.hint().unwrap(), @"in `{{ executoin.id }}` at line 2, column 6; did you mean `execution`?");
}

#[test]
fn an_unknown_key_and_an_unknown_filter_have_a_nearest_name() {
    let error = fail("{{ d.stauts }}", &json!({ "d": { "status": 1 } }));
    assert_eq!(error.message, "'dict object' has no attribute 'stauts'");
    assert_eq!(error.nearest.as_deref(), Some("status"));
    let error = fail("{{ 1 | to_json_strin }}", &json!({}));
    assert_eq!(error.message, "No filter named 'to_json_strin'.");
    assert_eq!(error.nearest.as_deref(), Some("to_json_string"));
}

#[test]
fn the_datastore_is_looked_up_by_scope_and_dotted_key() {
    assert_eq!(looked_up("{{ st2kv.system.a.b }}").as_deref(), Ok("dotted"));
    assert_eq!(looked_up("{{ st2kv.system['a.b'] }}").as_deref(), Ok("dotted"));
    assert_eq!(looked_up("{{ st2kv.user.color }}").as_deref(), Ok("blue"));
    assert_eq!(looked_up("[{{ st2kv.system.nope }}]").as_deref(), Ok("[]"));
    assert_eq!(looked_up("{{ st2kv.system.number | int + 1 }}").as_deref(), Ok("6"));
    assert_eq!(
        looked_up("{{ st2kv.system.nope | decrypt_kv }}").unwrap_err().message,
        "Referenced datastore item \"st2kv.system.nope\" doesn't exist or it contains an empty string"
    );
}

#[test]
fn the_sandbox_hides_what_is_internal() {
    for template in
        ["{{ ''.__class__ }}", "{{ ''['__class__'] }}", "{{ '{0.__class__}'.format(1) }}"]
    {
        assert_eq!(fail(template, &json!({})).class_name(), "SecurityError", "{template}");
    }
}

#[test]
fn an_expression_keeps_the_type_of_its_value() {
    let given = json!({ "n": 7, "l": [1, "a"], "none": null });
    let typed = |expression: &str| evaluate(expression, context(&given), &Options::default());
    assert_eq!(typed("n + 1"), Ok(Evaluated::Value(json!(8))));
    assert_eq!(typed("l"), Ok(Evaluated::Value(json!([1, "a"]))));
    assert_eq!(typed("none"), Ok(Evaluated::Value(Value::Null)));
    assert_eq!(typed("(1, 2.5)"), Ok(Evaluated::Value(json!([1, 2.5]))));
    assert_eq!(typed("nope"), Ok(Evaluated::Undefined));
}

struct Workflow(Value);

impl Functions for Workflow {
    fn exists(&self, name: &str) -> bool {
        matches!(name, "ctx" | "double")
    }

    fn call<'s>(
        &'s self,
        name: &str,
        positional: Vec<Value>,
        _named: Map<String, Value>,
    ) -> Result<Cow<'s, Value>, Failure> {
        match (name, positional.as_slice()) {
            ("ctx", []) => Ok(Cow::Borrowed(&self.0)),
            ("double", [value]) => Ok(Cow::Owned(json!(value.as_i64().unwrap_or(0) * 2))),
            _ => Err(Failure { class: "TypeError".to_owned(), message: "no".to_owned() }),
        }
    }
}

#[test]
fn functions_of_the_caller_are_called_and_serve_as_filters() {
    let workflow = Workflow(json!({ "a": { "b": [4] } }));
    let options = Options { functions: Some(&workflow), ..Options::default() };
    let typed = |expression: &str| evaluate(expression, &Map::new(), &options);
    assert_eq!(typed("ctx().a.b[0]"), Ok(Evaluated::Value(json!(4))));
    assert_eq!(typed("double(ctx().a.b[0])"), Ok(Evaluated::Value(json!(8))));
    assert_eq!(typed("3 | double"), Ok(Evaluated::Value(json!(6))));
    let error = typed("ctx(1)").unwrap_err();
    assert_eq!((error.class_name(), error.message.as_str()), ("TypeError", "no"));
}

#[test]
fn variables_are_those_read_from_the_context() {
    let names =
        |template: &str| -> Vec<String> { variables(template).unwrap().into_iter().collect() };
    assert_eq!(names("{{ a.b + c[d] }}"), ["a", "c", "d"]);
    assert_eq!(names("{% for i in l %}{{ i }}{{ loop.index }}{% endfor %}"), ["l"]);
    assert_eq!(names("{% set x = y %}{{ x }}"), ["y"]);
    assert_eq!(names("{{ range(n) }}"), ["n"]);
    assert_eq!(names("{% macro m(a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}"), ["b"]);
    assert!(variables("{{ a").is_err());
}
