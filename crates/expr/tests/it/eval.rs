//! The protocol of recorded answers.

use expr::eval::answer;
use serde_json::json;

#[test]
fn kinds_are_answered_and_others_are_left_alone() {
    let input = json!({ "template": "{{ a }}{{ st2kv.user.k }}", "context": { "a": 1, "user": "bo" },
        "kv": { "system": {}, "user": { "bo": { "k": "v" } } } });
    assert_eq!(answer("jinja", &input), Some(Ok(json!("1v"))));
    let input = json!({ "type": "integer", "value": "5" });
    assert_eq!(answer("cast", &input), Some(Ok(json!(5))));
    assert_eq!(
        answer("cast", &json!({ "type": "integer", "value": "x" })),
        Some(Err("ValueError: invalid literal for int() with base 10: 'x'".to_owned()))
    );
    let input = json!({ "mapping": { "k": "{{ a }}" }, "context": { "a": "b" } });
    assert_eq!(answer("jinja_values", &input), Some(Ok(json!({ "k": "b" }))));
    assert_eq!(answer("something else", &input), None);
}
