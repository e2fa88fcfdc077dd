//! Schemas of parameters and what they make of values: a line of schema, a line of values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use python::schema::{Compiled, check, check_parameters};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (schema, value) = fuzz::halves(text);
    let (Ok(schema), Ok(value)) = (serde_json::from_str(schema), serde_json::from_str(value))
    else {
        return;
    };
    let (schema, value): (Value, Value) = (schema, value);
    fuzz::input(|| {
        let _dumped = check(&schema, &value).map_err(|error| error.dump());
        if let Ok(compiled) = Compiled::new(&schema) {
            let errors = compiled.errors(&value);
            if let Ok(checked) = compiled.check_value(value.clone()) {
                // What is good with its defaults stays so, and gets no more of them.
                assert_eq!(compiled.check_value(checked.clone()), Ok(checked));
            }
            for error in errors {
                assert!(!error.keyword.is_empty(), "{error:?}");
                let _dumped = error.dump();
            }
        }
        if let (Some(schemas), Some(parameters)) = (schema.as_object(), value.as_object()) {
            if let Ok(checked) = check_parameters(schemas, parameters) {
                assert_eq!(check_parameters(schemas, &checked).as_ref(), Ok(&checked));
            }
            let _config = Compiled::config(schemas);
        }
    });
});
