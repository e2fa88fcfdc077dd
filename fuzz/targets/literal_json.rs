//! Python's literals that JSON can express: what is read prints and is read as the same, also by
//! the reader of all literals.
#![no_main]

use libfuzzer_sys::fuzz_target;
use python::{
    json,
    literal::{evaluate, evaluate_json},
};

fuzz_target!(|text: &str| {
    let Ok(value) = fuzz::input(|| evaluate_json(text)) else { return };
    let printed = python::repr_of_json(&value);
    if !printed.contains("inf") && !printed.contains("nan") {
        assert_eq!(evaluate_json(&printed).as_ref(), Ok(&value), "{printed}");
        let other = evaluate(&printed).and_then(|object| json::value(&object));
        assert_eq!(other.ok().as_ref(), Some(&value), "{printed}");
    }
});
