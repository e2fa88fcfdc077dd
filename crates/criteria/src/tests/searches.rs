//! Searches over lists.

use serde_json::{Value, json};

use super::{evaluate, short};

fn fields() -> Value {
    json!([{"name": "Status", "to": "Approved", "n": 1}, {"name": "Signature", "to": "Alice"}])
}

fn check(value: &Value, condition: &str, pattern: &Value, expected: &str) {
    let criteria =
        json!({"trigger.v": {"type": "search", "condition": condition, "pattern": pattern}});
    let found = short(&evaluate(&criteria, &json!({"v": value, "outer": 1})));
    assert_eq!(found, expected, "{value} {condition} {pattern}");
}

#[test]
fn conditions_count_items_and_criteria() {
    let both = json!({
        "item.name": {"type": "equals", "pattern": "Status"},
        "item.to": {"type": "equals", "pattern": "Approved"},
    });
    let either = json!({
        "item.name": {"type": "equals", "pattern": "Status"},
        "item.to": {"type": "equals", "pattern": "Alice"},
    });
    for (pattern, all, any, all2any, any2any) in
        [(&both, "no", "yes", "no", "yes"), (&either, "no", "no", "yes", "yes")]
    {
        check(&fields(), "all", pattern, all);
        check(&fields(), "any", pattern, any);
        check(&fields(), "all2any", pattern, all2any);
        check(&fields(), "any2any", pattern, any2any);
    }
}

#[test]
fn empty_lists_and_empty_criteria_count_too() {
    let exists = json!({"item": {"type": "exists", "pattern": "x"}});
    check(&json!([]), "all", &exists, "yes");
    check(&json!([]), "any", &exists, "no");
    check(&fields(), "any", &json!({}), "yes");
    check(&fields(), "any2any", &json!({}), "no");
    check(&json!([]), "all", &json!("no criteria"), "yes");
    check(&fields(), "all", &json!("x"), "'str' object has no attribute 'items'");
}

#[test]
fn dictionaries_are_one_item_and_texts_are_characters() {
    let name = json!({"item.name": {"type": "equals", "pattern": "Status"}});
    check(&fields()[0], "all", &name, "yes");
    check(&json!("aaa"), "all", &json!({"item": {"type": "eq", "pattern": "a"}}), "yes");
    check(&json!(5), "all", &name, "'int' object is not iterable");
    check(&json!(null), "any", &name, "'NoneType' object is not iterable");
}

#[test]
fn unknown_conditions_are_refused() {
    let known =
        "is not recognized for type search, 'any', 'all', 'any2any' and 'all2any' are allowed";
    check(&json!(5), "ANY", &json!({}), &format!("The 'ANY' condition {known}"));
    let criteria = json!({"trigger.v": {"type": "search", "pattern": {}}});
    let verdict = evaluate(&criteria, &json!({"v": []}));
    assert_eq!(short(&verdict), format!("The 'None' condition {known}"));
}

#[test]
fn keys_may_carry_tags() {
    let between = json!({
        "item.n#1": {"type": "gt", "pattern": 0},
        "item.n#2": {"type": "lt", "pattern": 2},
    });
    check(&fields()[0], "all", &between, "yes");
}

#[test]
fn patterns_see_the_item_only() {
    check(&fields(), "all", &json!({"item.to": {"type": "eq", "pattern": "{{ item.to }}"}}), "yes");
    let text = "Failed to render pattern value \"{{ trigger.outer }}\" for key \"item.to\": \
                'trigger' is undefined";
    let outer = json!({"item.to": {"type": "eq", "pattern": "{{ trigger.outer }}"}});
    check(&fields(), "all", &outer, text);
}

#[test]
fn failure_on_one_item_is_noted_although_another_fits() {
    let pattern = json!({"item.n": {"type": "lt", "pattern": 5}});
    let text = "yes, but '<' not supported between instances of 'NoneType' and 'int'";
    check(&fields(), "any", &pattern, text);
}

#[test]
fn searches_nest_and_their_criteria_may_be_rendered() {
    let value = json!([{"tags": [{"k": "a"}, {"k": "b"}]}]);
    let inner = json!({"item.k": {"type": "eq", "pattern": "b"}});
    let nested = json!({"item.tags": {"type": "search", "condition": "any", "pattern": inner}});
    check(&value, "all", &nested, "yes");
    let criteria = json!({
        "trigger.v": {"type": "search", "condition": "any", "pattern": "{{ trigger.wanted }}"},
    });
    let payload = json!({"v": [{"k": "b"}], "wanted": {"item.k": {"type": "eq", "pattern": "b"}}});
    assert_eq!(short(&evaluate(&criteria, &payload)), "yes");
}

#[test]
fn unknown_operator_inside_is_a_failure() {
    let bogus = json!({"item.name": {"type": "bogus", "pattern": "x"}});
    check(&fields(), "any", &bogus, "Invalid operator: bogus");
    let cased = json!({"trigger.v": {"type": "Search", "condition": "any", "pattern": {}}});
    let found = short(&evaluate(&cased, &json!({"v": []})));
    assert!(found.starts_with("search() missing 2 required positional arguments"), "{found}");
}
