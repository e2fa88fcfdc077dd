//! Typed access to the parameters of a job. Null is the same as none.

use std::time::Duration;

use model::Object;
use serde_json::{Number, Value};

/// The error of a parameter that has the wrong type.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter `{name}` must be {expected}")]
pub(crate) struct Error {
    pub(crate) name: String,
    pub(crate) expected: &'static str,
}

impl Error {
    pub(crate) fn new(name: &str, expected: &'static str) -> Self {
        Self { name: name.to_owned(), expected }
    }
}

/// Returns the value `name` unless it is null.
pub(crate) fn value<'a>(parameters: &'a Object, name: &str) -> Option<&'a Value> {
    parameters.get(name).filter(|value| !value.is_null())
}

/// Returns the string `name`.
pub(crate) fn text<'a>(parameters: &'a Object, name: &str) -> Result<Option<&'a str>, Error> {
    let Some(value) = value(parameters, name) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| Error::new(name, "a string"))
}

/// Returns the boolean `name`.
pub(crate) fn flag(parameters: &Object, name: &str) -> Result<Option<bool>, Error> {
    let Some(value) = value(parameters, name) else { return Ok(None) };
    value.as_bool().map(Some).ok_or_else(|| Error::new(name, "a boolean"))
}

/// Returns the object `name`.
pub(crate) fn object<'a>(parameters: &'a Object, name: &str) -> Result<Option<&'a Object>, Error> {
    let Some(value) = value(parameters, name) else { return Ok(None) };
    value.as_object().map(Some).ok_or_else(|| Error::new(name, "an object"))
}

/// Returns the array of strings `name`; empty when there is none.
pub(crate) fn texts<'a>(parameters: &'a Object, name: &str) -> Result<Vec<&'a str>, Error> {
    const EXPECTED: &str = "an array of strings";
    let Some(value) = value(parameters, name) else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or_else(|| Error::new(name, EXPECTED))?;
    let texts = items.iter().map(|item| item.as_str().ok_or_else(|| Error::new(name, EXPECTED)));
    texts.collect()
}

/// A duration in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seconds {
    /// The duration; negative values are 0.
    pub(crate) duration: Duration,
    /// The text as the user wrote it.
    pub(crate) text: String,
}

/// Returns the number of seconds `name`, or `default` when there is none.
pub(crate) fn seconds(
    parameters: &Object,
    name: &str,
    default: Duration,
) -> Result<Seconds, Error> {
    const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);
    let Some(value) = value(parameters, name) else {
        return Ok(Seconds { duration: default, text: default.as_secs_f64().to_string() });
    };
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<Number>().ok().and_then(|n| n.as_f64()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number = number.ok_or_else(|| Error::new(name, "a number of seconds"))?;
    let duration = Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(LONGEST).min(LONGEST);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Seconds { duration, text })
}
