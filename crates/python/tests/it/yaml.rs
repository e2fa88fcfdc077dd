//! YAML from hostile hands.

use proptest::prelude::*;
use python::{
    place::Step,
    yaml::{self, Duplicates},
};

fn message(text: &[u8]) -> String {
    yaml::read(text, Duplicates::KeepLast).unwrap_err().to_string()
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    assert_eq!(
        message(b"a: 1\nb: \xff\n"),
        "the file is not UTF-8 text: save it as UTF-8 (line 2, column 4)"
    );
    assert!(message(b"a: \x07\n").starts_with("the character U+0007 is not allowed"));
    assert!(message(b"\xff\xfea\x00").contains("not UTF-8"));
}

#[test]
fn byte_order_mark_is_skipped() {
    let document = yaml::read("\u{feff}a: 1\n".as_bytes(), Duplicates::Refuse).unwrap();
    assert_eq!(document.value["a"], 1);
}

#[test]
fn aliases_that_multiply_are_stopped() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        let line = format!("a{level}: &a{level} [{items}]\n");
        text.push_str(&line);
    }
    assert!(message(text.as_bytes()).contains("the aliases expand to more than"));
}

#[test]
fn merge_keys_that_multiply_are_stopped() {
    let mut text = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..30 {
        let merges = format!("<<: [*a{0}, *a{0}]", level - 1);
        let line = format!("a{level}: &a{level} {{{merges}}}\n");
        text.push_str(&line);
    }
    assert!(yaml::read(text.as_bytes(), Duplicates::KeepLast).is_err());
}

#[test]
fn depth_is_limited() {
    for text in ["[".repeat(5_000), "- ".repeat(5_000), "{a: ".repeat(5_000), "? ".repeat(5_000)] {
        message(text.as_bytes());
    }
    let deep = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    assert!(yaml::read(deep.as_bytes(), Duplicates::KeepLast).is_ok());
}

#[test]
fn size_is_limited() {
    let text = vec![b' '; yaml::BYTES_MAX + 1];
    assert!(message(&text).contains("bytes: at most"));
}

#[test]
fn every_value_knows_its_place() {
    let text = "a: 1\nb:\n  - c: x\n    d: {e: y}\n";
    let document = yaml::read(text.as_bytes(), Duplicates::KeepLast).unwrap();
    let path: Vec<Step> = vec!["b".into(), 0.into(), "d".into(), "e".into()];
    let place = |position: python::place::Position| (position.line, position.column);
    assert_eq!(place(document.key_at(&path)), (4, 9));
    assert_eq!(place(document.value_at(&path)), (4, 12));
    assert_eq!(place(document.value_at(&["b".into(), 7.into()])), (3, 3));
    assert_eq!(place(document.value_at(&[])), (1, 1));
}

#[test]
fn lines_that_end_with_a_carriage_return_count() {
    let text = b":\r:\r\n: - 'o1pen\n\n :bb;' : a'\nb: \"\"\nc: ol\n \ne: \"\nc: ol\"x\n";
    let error = yaml::read(text, Duplicates::KeepLast).unwrap_err();
    assert!(error.column <= 12, "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = yaml::read(&bytes, Duplicates::KeepLast) {
            prop_assert!(!error.message.is_empty() && error.line > 0 && error.column > 0);
        }
    }

    #[test]
    fn any_punctuation_is_read_or_refused(text in r##"[-a:&*!|>{}\[\],'"#%@?<~ \n\t0=1._]{0,120}"##) {
        if let Err(error) = yaml::read(text.as_bytes(), Duplicates::Refuse) {
            prop_assert!(!error.message.is_empty() && error.line > 0 && error.column > 0);
        }
    }

    #[test]
    fn texts_in_quotes_come_back(text in "[ -~é€\u{10348}]{0,40}") {
        let written = serde_json::to_string(&text).unwrap();
        let document = yaml::read(format!("a: {written}").as_bytes(), Duplicates::Refuse).unwrap();
        prop_assert_eq!(document.value["a"].as_str(), Some(text.as_str()));
    }
}
