//! The index: what it leaves out, and what it must not.

use serde_json::{Value, json};

use super::{compiled, context};
use crate::{Criteria, Index};

fn candidates(rules: &[Value], payload: &Value) -> Vec<usize> {
    let rules: Vec<Criteria> = rules.iter().map(compiled).collect();
    Index::new(rules.iter().enumerate()).candidates(payload).collect()
}

fn eq(pattern: Value) -> Value {
    json!({"type": "equals", "pattern": pattern})
}

#[test]
fn rules_are_found_by_their_constants_in_order() {
    let rules = [
        json!({"trigger.a": eq(json!("x"))}),
        json!({"trigger.a": eq(json!("y"))}),
        json!({}),
        json!({"trigger.b.c": eq(json!(1))}),
        json!({"trigger.a": eq(json!("x"))}),
    ];
    assert_eq!(candidates(&rules, &json!({"a": "x"})), [0, 2, 4]);
    assert_eq!(candidates(&rules, &json!({"a": "y", "b": {"c": true}})), [1, 2, 3]);
    assert_eq!(candidates(&rules, &json!({"b": {"c": 1.0}})), [2, 3]);
    assert_eq!(candidates(&rules, &json!({"a": ["x"]})), [2]);
}

#[test]
fn rules_are_filed_where_they_differ_most() {
    let rule = |n: usize| json!({"trigger.all": eq(json!("same")), "trigger.own": eq(json!(n))});
    let rules: Vec<Value> = (0..50).map(rule).collect();
    assert_eq!(candidates(&rules, &json!({"all": "same", "own": 7})), [7]);
}

#[test]
fn what_may_fail_first_is_always_a_candidate() {
    let late = |first: Value| json!({"trigger.v": first, "trigger.a": eq(json!("x"))});
    let raising = [
        late(json!({"type": "lt", "pattern": 1})),
        late(json!({"type": "regex", "pattern": "a"})),
        late(json!({"type": "equals", "pattern": "{{ trigger.v }}"})),
        json!({"trigger.v[0]": eq(json!(1)), "trigger.a": eq(json!("x"))}),
        json!({"trigger.%": eq(json!(1)), "trigger.a": eq(json!("x"))}),
        json!({"system.v": eq(json!(1)), "trigger.a": eq(json!("x"))}),
        late(json!({"type": "bogus", "pattern": 1})),
    ];
    assert_eq!(candidates(&raising, &json!({"a": "y"})), [0, 1, 2, 3, 4, 5, 6]);
    let harmless = [
        late(json!({"type": "exists", "pattern": "x"})),
        late(json!({"type": "neq", "pattern": 1})),
        late(json!({"type": "in", "pattern": [1, 2]})),
        late(json!({"type": "nexists", "pattern": "x"})),
    ];
    assert!(candidates(&harmless, &json!({"a": "y"})).is_empty());
    assert_eq!(candidates(&harmless, &json!({"a": "x"})), [0, 1, 2, 3]);
}

#[test]
fn rules_that_can_never_match_are_no_candidates() {
    let rules = [
        json!({"trigger.a": {"pattern": "x"}}),
        json!({"trigger.a": {"type": "equals"}}),
        json!({"trigger.a": {"type": "exists"}, "trigger.b": {"pattern": 1}}),
    ];
    assert!(candidates(&rules, &json!({"a": "x", "b": 1})).is_empty());
}

#[test]
fn equality_lists_path_and_constant() {
    let criteria = compiled(&json!({
        "trigger.b.c": eq(json!("x")),
        "trigger.s": {"type": "startswith", "pattern": "a"},
        "trigger.d": eq(json!(1)),
    }));
    let path = ["b".to_owned(), "c".to_owned()];
    assert_eq!(criteria.equality(), [(path.as_slice(), &json!("x"))]);
    let payload = json!({"b": {"c": "x"}, "s": "abc", "d": 1});
    assert!(criteria.evaluate(&payload, &context()).matched);
}
