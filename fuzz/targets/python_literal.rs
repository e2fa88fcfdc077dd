//! Python's literals: what is read prints, and that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use python::{literal, pretty, text};

fuzz_target!(|source: &str| {
    let Ok(object) = fuzz::input(|| literal::evaluate(source)) else { return };
    let Ok(printed) = fuzz::input(|| text::repr(&object)) else { return };
    let _pretty = fuzz::input(|| pretty::format(&object));
    // `inf` and `nan` are names and no literals; an empty set has no literal.
    if !printed.contains("inf") && !printed.contains("nan") && !printed.contains("set()") {
        let again =
            literal::evaluate(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
        assert_eq!(text::repr(&again).ok(), Some(printed));
    }
});
