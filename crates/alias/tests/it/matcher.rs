//! Sentences among many aliases: which one is meant, and why none is.

use std::sync::Arc;

use alias::{Matcher, NotFound};
use serde_json::{Value, json};

use crate::{alias, matcher};

fn check(matcher: &Matcher, command: &str, expected: Result<&str, &str>) {
    let found = matcher.find(command);
    let found = match &found {
        Ok(found) => Ok(found.alias.name.as_str()),
        Err(error) => Err(error.to_string()),
    };
    assert_eq!(found, expected.map_err(str::to_owned), "{command}");
}

#[test]
fn one_format_must_match() {
    let matcher = matcher(&[
        ("run", json!(["run {{cmd}} on {{hosts}}"])),
        ("two", json!([{ "display": "two <x>", "representation": ["two {{x}}", "2 {{x}}"] }])),
        ("any", json!(["run {{cmd}} on web"])),
    ]);
    check(&matcher, "run date on localhost", Ok("run"));
    check(&matcher, "2 b", Ok("two"));
    check(
        &matcher,
        "run date on web",
        Err("Command 'run date on web' matched more than 1 pattern"),
    );
    check(&matcher, "it's", Err("Command 'it's' matched no patterns"));
}

#[test]
fn formats_for_several_matches_come_second() {
    let several = |pattern: &str| json!([{ "representation": [pattern], "match_multiple": true }]);
    let matcher = matcher(&[
        ("first", several("^.*?J-(?P<n>\\d+).*$")),
        ("second", several("^.*?-(?P<n>7).*$")),
        ("single", json!(["x {{p}}"])),
    ]);
    check(&matcher, "x J-1", Ok("single"));
    check(&matcher, "y J-1", Ok("first"));
    check(&matcher, "y J-7", Err("Command 'y J-7' matched more than 1 (multi) pattern"));
    let Err(NotFound::Ambiguous { multi, candidates, .. }) = matcher.find("y J-7") else {
        panic!("two formats match")
    };
    assert!(multi);
    assert_eq!(candidates.len(), 2);
    assert!(matcher.find("y J-1").unwrap().format.match_multiple);
}

#[test]
fn all_formats_of_an_alias_are_tried_in_both_rounds() {
    let mixed =
        json!(["plain {{a}}", { "representation": ["many {{a}}"], "match_multiple": true }]);
    let matcher = matcher(&[("mixed", mixed)]);
    let found = matcher.find("many 1").unwrap();
    assert!(found.format.match_multiple);
    assert_eq!(found.format.display, None);
}

#[test]
fn displays_alone_match_the_empty_command() {
    let matcher = matcher(&[("shown", json!([{ "display": "x" }])), ("none", json!([{}]))]);
    check(&matcher, "", Ok("shown"));
    check(&matcher, "a=1", Ok("shown"));
    check(&matcher, "x", Err("Command 'x' matched no patterns"));
}

#[test]
fn blank_patterns_over_lines_match_text() {
    let matcher = matcher(&[("lines", json!(["(?m)^\\s*$"]))]);
    check(&matcher, "foo\n\nbar", Ok("lines"));
}

#[test]
fn disabled_aliases_never_match() {
    let mut off = alias("off", &json!(["run {{cmd}}"]));
    off.enabled = false;
    let mut broken = alias("broken", &json!(["run ("]));
    broken.enabled = false;
    let (matcher, complaints) = Matcher::build(vec![Arc::new(off), Arc::new(broken)]);
    assert_eq!(complaints, []);
    check(&matcher, "run x", Err("Command 'run x' matched no patterns"));
    assert_eq!(matcher.help(None, None, 0, 0).unwrap().available, 0);
    assert_eq!(matcher.suggest("rum x", 3).len(), 0);
}

#[test]
fn a_broken_format_disturbs_nothing_else() {
    let formats: Value = json!(["run {{a}} {{a}}", 5, "run {{a}}"]);
    let (matcher, complaints) = Matcher::build(vec![Arc::new(alias("half", &formats))]);
    let told: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "format `run {{a}} {{a}}` of alias `kit.half` cannot be matched: redefinition of group \
             name 'a' as group 2; was group 1 at position 79",
            "format `5` of alias `kit.half` cannot be matched: it is neither a text nor an object",
        ]
    );
    check(&matcher, "run x", Ok("half"));
}

#[test]
fn robots_find_what_strict_matching_misses() {
    let matcher = matcher(&[
        ("open", json!(["open {{a}}"])),
        ("exact", json!(["Open {{a}}"])),
        ("run", json!(["(run|start) {{a}}"])),
    ]);
    let find = |command: &str| matcher.find_lenient(command).map(|found| found.alias.name.clone());
    assert_eq!(find("open x").unwrap(), "open");
    assert_eq!(find("Open x").unwrap(), "exact");
    assert_eq!(find("START x").unwrap(), "run");
    assert_eq!(find("run http://h/?q=1").unwrap(), "run");
    assert!(matches!(find("OPEN x"), Err(NotFound::Ambiguous { .. })));
    assert!(matches!(find("close x"), Err(NotFound::None { .. })));
}

#[test]
fn a_costly_format_ends() {
    let matcher =
        matcher(&[("bad", json!(["(a|aa)+{{x}}(a|aa)+b$"])), ("good", json!(["{{a}} b"]))]);
    let command = "a".repeat(2_000);
    assert!(matches!(matcher.find(&command), Err(NotFound::None { .. })));
}

#[test]
fn matchers_are_shared_among_threads() {
    fn shared<T: Send + Sync + std::fmt::Debug + 'static>() {}
    shared::<Matcher>();
}
