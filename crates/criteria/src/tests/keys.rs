//! Keys: paths below the payload, the datastore, tags.

use serde_json::{Value, json};

use super::{evaluate, short};

fn check(key: &str, expected: &Value) {
    let verdict = evaluate(&json!({key: {"type": "eq", "pattern": expected}}), &payload());
    assert_eq!(short(&verdict), "yes", "{key}");
}

fn check_text(key: &str, expected: &str) {
    let verdict = evaluate(&json!({key: {"type": "exists", "pattern": "x"}}), &payload());
    assert_eq!(short(&verdict), expected, "{key}");
}

fn payload() -> Value {
    json!({
        "a": {"b": [1, {"c": 2}, "text"], "k-dash": 3, "sp ace": 4},
        "list": ["v1", true, 1],
        "nested": [[1, 2], [3]],
        "number": 5,
        "@t": 6,
        "where": 7,
    })
}

#[test]
fn paths_lead_to_the_first_match() {
    check("trigger.a.b[0]", &json!(1));
    check("trigger.a.b[-1]", &json!("text"));
    check("trigger.a.b[1].c", &json!(2));
    check("$.trigger.a.b[*]", &json!(1));
    check("trigger.a.'sp ace'", &json!(4));
    check("trigger['a']['k-dash']", &json!(3));
    check("trigger.a.k-dash", &json!(3));
    check("trigger.@t", &json!(6));
    check("trigger.'where'", &json!(7));
    check("trigger.nested[1:]", &json!([3]));
    check("trigger.nested[*][*]", &json!(1));
    check("trigger.list.`parent`.number", &json!(5));
    check("trigger..c", &json!(2));
    check("trigger.missing,number", &json!(5));
    check("trigger.(missing|number)", &json!(5));
    check("trigger.number[*]", &json!(5));
    check("trigger.a.b[2][0]", &json!("t"));
    check("trigger.a.*", &json!([1, {"c": 2}, "text"]));
}

#[test]
fn tag_behind_a_hash_is_ignored() {
    check("trigger.number#again", &json!(5));
    check("trigger.number#a#b", &json!(5));
}

#[test]
fn missing_values_are_nothing() {
    for key in
        ["trigger.x", "trigger.x.y", "trigger.number.x", "trigger.list[9]", "other", "item.a"]
    {
        check_text(key, "no");
    }
}

#[test]
fn wrong_paths_are_failures() {
    let text = |key: &str, why: &str| format!("Failed transforming criteria key {key}: {why}");
    for (key, why) in [
        ("trigger.number[0]", "object of type 'int' has no len()"),
        ("trigger.x&number", ""),
        ("trigger.a[0]", "0"),
        ("trigger.1", "Parse error at 1:8 near token 1 (NUMBER)"),
        ("trigger.a.%", "Error on line 1, col 10: Unexpected character: % "),
        ("trigger.'a", "Unexpected EOF in string literal or identifier"),
        ("trigger.", "the path `trigger.` is incomplete"),
        ("", "the path `` is incomplete"),
    ] {
        check_text(key, &text(key, why));
    }
}

#[test]
fn brackets_bind_loosest() {
    // Both sides of the union, then their first items.
    check_text(
        "trigger.list|number[0]",
        "Failed transforming criteria key trigger.list|number[0]: object of type 'int' has no len()",
    );
}

#[test]
fn datastore_is_there_but_has_no_text() {
    let payload = json!({"v": 1});
    let outcome = |key: &str, operator: &str, pattern: Value| {
        short(&evaluate(&json!({key: {"type": operator, "pattern": pattern}}), &payload))
    };
    assert_eq!(outcome("system.version", "exists", json!("x")), "yes");
    assert_eq!(outcome("system.version", "equals", json!("v1")), "no");
    assert_eq!(outcome("system.version", "nequals", json!("v1")), "yes");
    let message = "expected string or bytes-like object, got 'KeyValueLookup'";
    assert_eq!(outcome("system.version", "regex", json!("v1")), message);
    let message = "argument of type 'KeyValueLookup' is not iterable";
    assert_eq!(outcome("system.version", "contains", json!("v1")), message);
    // A text pattern puts `st2kv` beside the payload.
    assert_eq!(outcome("st2kv.system.version", "exists", json!("x")), "yes");
    assert_eq!(outcome("st2kv.system.version", "exists", json!(1)), "no");
}

#[test]
fn deep_and_long_paths_end_in_a_failure() {
    for key in [format!("trigger{}", ".a".repeat(2_000)), format!("{}a", "(".repeat(2_000))] {
        let verdict = evaluate(&json!({&key: {"type": "exists", "pattern": "x"}}), &payload());
        assert!(verdict.failure.unwrap().contains("too long, too deep"), "{key}");
    }
}
