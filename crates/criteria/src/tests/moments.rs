//! Ages of dates.

use serde_json::{Value, json};

use super::outcome;

#[test]
fn ages_are_compared_in_seconds() {
    let check = |operator: &str, value: Value, pattern: Value, expected: &str| {
        assert_eq!(outcome(operator, &value, &pattern), expected, "{value} {operator} {pattern}");
    };
    let before = "2026-11-24T11:50:00Z";
    check("timediff_lt", json!(before), json!(601), "yes");
    check("td_lt", json!(before), json!("600.5"), "yes");
    check("td_lt", json!(before), json!(600), "no");
    check("timediff_gt", json!(before), json!(599), "yes");
    check("td_gt", json!(before), json!(" -1e3 "), "yes");
    check("td_gt", json!("2026-11-24T12:10:00Z"), json!(-601), "yes");
    check("td_gt", json!(20_140_520), json!(true), "yes");
    check("td_gt", json!(before), json!("nan"), "no");
    check("td_gt", json!(null), json!(1), "Unknown string format: None");
    check("td_gt", json!([1, "a"]), json!(1), "Unknown string format: [1, 'a']");
    check("td_gt", json!(before), json!("x"), "could not convert string to float: 'x'");
    let message = "float() argument must be a string or a real number, not 'list'";
    check("td_gt", json!(before), json!([1]), message);
    check("td_gt", json!(before), json!(null), "no");
}
