//! `%` and `str.format`: a template on the first line, a value for it behind.
#![no_main]

use expr::jinja;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let (template, value) = fuzz::halves(text);
    let variables: Map<String, Value> =
        [("f".to_owned(), Value::from(template)), ("v".to_owned(), fuzz::value(value))]
            .into_iter()
            .collect();
    let ways = [
        "f % v",
        "f % (v, 1)",
        "f.format(v, 1, a=v)",
        "('{0:' ~ f ~ '}').format(v)",
        "('{0!r:' ~ f ~ '}').format(v)",
        "f | format(v)",
        "(f | safe) % v",
    ];
    for way in ways {
        let _done = fuzz::input(|| jinja::evaluate(way, &variables, &fuzz::options()));
    }
});
