//! What holds for any format and any sentence.

use std::sync::Arc;

use alias::{Matcher, NotFound, format};
use proptest::prelude::*;
use serde_json::json;

use crate::alias;

const PIECES: [&str; 40] = [
    "foo",
    "bar",
    "run",
    "on",
    "é",
    " ",
    " ",
    " ",
    "  ",
    "{{a}}",
    "{{ b }}",
    "{{c=1}}",
    "{{ d = x }}",
    "( me)?",
    "(foo|bar)",
    "(?:a|b)",
    "\\s*",
    "\\s+",
    "^",
    "$",
    "[a-f]",
    "(?P<n>\\d+)",
    "(?i)",
    "(?i:Foo)",
    "(?m)",
    ".*",
    "x?",
    "|",
    "(?=f)",
    "(?!b)",
    "(?<=o)",
    "\\b",
    "(",
    ")",
    "{",
    "[",
    "\n",
    "(?>fo)o",
    "(a)?(?(1)b|c)",
    "K",
];

fn format() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..7).prop_map(|all| all.concat())
}

const WORDS: [&str; 22] = [
    "foo", "bar", "run", "on", "é", "É", "Foo", " ", " ", " ", "  ", "a", "b", "me", "1", "k=v",
    "x", "\n", "'q r'", "=", "ab", "\u{212a}",
];

fn command() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..8).prop_map(|all| all.concat())
}

fn found(matcher: &Matcher, command: &str, lenient: bool) -> Vec<String> {
    let found = if lenient { matcher.find_lenient(command) } else { matcher.find(command) };
    match found {
        Ok(found) => vec![found.format.representation],
        Err(NotFound::None { .. }) => Vec::new(),
        Err(NotFound::Ambiguous { candidates, .. }) => {
            candidates.into_iter().map(|found| found.format.representation).collect()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_index_loses_nothing(
        formats in prop::collection::vec(format(), 1..6),
        command in command(),
    ) {
        let (matcher, _) = Matcher::build(vec![Arc::new(alias("some", &json!(formats)))]);
        let matching = |extract: fn(&str, &str) -> Result<model::Object, format::Error>| {
            let all = formats.iter().filter(|format| extract(format, &command).is_ok());
            all.cloned().collect::<Vec<_>>()
        };
        let strict = matching(format::extract);
        prop_assert_eq!(&found(&matcher, &command, false), &strict);
        let lenient = if strict.is_empty() { matching(format::extract_lenient) } else { strict };
        prop_assert_eq!(&found(&matcher, &command, true), &lenient);
    }

    #[test]
    fn nothing_panics(format in any::<String>(), command in any::<String>()) {
        let soup = format!("{{{{{format}}}}} ({command})");
        for format in [&format, &soup] {
            drop(format::extract(format, &command));
            drop(format::extract_multiple(format, &command));
            drop(format::extract_lenient(format, &command));
            let (matcher, _) = Matcher::build(vec![Arc::new(alias("any", &json!([format])))]);
            drop(matcher.find_lenient(&command));
            drop(matcher.suggest(&command, 3));
            drop(matcher.search(&command));
            drop(matcher.help(Some(&command), None, 0, 0));
        }
    }

    #[test]
    fn syntax_never_panics(format in "[ab(|)*+?\\[\\]{}^$.\\\\=!<>:P#,01iLmx \\n-]{0,16}") {
        drop(format::extract(&format, "aab 01"));
        drop(format::extract_multiple(&format, "aab 01"));
    }
}
