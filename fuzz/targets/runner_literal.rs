//! Python's literals in the bodies of requests: what is read prints and is read as the same, here
//! and by the reader of templates.
#![no_main]

use python::{json, literal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(value) = fuzz::input(|| runner::fuzzing::literal(text)) else { return };
    let printed = python::repr_of_json(&value);
    if !printed.contains("inf") && !printed.contains("nan") {
        assert_eq!(runner::fuzzing::literal(&printed).as_ref(), Some(&value), "{printed}");
        let other = literal::evaluate(&printed).and_then(|object| json::value(&object));
        assert_eq!(other.ok().as_ref(), Some(&value), "{printed}");
    }
});
