//! Dates as people and programs write them.

use jiff::Timestamp;
use proptest::prelude::*;
use python::dates::parse;

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn now() -> i64 {
    micros("2026-11-24T12:00:00Z")
}

fn check(text: &str, expected: &str) {
    assert_eq!(parse(text, now()), Ok(micros(expected)), "{text}");
}

#[test]
fn iso_texts_are_read() {
    for (text, expected) in [
        ("2014-05-20T22:00:00Z", "2014-05-20T22:00:00Z"),
        ("2014-05-20t22:00:00z", "2014-05-20T22:00:00Z"),
        ("2014-05-20 22:00", "2014-05-20T22:00:00Z"),
        ("2014-05-20T22", "2014-05-20T22:00:00Z"),
        ("2014-05-20T22:00:00.5", "2014-05-20T22:00:00.5Z"),
        ("2014-05-20T22:00:00,123456789", "2014-05-20T22:00:00.123456Z"),
        ("2014-05-20T22:00:00-0700", "2014-05-21T05:00:00Z"),
        ("2014-05-20T22:00:00+05:30", "2014-05-20T16:30:00Z"),
        ("20140520T220000Z", "2014-05-20T22:00:00Z"),
        ("20140520", "2014-05-20T00:00:00Z"),
        ("2014-05", "2014-05-01T00:00:00Z"),
        ("2014-140", "2014-05-20T00:00:00Z"),
        ("2014140", "2014-05-20T00:00:00Z"),
        ("2014-W21-2", "2014-05-20T00:00:00Z"),
        ("2014W212", "2014-05-20T00:00:00Z"),
        ("2014-05-20T24:00:00", "2014-05-21T00:00:00Z"),
    ] {
        check(text, expected);
    }
}

#[test]
fn other_texts_are_read_as_dateutil_does() {
    for (text, expected) in [
        ("Tue, 20 May 2014 22:00:00 GMT", "2014-05-20T22:00:00Z"),
        ("20 May 2014 22:00:00 UTC", "2014-05-20T22:00:00Z"),
        ("May 20 2014", "2014-05-20T00:00:00Z"),
        ("Sept. 1st, 2014 10pm", "2014-09-01T22:00:00Z"),
        ("20-May-2014", "2014-05-20T00:00:00Z"),
        ("2014/05/20 22:00:00", "2014-05-20T22:00:00Z"),
        ("05/20/14", "2014-05-20T00:00:00Z"),
        ("20/05/14", "2014-05-20T00:00:00Z"),
        ("01/02/03", "2003-01-02T00:00:00Z"),
        ("20140520220000", "2014-05-20T22:00:00Z"),
        ("140520", "2020-05-14T00:00:00Z"),
        ("12:30 am 20.05.2014", "2014-05-20T00:30:00Z"),
        ("2014-05-20 10:00 GMT+3", "2014-05-20T13:00:00Z"),
        ("2014-05-20 10:00 -0300 (BRST)", "2014-05-20T13:00:00Z"),
        ("2014-05-20 10:00 EST", "2014-05-20T10:00:00Z"),
        ("20 May 2014 10h36m28.5s", "2014-05-20T10:36:28.5Z"),
        ("May of 14", "2014-05-24T00:00:00Z"),
        ("10:36", "2026-11-24T10:36:00Z"),
        ("2014", "2014-11-24T00:00:00Z"),
        ("Feb 2014", "2014-02-24T00:00:00Z"),
        ("Friday", "2026-11-27T00:00:00Z"),
        ("Tuesday", "2026-11-24T00:00:00Z"),
        ("1/1/76", "1976-01-01T00:00:00Z"),
        ("1/1/75", "2075-01-01T00:00:00Z"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_no_date_is_an_error() {
    for (text, expected) in [
        ("garbage", "Unknown string format: garbage"),
        ("", "String does not contain a date: "),
        (" , ", "String does not contain a date:  , "),
        ("2014-05-20T25:00:00", "hour must be in 0..23: 2014-05-20T25:00:00"),
        ("2014-13-45", "month must be in 1..12: 2014-13-45"),
        ("2014-02-30", "day is out of range for month: 2014-02-30"),
        ("10 pm pm", "Unknown string format: 10 pm pm"),
        ("1 2 3 4 5", "Unknown string format: 1 2 3 4 5"),
        ("nan", "Unknown string format: nan"),
        ("99999-01-01", "year 99999 is out of range: 99999-01-01"),
    ] {
        let found = parse(text, now()).map_err(|raise| raise.to_string());
        assert_eq!(found, Err(expected.to_owned()), "{text}");
    }
    assert!(parse(&"1 ".repeat(1_000), now()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_date_text_panics(text in r"([0-9]{1,4}|[-/:., ]|T|Z|\+|am|PM|May|of|GMT|[(]|h|m|s|fri|\PC){0,12}") {
        let _date_or_error = parse(&text, now());
    }
}
