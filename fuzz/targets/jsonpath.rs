//! Paths into JSON: a path on the first line, and a value that stands behind it.
#![no_main]

use expr::jinja::{self, Evaluated};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let (path, given) = fuzz::halves(text);
    let value = serde_json::from_str(given).unwrap_or_else(|_| Value::Object(fuzz::variables()));
    let variables: Map<String, Value> =
        [("value".to_owned(), value), ("path".to_owned(), Value::from(path))].into_iter().collect();
    let query = "value | jsonpath_query(path)";
    let found = fuzz::input(|| jinja::evaluate(query, &variables, &fuzz::options()));
    if let Ok(Evaluated::Value(found)) = found {
        assert!(found.is_null() || found.as_array().is_some_and(|found| !found.is_empty()));
    }
});
