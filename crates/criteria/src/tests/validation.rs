//! What is refused when a rule is registered.

use serde_json::{Value, json};

use crate::Criteria;

fn check(criteria: Value, expected: &str) {
    let error = Criteria::compile(criteria.as_object().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn criteria_need_operator_and_pattern() {
    check(json!({"trigger.a": {}}), "Operator not specified for field: trigger.a");
    check(json!({"trigger.a": {"type": null}}), "Operator not specified for field: trigger.a");
    check(
        json!({"trigger.a": {"type": "exists"}}),
        "For field: trigger.a, no pattern specified for operator exists",
    );
    check(json!({"trigger.a": 1}), "Criterion for field: trigger.a should be a dict.");
}

#[test]
fn unknown_operators_are_answered_with_the_known_ones() {
    check(
        json!({"a": {"type": "Equals", "pattern": 1}}),
        "For field: a, operator Equals not in list of allowed operators: ['matchwildcard', \
         'matchregex', 'regex', 'iregex', 'eq', 'equals', 'neq', 'nequals', 'ieq', 'iequals', \
         'contains', 'icontains', 'ncontains', 'incontains', 'startswith', 'istartswith', \
         'endswith', 'iendswith', 'lt', 'lessthan', 'gt', 'greaterthan', 'td_lt', 'timediff_lt', \
         'td_gt', 'timediff_gt', 'exists', 'nexists', 'inside', 'in', 'ninside', 'nin', 'search']",
    );
}

#[test]
fn what_fails_only_when_evaluated_is_accepted() {
    let criteria = json!({
        "trigger.a": {"type": "regex", "pattern": "("},
        "not a path": {"type": "eq", "pattern": "{{ x"},
    });
    assert!(Criteria::compile(criteria.as_object().unwrap()).is_ok());
}
