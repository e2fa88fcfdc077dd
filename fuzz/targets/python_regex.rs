//! Python's regular expressions: a pattern on the first line, a text behind it.
#![no_main]

use expr::jinja::{self, Evaluated};
use libfuzzer_sys::fuzz_target;
use python::re::functions::{compile, find_all, is_match, substitute};
use python::re::{DOTALL, IGNORECASE, MULTILINE, Purpose};
use serde_json::{Map, Value};

fuzz_target!(|input: &str| {
    let (pattern, text) = fuzz::halves(input);
    for bits in 0..8_u8 {
        let flag = |bit: u8, flag: u8| if bits & bit != 0 { flag } else { 0 };
        let flags = flag(1, IGNORECASE) | flag(2, MULTILINE) | flag(4, DOTALL);
        let compiled = |purpose| fuzz::input(|| compile(pattern, flags, purpose));
        let (Ok(search), Ok(start), Ok(compiled)) =
            (compiled(Purpose::Search), compiled(Purpose::Match), compiled(Purpose::Captures))
        else {
            continue;
        };
        let (searched, matched, all) = fuzz::input(|| {
            (is_match(&search, text), is_match(&start, text), find_all(&compiled, text))
        });
        if let (Ok(searched), Ok(all)) = (searched, &all) {
            assert_eq!(searched, !all.is_empty());
            assert!(!matched.is_ok_and(|matched| matched) || searched);
        }
        if let Ok(replaced) = fuzz::input(|| substitute(&compiled, "x", text, usize::MAX)) {
            let is_nowhere = all.as_ref().is_ok_and(Vec::is_empty);
            assert!(!is_nowhere || replaced == text);
        }
        let _kept = fuzz::input(|| substitute(&compiled, r"<\g<0>\1>", text, usize::MAX));
    }
    let variables: Map<String, Value> =
        [("p".to_owned(), Value::from(pattern)), ("s".to_owned(), Value::from(text))]
            .into_iter()
            .collect();
    let run = |expression: &str| {
        fuzz::input(|| jinja::evaluate(expression, &variables, &fuzz::options()))
    };
    if let (Ok(Evaluated::Value(matched)), Ok(Evaluated::Value(searched))) =
        (run("s | regex_match(p)"), run("s | regex_search(p)"))
    {
        assert!(matched != true || searched == true);
    }
    let _found = run("s | regex_substring(p)");
    let _replaced = run("s | regex_replace(p, s)");
});
