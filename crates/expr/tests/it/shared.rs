//! Variables that are shared between evaluations give what the same variables in one object give.

use std::borrow::Cow;
use std::sync::Arc;

use expr::document::{self, Context, Recorded};
use expr::variables::Variables;
use serde_json::{Value, json};

fn object() -> Value {
    json!({
        "n": 3,
        "name": "web",
        "empty": {},
        "list": ["a", "b"],
        "result": {"exit": {"code": 0}, "items": [{"name": "x"}, {"name": "y"}]},
        "__state": {"tasks": {}},
        "__current_item": {"id": 7},
    })
}

fn shared(object: &Value) -> Variables {
    let Value::Object(map) = object else { panic!("no object") };
    Variables::from(map.clone())
}

#[test]
fn shared_variables_give_the_same_answers() {
    let object = object();
    let base = shared(&object);
    let layers = base
        .with([("n", Arc::new(json!(9))), ("list", Arc::new(json!(["a", "b"])))])
        .with([("n", Arc::new(json!(3)))]);
    let recorded = Recorded::among(&object);
    let expressions = [
        "{{ ctx().n }}",
        "{{ ctx('name') }}",
        "{{ ctx()['result'].exit.code }}",
        "{{ ctx().get('nothing', 'x') }}",
        "{{ ctx().result.get('exit') }}",
        "{{ ctx().result.get('none') is none }}",
        "{{ ctx().nothing | default('x') }}",
        "{{ ctx().nothing is defined }} {{ ctx().list is defined }}",
        "{{ ctx().empty | length }} {{ ctx().list | length }}",
        "{{ 'yes' if ctx().empty else 'no' }}",
        "{{ not ctx().list }}",
        "{{ 'b' in ctx().list }} {{ 'exit' in ctx().result }} {{ 'c' not in ctx().list }}",
        "{{ ctx().keys() | list }}",
        "{{ ctx() | length }}",
        "{{ ctx().result }}",
        "{{ ctx().result['items'] | map(attribute='name') | list }}",
        "{% for key in ctx() %}{{ key }} {% endfor %}",
        "{{ ctx().__state }}",
        "{{ ctx('__state') }}",
        "{{ ctx('nam') }}",
        "{{ ctx().nam }}",
        "{{ __vars.n }}",
        "{{ item('id') }}",
        "<% ctx().n %>",
        "<% ctx(name) %>",
        "<% ctx().get(nothing, 1) %>",
        "<% ctx().result.get(exit).code %>",
        "<% ctx().keys().len() %>",
        "<% ctx().list.len() %>",
        "<% ctx() %>",
        "<% ctx().result %>",
        "<% ctx().result.items.select($.name) %>",
        "<% ctx().__state %>",
        "<% ctx(__state) %>",
        "<% ctx().nam %>",
        "<% ctx(nam) %>",
        "<% $.__vars %>",
        "<% $__vars.n %>",
        "n is <% ctx().n %> and {{ ctx().n }}",
    ];
    for expression in expressions {
        let one = Context { workflow: Some(&recorded), ..Context::new(&object) };
        let expected = document::evaluate_text(expression, &one);
        for variables in [&base, &layers] {
            let many = Context { workflow: Some(&recorded), ..Context::sharing(variables) };
            let given = document::evaluate_text(expression, &many);
            assert_eq!(given, expected, "{expression}");
            assert_eq!(given.is_err(), expected.is_err(), "{expression}");
        }
    }
}

#[test]
fn a_shared_name_hides_that_of_the_object() {
    let (object, over) = (json!({"a": 1, "b": 2}), shared(&json!({"b": 3, "c": 4})));
    let context = Context { shared: Some(&over), ..Context::new(&object) };
    let all = document::evaluate_text("<% ctx() %>", &context);
    assert_eq!(all.map(|all| all.to_string()), Ok(json!({"a": 1, "b": 3, "c": 4}).to_string()));
    assert_eq!(document::evaluate_text("{{ ctx().b + ctx('c') }}", &context), Ok(json!(7)));
}

#[test]
fn what_is_a_part_of_the_context_is_lent() {
    let variables = shared(&object());
    let context = Context::sharing(&variables);
    let list = variables.get("list");
    for text in ["<% ctx().list %>", "<% ctx(list) %>", "{{ ctx().list }}", "{{ ctx('list') }}"] {
        match document::evaluate_lent(text, &context) {
            Ok(Cow::Borrowed(value)) => {
                assert!(list.is_some_and(|list| std::ptr::eq(list, value)), "{text}");
            }
            other => panic!("{text} gave {other:?}"),
        }
    }
    let made = document::evaluate_lent("{{ ctx().list + [] }}", &context);
    assert!(matches!(made, Ok(Cow::Owned(value)) if value == json!(["a", "b"])));
}

#[test]
fn text_in_the_context_is_evaluated_again_where_that_is_asked_for() {
    let variables = shared(&json!({"a": "{{ ctx().b }}", "b": "<% ctx().c %>", "c": 5}));
    let once = Context::sharing(&variables);
    assert_eq!(document::evaluate_text("{{ ctx().b }}", &once), Ok(json!("<% ctx().c %>")));
    let again = Context { again: true, ..once };
    assert_eq!(document::evaluate_text("{{ ctx().a }}", &again), Ok(json!("<% ctx().c %>")));
    assert_eq!(document::evaluate_text("<% ctx().b %>", &again), Ok(json!(5)));
}
