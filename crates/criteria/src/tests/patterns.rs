//! Patterns that are templates.

use serde_json::{Value, json};

use super::{evaluate, short};

fn check(value: &Value, pattern: &str, expected: &str) {
    let criteria = json!({"trigger.v": {"type": "equals", "pattern": pattern}});
    let payload = json!({"v": value, "n": 4, "s": "text", "list": [1, "a"], "yes": true});
    assert_eq!(short(&evaluate(&criteria, &payload)), expected, "{pattern:?}");
}

#[test]
fn expressions_keep_their_types() {
    check(&json!(4), "{{ trigger.n }}", "yes");
    check(&json!(4), "{{trigger.n}}", "yes");
    check(&json!("4"), "{{ trigger.n }}", "no");
    check(&json!([1, "a"]), "{{ trigger.list }}", "yes");
    check(&json!(true), "{{ trigger.yes }}", "yes");
    check(&json!("text"), "{{ trigger.s }}", "yes");
    check(&json!(4), "{{\n trigger.n\n}}", "yes");
}

#[test]
fn expressions_inside_of_text_are_printed() {
    check(&json!("a4b"), "a{{ trigger.n }}b", "yes");
    check(&json!("4 text"), "{{ trigger.n }} {{ trigger.s }}", "yes");
    check(&json!("odd"), "{% if trigger.n > 9 %}even{% else %}odd{% endif %}", "yes");
    check(&json!("{{ x }}"), "{% raw %}{{ x }}{% endraw %}", "yes");
}

#[test]
fn plain_text_loses_what_rendering_drops() {
    check(&json!("a\nb"), "a\r\nb\n", "yes");
    check(&json!("a\n"), "a\n\n", "yes");
    check(&json!("a"), "{# note #}a", "yes");
}

#[test]
fn datastore_is_read_as_text() {
    check(&json!("v1"), "{{ st2kv.system.version ~ '' }}", "yes");
    check(&json!(7), "{{ st2kv.system.limits.low | int }}", "yes");
    check(&json!(7), "{{ system.limits.low | int }}", "yes");
}

#[test]
fn failures_name_pattern_and_key() {
    let text = |pattern: &str, why: &str| {
        format!("Failed to render pattern value \"{pattern}\" for key \"trigger.v\": {why}")
    };
    for (pattern, why) in [
        ("{{ trigger.missing }}", "Object of type StrictUndefined is not JSON serializable"),
        ("{{ trigger.missing | upper }}", "'dict object' has no attribute 'missing'"),
        ("{{ item.v }}", "'item' is undefined"),
        ("{{ st2kv.system.version }}", "Object of type KeyValueLookup is not JSON serializable"),
        ("{{ trigger.n + 0 }}", "unsupported operand type(s) for +: 'int' and 'str'"),
    ] {
        check(&json!(1), pattern, &text(pattern, why));
    }
}

#[test]
fn private_values_of_users_are_not_there() {
    check(&json!("private"), "{{ st2kv.user.token ~ '' }}", "no");
}
