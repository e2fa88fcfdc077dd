//! Python's literals.

use python::{Class, literal, text};

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
