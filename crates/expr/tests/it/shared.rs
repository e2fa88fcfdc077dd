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

/// Queries in YAQL; a name with `@` stands for a value.
const YAQL: [&str; 69] = [
    "@rows.where($.s = a)",
    "@rows.where($.s = 'b').first().n",
    "@rows.where($.n > 1).len()",
    "@rows.where($.n >= 2 and $.on)",
    "@rows.where(not $.on or $.n = 1)",
    "@rows.where($.s != a).select($.n)",
    "@rows.where($.in.x = 2)",
    "@rows.where($.z = null)",
    "@rows.where($.z)",
    "@rows.where($.z = 0)",
    "@rows.where($.on = 1)",
    "@rows.where($.s > 1)",
    "@rows.where($.nothing = 1)",
    "@rows.where($.in = 1)",
    "@rows.select($.s)",
    "@rows.select($.in)",
    "@rows.select($.in.x).sum()",
    "@rows.select($)",
    "@rows.select($.nothing)",
    "@rows.s",
    "@rows.in.x",
    "@rows.nothing",
    "@rows.first().s",
    "@rows.last().n",
    "@rows.len()",
    "len(@rows)",
    "@rows.where($.n > 5).first()",
    "@rows.where($.n > 5).len()",
    "@rows.where($.n > 1).where($.on).n",
    "@rows.where($.n > 1)[0]",
    "@rows.where($.n > 1).orderBy(-$.n).select($.n)",
    "@rows.where($.n > 1).toList()[0]",
    "@rows.select($.s).distinct()",
    "@rows.select($.s).contains(a)",
    "@rows.where($.s = a) + @rows.where($.s = b)",
    "@odd.where($.n = 1)",
    "@odd.where($.n = 1).first()",
    "@odd.select($.n)",
    "@odd.n",
    "@odd.select($.n).first()",
    "@map.keys()",
    "@map.keys().len()",
    "@map.len()",
    "@map.get(a)",
    "@map.get(x)",
    "@map.get(x, 5)",
    "@map.get(b).len()",
    "@map.get(1)",
    "@map.containsKey(a)",
    "@map.containsKey(x)",
    "a in @map.keys()",
    "@map.get(x, default => 2)",
    "@map.get(a, 1, 2)",
    "@none.first()",
    "@none.first(7)",
    "@none.len()",
    "not @none",
    "not @map.c",
    "@none and 1",
    "@map and 1",
    "a in @rows.select($.s)",
    "a in @map.b",
    "1 in @map.b",
    "@map.b.contains(1)",
    "@map.b.contains(a)",
    "isString(@map.a)",
    "@rows.select($.s).join('-')",
    "str(@rows.where($.n = 1))",
    "@rows.where($.n = 1) = @rows",
];

/// Queries in Jinja.
const JINJA: [&str; 40] = [
    "@rows | map(attribute='s') | list",
    "@rows | map(attribute='in.x') | join('-')",
    "@rows | map(attribute='x') | list",
    "@rows | selectattr('on') | list",
    "@rows | rejectattr('on') | map(attribute='n') | list",
    "@rows | selectattr('s', 'equalto', 'a') | list | length",
    "@rows | selectattr('n', 'eq', 2) | first",
    "@rows | selectattr('n', 'ne', 2) | map(attribute='s') | list",
    "@rows | selectattr('z') | list",
    "@rows | selectattr('z', 'none') | list",
    "@rows | selectattr('n', 'gt', 1) | list",
    "@rows | first",
    "@none | first | default(4)",
    "@rows | selectattr('on') | length",
    "@rows | map(attribute='items') | list | length",
    "@rows | map(attribute='s') | unique | list",
    "@odd | selectattr('n', 'eq', 1) | list",
    "@odd | map(attribute='n', default=0) | list",
    "@rows | map('upper') | list | length",
    "@map.get('a')",
    "@map.get('x')",
    "@map.get('x', 3)",
    "@map.x is defined",
    "@map.x | default(1)",
    "@map.items() | list",
    "@map['keys'] is defined",
    "'a' in @map",
    "'z' in @map",
    "1 in @map.b",
    "'1' in @map.b",
    "@map.b | length",
    "@map.c | length",
    "'y' if @none else 'n'",
    "not @map.c",
    "@map.x",
    "@map.b.x",
    "@rows | selectattr('s', 'equalto', 'a') | map(attribute='in') | map(attribute='x') | sum",
    "@rows | map(attribute='s')",
    "@rows | selectattr('on')",
    "@rows | selectattr('s', 'equalto', 'b') | map(attribute='s') | first",
];

/// What is decided on JSON where it stands must be what the general way gives for a value that is
/// no part of the context.
#[test]
fn queries_on_the_context_give_what_queries_on_values_give() {
    let variables = shared(&json!({
        "rows": [
            {"n": 1, "s": "a", "on": true, "in": {"x": 1}, "z": null},
            {"n": 2, "s": "b", "on": false, "in": {"x": 2}, "z": 0},
            {"n": 3, "s": "a", "on": true, "in": {"x": 3}, "z": ""},
        ],
        "odd": [{"n": 1}, {"m": 2}, 3],
        "map": {"a": 1, "b": [1, 2], "c": {}},
        "none": [],
    }));
    let context = Context::sharing(&variables);
    let result = |text: &str| {
        let result = document::evaluate_text(text, &context);
        result.map_err(|error| error.cause.class_name().to_owned())
    };
    for query in YAQL {
        let lent = format!("<% {} %>", with_values(query, |name| format!("ctx().{name}")));
        let made = with_values(query, |name| format!("ctx().get(str({name}))"));
        assert_eq!(result(&lent), result(&format!("<% {made} %>")), "{lent}");
    }
    for query in JINJA {
        let lent = format!("{{{{ {} }}}}", with_values(query, |name| format!("ctx().{name}")));
        let made = |name: &str| format!("(ctx().{name} | to_json_string | from_json_string)");
        let made = format!("{{{{ {} }}}}", with_values(query, made));
        assert_eq!(result(&lent), result(&made), "{lent}");
    }
}

fn with_values(query: &str, value: impl Fn(&str) -> String) -> String {
    let names = ["rows", "odd", "map", "none"];
    names
        .iter()
        .fold(query.to_owned(), |text, name| text.replace(&format!("@{name}"), &value(name)))
}
