//! Jinja's expressions by themselves, and the beginnings of texts that are ones.
#![no_main]

use expr::jinja::{self, Evaluated};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|expression: &str| {
    let variables = fuzz::variables();
    let checked = jinja::check_expression(expression);
    let _begins = jinja::check_beginning(expression);
    let evaluate = || fuzz::input(|| jinja::evaluate(expression, &variables, &fuzz::options()));
    let evaluated = evaluate();
    assert!(checked.is_ok() || evaluated.is_err());
    if let Ok(Evaluated::Value(value)) = &evaluated {
        let _printed = jinja::printed(value);
    }
    assert_eq!(evaluated, evaluate());
});
