//! Query strings and the parts of lists that they ask for.
#![no_main]

use api::fuzzing::{list, query};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    fuzz::input(|| {
        for name in ["limit", "offset", "sort", "name", ""] {
            let (one, parts) = query(text, name);
            assert_eq!(one.is_some_and(|text| !text.is_empty()), parts.is_some());
        }
        let documents = |count: i64| -> Vec<Value> {
            let one = |number: i64| {
                json!({"id": number, "ref": format!("a.{number}"), "name": format!("n{}", number % 3),
                    "enabled": number % 2 == 0, "parts": {"name": "x", "size": number}})
            };
            (0..count).map(one).collect()
        };
        let person = list(documents(12), text, false);
        assert!(person.is_none_or(|limit| limit <= 100), "{person:?}");
        let _admin = list(documents(5), text, true);
    });
});
