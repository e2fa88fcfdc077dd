//! What can be said: pages, filters and searches.

use alias::Matcher;
use serde_json::json;

use crate::matcher;

fn sample() -> Matcher {
    matcher(&[
        (
            "deploy",
            json!(["deploy {{v}}", { "display": "ship <v>", "representation": ["ship {{v}}"] }]),
        ),
        ("restart", json!([{ "representation": ["hidden"] }, "restart the server"])),
    ])
}

fn check(ask: (Option<&str>, Option<&str>, i64, i64), available: usize, expected: &[&str]) {
    let (filter, pack, limit, offset) = ask;
    let help = sample().help(filter, pack, limit, offset).unwrap();
    let shown: Vec<&str> = help.helpstrings.iter().map(|line| line.display.as_str()).collect();
    assert_eq!((help.available, shown.as_slice()), (available, expected));
}

#[test]
fn pages_are_cut_as_stackstorm_cuts_them() {
    let all = ["deploy {{v}}", "ship <v>", "restart the server"];
    check((None, None, 0, 0), 3, &all);
    check((None, None, 2, 0), 3, &all[..2]);
    check((None, None, 0, 1), 3, &all[1..]);
    check((None, None, 1, 1), 3, &all[1..2]);
    check((None, None, -1, 1), 3, &all);
    check((None, None, i64::MAX, i64::MAX), 3, &[]);
}

#[test]
fn filters_are_expressions_over_displays() {
    check((Some("^S"), None, 0, 0), 1, &["ship <v>"]);
    check((Some("p"), Some("kit"), 0, 0), 2, &["deploy {{v}}", "ship <v>"]);
    check((None, Some("other"), 0, 0), 0, &[]);
    let error = sample().help(Some("("), None, 0, 0).unwrap_err();
    assert_eq!(error.to_string(), "missing ), unterminated subpattern at position 0");
}

#[test]
fn help_is_a_document() {
    let help = sample().help(Some("ship"), None, 0, 0).unwrap();
    assert_eq!(
        help.to_json(),
        json!({
            "available": 1,
            "helpstrings": [{ "pack": "kit", "display": "ship <v>", "description": "Does deploy." }],
        })
    );
}

#[test]
fn searches_forgive_typos() {
    let first = |words: &str| {
        sample().search(words).first().map_or_else(String::new, |line| line.display.clone())
    };
    assert_eq!(first("restrat"), "restart the server");
    assert_eq!(first("server restart"), "restart the server");
    assert_eq!(first("depl"), "deploy {{v}}");
    assert_eq!(first("ship deploy"), "ship <v>");
    assert_eq!(first("banana"), "");
    assert_eq!(first(""), "");
}
