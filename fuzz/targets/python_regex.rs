//! Python's regular expressions: a pattern on the first line, a text behind it.
#![no_main]

use expr::{
    jinja::{self, Evaluated},
    python::regex::{self, Flags},
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &str| {
    let (pattern, text) = fuzz::halves(input);
    for bits in 0..8_u8 {
        let flag = |bit: u8| bits & bit != 0;
        let flags = Flags { ignore_case: flag(1), multi_line: flag(2), dot_all: flag(4) };
        let Ok(compiled) = fuzz::input(|| regex::compile_with(pattern, flags)) else { continue };
        let (searched, matched, all) = fuzz::input(|| {
            let all = regex::find_all(&compiled, text);
            (regex::search(&compiled, text), regex::matches(&compiled, text), all)
        });
        if let (Ok(searched), Ok(all)) = (searched, &all) {
            assert_eq!(searched, !all.is_empty());
            assert!(!matched.is_ok_and(|matched| matched) || searched);
        }
        if let Ok(replaced) = fuzz::input(|| regex::substitute(&compiled, "x", text)) {
            let is_nowhere = all.as_ref().is_ok_and(Vec::is_empty);
            assert!(!is_nowhere || replaced == text);
        }
        let _kept = fuzz::input(|| regex::substitute(&compiled, r"<\g<0>\1>", text));
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
