//! Regular expressions in criteria.

use serde_json::{Value, json};

use super::outcome;

#[test]
fn types_are_checked_pattern_first() {
    let check = |value: Value, pattern: Value, expected: &str| {
        assert_eq!(outcome("regex", &value, &pattern), expected, "{value} {pattern}");
    };
    check(json!(null), json!("a"), "expected string or bytes-like object, got 'NoneType'");
    check(json!(null), json!(1), "first argument must be string or compiled pattern");
    check(json!(null), json!([]), "unhashable type: 'list'");
    check(json!([1]), json!("*"), "nothing to repeat at position 0");
    check(json!(1), json!(null), "no");
}
