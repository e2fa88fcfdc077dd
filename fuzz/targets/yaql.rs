//! YAQL: what does not parse is not evaluated, and what is evaluated twice gives the same.
#![no_main]

use expr::yaql;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|expression: &str| {
    let variables = Value::Object(fuzz::variables());
    let context = fuzz::context(&variables);
    let checked = yaql::check(expression);
    let _reads = yaql::variables(expression);
    let evaluated = fuzz::input(|| yaql::evaluate(expression, &context));
    assert!(checked.is_ok() || evaluated.is_err());
    let _hint = evaluated.as_ref().map_err(|error| error.hint());
    assert_eq!(evaluated, fuzz::input(|| yaql::evaluate(expression, &context)));
});
