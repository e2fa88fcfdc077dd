//! Parameters that a sentence gives to one format.

use std::time::{Duration, Instant};

use alias::format::{self, Error};
use serde_json::{Value, json};

/// What StackStorm answers: the vectors of its own tests, then commands made at random.
const RECORDED: &str = include_str!("../data/extract.jsonl");

#[test]
fn recorded_answers_are_given() {
    let mut wrong = Vec::new();
    for line in RECORDED.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (format, command) = (&case["format"], &case["command"]);
        let (format, command) = (format.as_str().unwrap(), command.as_str().unwrap());
        let answer = if case["multiple"] == true {
            format::extract_multiple(format, command).map(|all| json!(all))
        } else {
            format::extract(format, command).map(Value::Object)
        };
        let agrees = match &answer {
            Ok(value) => case.get("value") == Some(value),
            Err(error) => case.get("error") == Some(&json!(error.to_string())),
        };
        if !agrees {
            wrong.push(format!("{line}\n  got {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(RECORDED.lines().count() > 500, "the cases are there");
}

#[test]
fn parameters_keep_their_order_and_pairs_come_last() {
    let found = format::extract("{{z}} to {{a=1}}", "x to y m=2 z=3").unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["z", "a", "m"]);
    assert_eq!(found["z"], "3");
}

#[test]
fn mismatches_are_told_from_broken_formats() {
    assert!(format::extract("foo", "bar").unwrap_err().is_mismatch());
    let broken = format::check("foo (").unwrap_err();
    assert!(!broken.is_mismatch());
    assert_eq!(
        broken,
        Error::Broken("missing ), unterminated subpattern at position 4".to_owned())
    );
    assert_eq!(format::check("foo {{ bar }}"), Ok(()));
}

#[test]
fn a_default_beyond_the_line_is_missed_when_matched() {
    let format = "foo {{a=x\ny}}?";
    let error = format::extract(format, "foo {{a=x\ny}").unwrap_err();
    assert_eq!(error, Error::Unmatched("a".to_owned()));
}

#[test]
fn explosions_end_soon() {
    let cases = [
        ("(a|aa)+b$", "a".repeat(100)),
        ("(a*)*b", "a".repeat(100)),
        ("{{a}} {{b}} {{c}} {{d}} {{e}} end", "x ".repeat(500)),
        ("((((a{1,100}){1,100}){1,100}){1,100}){1,100}b", "a".repeat(200)),
    ];
    for (format, command) in cases {
        let start = Instant::now();
        let result = format::extract(format, &command);
        assert_eq!(result, Err(Error::Exhausted), "{format}");
        assert!(start.elapsed() < Duration::from_secs(2), "{format}: {:?}", start.elapsed());
    }
}

#[test]
fn long_commands_are_read() {
    let command = format!("say {} loud=yes", "word ".repeat(5_000).trim());
    let found = format::extract("say {{what}}", &command).unwrap();
    assert_eq!(found["what"].as_str().unwrap().len(), 24_999);
    assert_eq!(found["loud"], "yes");
    let pairs = format!("say{}", " a=\"x y\"".repeat(5_000));
    assert_eq!(format::extract("say", &pairs).unwrap()["a"], "x y");
}

#[test]
fn deep_nesting_is_refused() {
    let format = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(matches!(format::check(&format), Err(Error::Broken(_))));
    let format = "(?(1)".repeat(5_000);
    assert!(matches!(format::check(&format), Err(Error::Broken(_))));
}

fn check_lenient(format: &str, command: &str, expected: &Value) {
    let found = format::extract_lenient(format, command).map(Value::Object);
    assert_eq!(found.ok().unwrap_or(Value::Null), *expected, "{format} <- {command}");
}

#[test]
fn robots_forgive_size_and_know_addresses() {
    check_lenient("open {{a}}", "open http://h/?q=1", &json!({ "a": "http://h/?q=1" }));
    check_lenient(
        "open {{a}}",
        "Open http://h/?q=1&r=2 n=3",
        &json!({ "a": "http://h/?q=1&r=2", "n": "3" }),
    );
    check_lenient("run {{a}}", "run --flag=1", &json!({ "a": "--flag=1" }));
    check_lenient("run {{a}} on {{b}}", "RUN Date ON Web1", &json!({ "a": "Date", "b": "Web1" }));
    check_lenient("run {{a}}", "walk Date", &Value::Null);
    // What StackStorm understands keeps its meaning.
    check_lenient("open", "open http://h/?q=1", &json!({ "http://h/?q": "1" }));
}
