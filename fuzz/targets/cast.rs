//! Casts: a type on the first line, a value behind it. What was cast can be cast again.
#![no_main]

use expr::cast::{cast, cast_array_alias};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (kind, given) = fuzz::halves(text);
    for value in [Value::from(given), fuzz::value(given)] {
        let done = fuzz::input(|| cast(kind, &value));
        match &done {
            // A literal may be a text that holds a literal.
            Ok(Value::String(_)) => {}
            Ok(done) => assert_eq!(fuzz::input(|| cast(kind, done)).as_ref(), Ok(done)),
            Err(error) => {
                let sentence = error.for_parameter("p", kind, &value);
                assert!(sentence.contains("parameter \"p\""), "{sentence}");
            }
        }
        if let Ok(list) = cast_array_alias(&value) {
            assert!(list.is_array());
        }
    }
});
