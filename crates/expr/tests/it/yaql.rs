//! YAQL and documents: what the real thing gave, as files, and what it never should do.

use std::fs;
use std::path::Path;

use expr::document::{self, Context, Language, Recorded};
use expr::jinja::{Limits, Lookup};
use expr::yaql;
use jiff::Timestamp;
use proptest::prelude::*;
use python::Class;
use serde_json::{Value, json};

fn variables() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yaql/context.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Numbers compare by value and kind; sets have no order, so they are not among the cases.
fn fits(case: &Value, got: &Result<Value, document::Error>) -> bool {
    match (got, case.get("value"), case.get("error").and_then(Value::as_str)) {
        (Ok(got), Some(expected), None) => got == expected,
        (Err(error), None, Some(expected)) => {
            let text = format!("{}: {error}", error.class_name());
            text.contains(&format!("{expected}:"))
                || expected.is_empty()
                || text.contains("Unable to resolve key")
        }
        _ => false,
    }
}

#[test]
fn recorded_expressions_give_what_was_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yaql");
    let variables = variables();
    let workflow = Recorded::among(&variables);
    let context = Context { workflow: Some(&workflow), again: true, ..Context::new(&variables) };
    let (mut cases_seen, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("context.json") {
            continue;
        }
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for case in &cases {
            cases_seen += 1;
            let got = document::evaluate(&case["expr"], &context);
            if !fits(case, &got) {
                wrong.push(format!("{case}\n  got {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases_seen > 400);
}

fn evaluate(expression: &str, variables: &Value) -> Result<Value, yaql::Error> {
    yaql::evaluate(expression, &Context::new(variables))
}

#[test]
fn results_are_not_evaluated_again_unless_asked() {
    let variables = json!({ "a": "<% ctx().b %>", "b": 1, "j": "{{ ctx().b }}" });
    let once = Context::new(&variables);
    let again = Context { again: true, ..once };
    let check = |text: &str, first: Value, second: Value| {
        assert_eq!(document::evaluate_text(text, &once), Ok(first), "{text}");
        assert_eq!(document::evaluate_text(text, &again), Ok(second), "{text}");
    };
    check("<% ctx().a %>", json!("<% ctx().b %>"), json!(1));
    check("x <% ctx().a %>", json!("x <% ctx().b %>"), json!("x 1"));
    check("{{ ctx().j }}", json!("{{ ctx().b }}"), json!(1));
}

#[test]
fn now_is_an_argument() {
    let variables = json!({});
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let context = Context { now, ..Context::new(&variables) };
    let check = |expression: &str, expected: Value| {
        assert_eq!(yaql::evaluate(expression, &context).unwrap(), expected, "{expression}");
    };
    check("str(now())", json!("2026-03-01 12:00:00+00:00"));
    check("now(timespan(hours => 2)).hour", json!(14));
    check("datetime('10:30').format('%Y-%m-%d %H:%M')", json!("2026-03-01 10:30"));
    check("now() = now()", json!(true));
}

#[test]
fn random_numbers_depend_on_the_seed_alone() {
    let variables = json!({});
    let draw = |seed| {
        let context = Context { seed, ..Context::new(&variables) };
        yaql::evaluate("[random(), random(1, 6)]", &context).unwrap()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert!((1..=6).contains(&draw(3)[1].as_i64().unwrap()));
}

struct Store;

impl Lookup for Store {
    fn system(&self, key: &str) -> Option<String> {
        (key == "a.b").then(|| "system value".to_owned())
    }

    fn user(&self, key: &str) -> Option<String> {
        (key == "mine").then(|| "user value".to_owned())
    }
}

#[test]
fn the_datastore_is_read_by_scope() {
    let variables = json!({});
    let context = Context { lookup: Some(&Store), ..Context::new(&variables) };
    let check = |text: &str, expected: Value| {
        assert_eq!(document::evaluate_text(text, &context), Ok(expected), "{text}");
    };
    check("<% st2kv('system.a.b') %>", json!("system value"));
    check("{{ st2kv('mine') }}", json!("user value"));
    check("<% st2kv('none', default => 5) %>", json!(5));
    let error = document::evaluate_text("<% st2kv('system.none') %>", &context).unwrap_err();
    assert!(error.message.ends_with("\"none\" does not exist in the StackStorm datastore."));
}

#[test]
fn failures_say_where_and_what_may_have_been_meant() {
    let variables = json!({ "servers": [{ "name": "a" }] });
    let check = |expression: &str, column: u32, nearest: &str| {
        let error = evaluate(expression, &variables).unwrap_err();
        let found = (error.line, error.column, error.nearest.as_deref());
        assert_eq!(found, (1, column, Some(nearest)), "{expression}: {error}");
    };
    check("1 + ctx().server", 11, "servers");
    check("ctx(server)", 1, "servers");
    check("ctx().servers[0].nam", 18, "name");
    check("ctx().servers.wher($.name = a)", 15, "where");
    check("lenn([1])", 1, "len");
    let error = document::evaluate_text("x <% ctx().server %>", &Context::new(&variables));
    let error = error.unwrap_err();
    assert_eq!(error.language, Language::Yaql);
    assert_eq!(error.expression, "<% ctx().server %>");
    assert_eq!(
        error.hint().unwrap(),
        "in `ctx().server` at line 1, column 7; did you mean `servers`?"
    );
}

#[test]
fn faults_are_all_reported() {
    let document = json!({
        "<% k( %>": ["<% ok %>", "<% 1 + %>", "{{ a b }}"],
        "mixed": "<% a %> {{ b }}",
        "fine": "{{ a | some_filter }}",
    });
    let faults = document::check(&document);
    let expressions: Vec<&str> = faults.iter().map(|fault| fault.expression.as_str()).collect();
    assert_eq!(expressions, ["<% k( %>", "<% 1 + %>", "{{ a b }}", "<% a %> {{ b }}"]);
    assert_eq!(faults[3].message, "Expression with multiple types is not supported.");
    assert!(yaql::check("ctx().a.where($ > 1)").is_ok());
    assert!(yaql::check("ctx(").is_err());
}

#[test]
fn references_are_found_in_all_shapes() {
    let document = json!({ "<% ctx().a.b %>": ["<% ctx(b) + ctx('c_d') %>", "{{ ctx(\"e\") }} {{ ctx().f[0] }}"],
        "no": "<% ctx().keys() %> <% ctx() %> ctx().z" });
    let names: Vec<String> =
        document::variables(&document).into_iter().map(|reference| reference.variable).collect();
    assert_eq!(names, ["a", "b", "c_d", "e", "f"]);
    assert_eq!(yaql::variables("ctx().x + ctx(y)"), ["x", "y"]);
}

#[test]
fn endless_and_huge_evaluations_end() {
    let variables = json!({ "loop": "<% ctx().loop %>", "big": "x".repeat(1000) });
    let limits = Limits { fuel: 200_000, built_bytes_max: 8 << 20, ..Limits::default() };
    let context = Context { again: true, limits, ..Context::new(&variables) };
    let check = |expression: &str, class: Class| {
        let text = format!("<% {expression} %>");
        let error = document::evaluate_text(&text, &context).expect_err(expression);
        let classes = [error.cause.class];
        let inner = error.message.contains(&format!("{}:", class.name()));
        assert!(classes.contains(&class) || inner, "{expression}: {error}");
    };
    check("sequence().where(false).first()", Class::Limit);
    check("sequence().toList()", Class::Limit);
    check("[1].cycle().len()", Class::Limit);
    check("generate(1, true, $ + 1).count()", Class::Limit);
    check("generateMany(1, [$, $]).count()", Class::Limit);
    check("range(1000000000).select($).sum()", Class::Limit);
    check("'x' * 100000000", Class::Limit);
    check("[1] * 1000000000", Class::Limit);
    check("range(100).aggregate($1 + $1, ctx().big)", Class::Limit);
    check("def(f, f($)) -> f(1)", Class::Recursion);
    check("range(5000).aggregate($1.select($), [1]).toList()", Class::Recursion);
    check("range(5000).aggregate([$1], [1])", Class::Recursion);
    check("shiftBitsLeft(1, 100000)", Class::Overflow);
    check("ctx().loop", Class::Recursion);
    // Python would try for ever before it finds the empty match at the end.
    let explosive = "<% regex('(a|a)*$').matches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab') %>";
    assert_eq!(document::evaluate_text(explosive, &context).unwrap(), json!(true));
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    check(&deep, Class::Recursion);
    let long = format!("1{}", " + 1".repeat(5000));
    check(&long, Class::Recursion);
}

#[test]
fn deep_expressions_fit_a_small_stack() {
    let evaluate_deep = || {
        let variables = json!({});
        let context = Context::new(&variables);
        for (open, close) in [("(", ")"), ("[", "]"), ("str(", ")"), ("[1].select(", ")")] {
            for depth in [40, 80, 100, 119] {
                let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                drop(yaql::evaluate(&text, &context));
            }
        }
        drop(yaql::evaluate("def(f, [1].select(f($ + 1)).sum()) -> f(1)", &context));
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(evaluate_deep);
    thread.unwrap().join().unwrap();
}

const PIECES: [&str; 64] = [
    "1",
    "2.5",
    "'a'",
    "a",
    "$",
    "$x",
    "null",
    "true",
    "ctx()",
    "ctx().l",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ".",
    "?.",
    "+",
    "-",
    "*",
    "/",
    " mod ",
    " in ",
    " and ",
    " or ",
    "not ",
    "=",
    "!=",
    "<",
    ">",
    "=~",
    "!~",
    "->",
    "=>",
    ".select(",
    ".where(",
    ".orderBy(",
    ".groupBy(",
    ".join(",
    ".toDict(",
    ".len()",
    ".sum()",
    "let(",
    "with(",
    "def(f, ",
    "f(",
    "range(",
    "dict(",
    "set(",
    "list(",
    "regex(",
    ".search(",
    ".replace(",
    "datetime(",
    "timespan(",
    "int(",
    "str(",
    "zip(",
    "call(",
    ".unpack(",
    ".mergeWith(",
    ".limit(2)",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let variables = json!({ "l": [1, "a", null] });
        let context = Context { again: true, ..Context::new(&variables) };
        drop(yaql::evaluate(&text, &context));
        drop(document::evaluate_text(&format!("<% {text} %>"), &context));
        drop(document::check(&json!(text)));
        drop(document::variables(&json!(text)));
    }

    #[test]
    fn no_expression_makes_it_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..14)) {
        let variables = json!({ "l": [1, "a", null, { "k": [] }] });
        let limits = Limits { fuel: 20_000, built_bytes_max: 1 << 20, ..Limits::default() };
        let context = Context { limits, ..Context::new(&variables) };
        let text: String = pieces.iter().map(|index| PIECES[*index]).collect();
        drop(yaql::evaluate(&text, &context));
        let closed = format!("{text}{}", ")".repeat(text.matches('(').count()));
        drop(yaql::evaluate(&closed, &context));
    }

    #[test]
    fn dates_of_any_shape_are_read_or_refused(text in "[0-9a-zA-Z:/. +,-]{0,30}", format in "[%a-zA-Z0-9 :-]{0,12}") {
        let variables = json!({ "text": text, "format": format });
        let context = Context::new(&variables);
        drop(yaql::evaluate("datetime(ctx().text)", &context));
        drop(yaql::evaluate("datetime(ctx().text, ctx().format)", &context));
        drop(yaql::evaluate("datetime(0).format(ctx().format)", &context));
    }
}
