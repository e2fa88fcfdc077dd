//! What a plain scalar is.

use std::sync::LazyLock;

use regex::Regex;

/// The type that a scalar resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Merge,
    Value,
    Str,
}

const FLOAT: &str = concat!(
    r"^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?",
    r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*",
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
);
const INT: &str = concat!(
    r"^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)",
    r"|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$"
);
const TIMESTAMP: &str = concat!(
    r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)",
    r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)$"
);

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

static FLOATS: LazyLock<Regex> = LazyLock::new(|| compiled(FLOAT));
static INTS: LazyLock<Regex> = LazyLock::new(|| compiled(INT));
/// Dates and times.
pub(super) static TIMESTAMPS: LazyLock<Regex> = LazyLock::new(|| compiled(TIMESTAMP));

/// Returns the type of a plain scalar.
pub(super) fn tag(text: &str) -> Tag {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Tag::Null,
        "<<" => return Tag::Merge,
        "=" => return Tag::Value,
        _ => {}
    }
    if truth(text).is_some() {
        return Tag::Bool;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Tag::Str;
    }
    if FLOATS.is_match(text) {
        Tag::Float
    } else if INTS.is_match(text) {
        Tag::Int
    } else if TIMESTAMPS.is_match(text) {
        Tag::Timestamp
    } else {
        Tag::Str
    }
}

/// Returns the truth value that a scalar writes.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}
