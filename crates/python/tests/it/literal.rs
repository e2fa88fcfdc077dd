//! Python's literals.

use python::literal::evaluate_json;
use python::{Class, literal, text};
use serde_json::json;

fn check(source: &str, expected: &str) {
    let object = literal::evaluate(source).unwrap();
    assert_eq!(text::repr(&object).unwrap(), expected, "{source}");
}

#[test]
fn bytes_are_what_their_escapes_say() {
    check(r"b'\xca\x00a' b'\777\101'", r"b'\xca\x00a\xffA'");
    check(r"b'\u00e9'", r"b'\\u00e9'");
    check(r"rb'\x41'", r"b'\\x41'");
}

#[test]
fn bytes_hold_no_letters_beyond_ascii() {
    for source in ["b'é'", "rb'é'"] {
        let class = literal::evaluate(source).err().map(|raise| raise.0.class);
        assert_eq!(class, Some(Class::Syntax), "{source}");
    }
}

#[test]
fn literals_have_their_values() {
    let cases = [
        ("{'a': 1, \"b\": [True, False, None,], }", json!({"a": 1, "b": [true, false, null]})),
        ("('x', 2.5)", json!(["x", 2.5])),
        ("(1)", json!(1)),
        ("()", json!([])),
        ("1, 2", json!([1, 2])),
        (" - 0x1F", json!(-31)),
        ("1_000", json!(1000)),
        ("1e-3", json!(0.001)),
        (".5", json!(0.5)),
        (r"'it\'s \x41\u00e9\101\q' 'b'", json!("it's AéA\\qb")),
        (r"r'\n'", json!("\\n")),
        ("'''a\n'b'''", json!("a\n'b")),
    ];
    for (text, expected) in cases {
        assert_eq!(evaluate_json(text), Ok(expected), "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    let deep = "[".repeat(5000);
    let cases = [
        "",
        "x",
        "open('/etc/passwd')",
        "{1: 2}",
        "{1, 2}",
        "[1",
        "'a",
        "'a\nb'",
        "012",
        "1__0",
        "1j",
        "None1",
        "[1 2]",
        "'\\ud800'",
        "1 + 1",
        "{'a'}",
        "r",
        "99999999999999999999",
        "\\",
        "'\\",
        "'\\x4'",
        deep.as_str(),
    ];
    for text in cases {
        assert!(evaluate_json(text).is_err(), "{text}");
    }
}
