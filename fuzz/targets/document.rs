//! Texts of workflows with expressions in them, alone and inside of a structure.
#![no_main]

use expr::document::{self, Context, Recorded};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let variables = Value::Object(fuzz::variables());
    let workflow = Recorded::among(&variables);
    let plain = Context { workflow: Some(&workflow), ..fuzz::context(&variables) };
    let again = Context { again: true, ..plain };
    let evaluated = fuzz::input(|| document::evaluate_text(text, &plain));
    if document::language(text).is_none() {
        assert_eq!(evaluated, Ok(Value::from(text)));
    }
    let _error = evaluated.as_ref().map_err(|error| (error.to_string(), error.hint()));
    let _again = fuzz::input(|| document::evaluate_text(text, &again));
    let structure = serde_json::from_str(text).unwrap_or_else(|_| json!({"k": [text], text: 1}));
    fuzz::input(|| {
        let faults = document::check(&structure);
        assert!(faults.iter().all(|fault| !fault.message.is_empty()), "{faults:?}");
        let variables = document::variables(&structure);
        assert!(variables.is_sorted_by_key(|one| (&one.variable, one.language)));
        let _whole = document::evaluate(&structure, &again);
    });
});
