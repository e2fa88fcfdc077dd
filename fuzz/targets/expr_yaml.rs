//! YAML in templates: what is read and written is read as the same, and written the same.
#![no_main]

use expr::jinja::{self, Evaluated};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

/// Evaluates an expression over a text.
fn evaluate(expression: &str, text: &str) -> Option<Value> {
    let variables: Map<String, Value> =
        [("text".to_owned(), Value::from(text))].into_iter().collect();
    match fuzz::input(|| jinja::evaluate(expression, &variables, &fuzz::options())) {
        Ok(Evaluated::Value(value)) => Some(value),
        Ok(Evaluated::Undefined) | Err(_) => None,
    }
}

fuzz_target!(|text: &str| {
    let rewrite = "text | from_yaml_string | to_yaml_string";
    let Some(Value::String(written)) = evaluate(rewrite, text) else { return };
    // PyYAML writes these breaks in a way that only it reads.
    if written.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return;
    }
    let again = evaluate(rewrite, &written);
    assert_eq!(again.as_ref().and_then(Value::as_str), Some(&*written), "{written}");
    let read = "text | from_yaml_string";
    let (first, second) = (evaluate(read, text), evaluate(read, &written));
    // Dates and sets are no JSON.
    if let (Some(first), Some(second)) = (first, second) {
        assert_eq!(first, second, "{written}");
    }
});
