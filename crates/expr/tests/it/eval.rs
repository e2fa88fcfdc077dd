//! The protocol of recorded answers.

use expr::eval::answer;
use jiff::Timestamp;
use serde_json::{Value, json};

fn ask(kind: &str, input: &Value) -> Option<Result<Value, String>> {
    answer(kind, input, Timestamp::UNIX_EPOCH)
}

#[test]
fn kinds_are_answered_and_others_are_left_alone() {
    let input = json!({ "template": "{{ a }}{{ st2kv.user.k }}", "context": { "a": 1, "user": "bo" },
        "kv": { "system": {}, "user": { "bo": { "k": "v" } } } });
    assert_eq!(ask("jinja", &input), Some(Ok(json!("1v"))));
    let input = json!({ "type": "integer", "value": "5" });
    assert_eq!(ask("cast", &input), Some(Ok(json!(5))));
    assert_eq!(
        ask("cast", &json!({ "type": "integer", "value": "x" })),
        Some(Err("ValueError: invalid literal for int() with base 10: 'x'".to_owned()))
    );
    let input = json!({ "mapping": { "k": "{{ a }}" }, "context": { "a": "b" } });
    assert_eq!(ask("jinja_values", &input), Some(Ok(json!({ "k": "b" }))));
    assert_eq!(ask("something else", &input), None);
}
