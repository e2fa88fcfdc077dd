//! The YAML of packs: what is read prints as JSON, and that is read as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use python::yaml::{self, DEPTH_MAX, Duplicates, VALUES_MAX};
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    fuzz::input(|| {
        let kept = yaml::read(text, Duplicates::KeepLast);
        let strict = yaml::read(text, Duplicates::Refuse);
        let document = match kept {
            Ok(document) => document,
            Err(error) => {
                let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
                // Other breaks than LF and CR make lines of their own.
                assert!(error.line >= 1 && error.line <= lines + text.len(), "{error:?}");
                assert!(error.column >= 1 && error.column <= text.len() + 2, "{error:?}");
                assert!(!error.message.is_empty());
                assert!(strict.is_err());
                return;
            }
        };
        assert_eq!(strict.is_ok(), document.duplicates.is_empty());
        assert!(fuzz::depth(&document.value) <= DEPTH_MAX + 1);
        let mut values = 0;
        if count(&document.value, &mut values) {
            let json = document.value.to_string();
            let again = yaml::read(json.as_bytes(), Duplicates::Refuse).map(|again| again.value);
            assert_eq!(again.as_ref(), Ok(&document.value), "{json}");
        }
        assert!(values <= VALUES_MAX);
    });
});

/// Counts values; returns whether JSON's way to write them is YAML's, too.
fn count(value: &Value, values: &mut usize) -> bool {
    *values += 1;
    let is_plain = |text: &String| {
        text.len() < 200 && !text.contains(|c: char| c.is_control() || !c.is_ascii())
    };
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => !number.to_string().contains(['e', 'E']),
        Value::String(text) => is_plain(text),
        Value::Array(items) => items.iter().fold(true, |all, item| count(item, values) && all),
        Value::Object(map) => {
            map.iter().fold(true, |all, (key, value)| count(value, values) && is_plain(key) && all)
        }
    }
}
