//! The flaws of a chain's file, with their paths.

use std::fmt;

use python::repr_of_json;
use serde_json::{Map, Value};

/// StackStorm's message when both names of the parameters are there.
pub(super) const BOTH_PARAMETERS: &str =
    "Either \"params\" or \"parameters\" attribute needs to be provided, but not both";

/// How many complaints and warnings are kept.
const FLAWS_MAX: usize = 100;

/// How many characters of a value a complaint shows.
const SHOWN_MAX: usize = 100;

/// A flaw and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The path, such as `chain[2].on-success`; the file itself is the empty text.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A definition that is no chain. Its text is that of its flaws, without their paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", messages(flaws))]
pub struct Error {
    /// The flaws: at least one.
    pub flaws: Vec<Flaw>,
}

fn messages(flaws: &[Flaw]) -> String {
    let all: Vec<&str> = flaws.iter().map(|flaw| &*flaw.message).collect();
    all.join("; ")
}

/// The complaints and warnings of one definition.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    fatal: Vec<Flaw>,
    warnings: Vec<Flaw>,
}

impl Flaws {
    pub(super) fn add(&mut self, path: &str, message: impl Into<String>) {
        push(&mut self.fatal, path, message.into());
    }

    pub(super) fn warn(&mut self, path: &str, message: impl Into<String>) {
        push(&mut self.warnings, path, message.into());
    }

    pub(super) fn add_type(&mut self, path: &str, value: &Value, expected: &str) {
        self.add(path, format!("{} is not of type '{expected}'", shown(value)));
    }

    /// Complains, or else warns, of keys that mean nothing.
    pub(super) fn unknown_keys(
        &mut self,
        path: &str,
        given: &Map<String, Value>,
        known: &[&str],
        is_fatal: bool,
    ) {
        for key in given.keys().filter(|key| !known.contains(&key.as_str())) {
            let key = clipped(key);
            let message = format!("Additional properties are not allowed ('{key}' was unexpected)");
            if is_fatal {
                self.add(path, message);
            } else {
                self.warn(path, message);
            }
        }
    }

    pub(super) fn is_fatal(&self) -> bool {
        !self.fatal.is_empty()
    }

    pub(super) fn into_error(self) -> Error {
        Error { flaws: self.fatal }
    }

    pub(super) fn into_warnings(self) -> Vec<Flaw> {
        self.warnings
    }
}

fn push(flaws: &mut Vec<Flaw>, path: &str, message: String) {
    if flaws.len() < FLAWS_MAX {
        flaws.push(Flaw { path: path.to_owned(), message });
    }
}

/// Returns a value as Python writes it, if it is short, or else its beginning.
fn shown(value: &Value) -> String {
    let is_long = match value {
        Value::Array(items) => items.len() > SHOWN_MAX,
        Value::Object(map) => map.len() > SHOWN_MAX,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if is_long { "...".to_owned() } else { clipped(&repr_of_json(value)) }
}

fn clipped(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN_MAX);
    end.map_or_else(|| text.to_owned(), |(end, _)| format!("{}...", &text[..end]))
}

/// Returns a text that is there and not empty.
pub(super) fn text<'v>(flaws: &mut Flaws, path: &str, value: Option<&'v Value>) -> Option<&'v str> {
    let value = value.filter(|value| !value.is_null())?;
    if !value.is_string() {
        flaws.add_type(path, value, "string");
    }
    value.as_str().filter(|text| !text.is_empty())
}

/// Returns an object that is there and not empty.
pub(super) fn object<'v>(
    flaws: &mut Flaws,
    path: &str,
    value: Option<&'v Value>,
) -> Option<&'v Map<String, Value>> {
    let value = value.filter(|value| !value.is_null())?;
    if !value.is_object() {
        flaws.add_type(path, value, "object");
    }
    value.as_object().filter(|map| !map.is_empty())
}

/// Returns the section `notify` if it is there and says something.
pub(super) fn notify<'v>(
    flaws: &mut Flaws,
    path: &str,
    (value, is_strict): (Option<&'v Value>, bool),
) -> Option<&'v Value> {
    let events = object(flaws, path, value)?;
    flaws.unknown_keys(path, events, &["on-complete", "on-failure", "on-success"], is_strict);
    for (event, section) in events {
        let at = format!("{path}.{event}");
        let Some(section) = object(flaws, &at, Some(section)) else { continue };
        flaws.unknown_keys(&at, section, &["message", "data", "routes", "channels"], is_strict);
        text(flaws, &format!("{at}.message"), section.get("message"));
        object(flaws, &format!("{at}.data"), section.get("data"));
        for key in ["routes", "channels"] {
            if let Some(other) = section.get(key).filter(|it| !it.is_array() && !it.is_null()) {
                flaws.add_type(&format!("{at}.{key}"), other, "array");
            }
        }
    }
    value
}
