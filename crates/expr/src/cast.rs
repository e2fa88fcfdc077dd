//! Casts of parameters to the types that schemas name.

use python::raise::{Class, Outcome, Raise, value_error};
use python::{Object, budget, capitalize, json, literal, text, value};
use serde_json::Value;

use crate::filters::functions::NONE_MAGIC;
use crate::filters::numbers::{float_of, int_of};

/// What one cast may use.
const STEPS: u64 = 1_000_000;
const BYTES: u64 = 256 << 20;

/// A value that does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The class of the exception that StackStorm raises.
    pub class: Class,
    /// Its text.
    pub message: String,
}

impl Error {
    /// Returns the sentence that StackStorm gives for a parameter that cannot be cast.
    #[must_use]
    pub fn for_parameter(&self, name: &str, type_name: &str, value: &Value) -> String {
        let kind = value::type_name(value);
        format!(
            "Failed to cast value \"{}\" (type: {kind}) for parameter \"{name}\" of type \
             \"{type_name}\": {}. Perhaps the value is of an invalid type?",
            text::str_of_json(value),
            self.message
        )
    }
}

impl From<Raise> for Error {
    fn from(raise: Raise) -> Self {
        let details = *raise.0;
        Self { class: details.class, message: details.message }
    }
}

/// Casts a value to a type; a type without a cast leaves it as it is.
pub fn cast(type_name: &str, value: &Value) -> Result<Value, Error> {
    let _guard = budget::begin(STEPS, BYTES);
    let known =
        matches!(type_name, "array" | "object" | "boolean" | "integer" | "number" | "string");
    let value = match value {
        Value::String(text) if known && text == NONE_MAGIC => &Value::Null,
        other => other,
    };
    Ok(match type_name {
        "array" | "object" => structure(value)?,
        "boolean" => match value {
            Value::String(text) => json::value(&literal::evaluate(&capitalize(text))?)?,
            other => other.clone(),
        },
        "integer" => json::whole(int_of(&json::object(value))?),
        "number" => json::value(&Object::Float(float_of(&json::object(value))?))?,
        "string" => string(value)?,
        _ => value.clone(),
    })
}

/// Casts a value that was given in a chat command: a list is text with commas.
pub fn cast_array_alias(value: &Value) -> Result<Value, Error> {
    match value {
        Value::String(text) => Ok(text
            .split(',')
            .map(|part| Value::from(part.trim_matches(python::is_space)))
            .collect()),
        Value::Array(_) => Ok(value.clone()),
        other => {
            let kind = value::type_name(other);
            let message = format!("'{kind}' object has no attribute 'split'");
            Err(Raise::new(Class::Attribute, message).into())
        }
    }
}

/// Reads a list or an object that is written as JSON or in Python's way.
fn structure(value: &Value) -> Outcome<Value> {
    let Value::String(source) = value else { return Ok(value.clone()) };
    match json::loads(source) {
        Ok(json) => Ok(json),
        Err(_) => json::value(&literal::evaluate(source)?),
    }
}

fn string(value: &Value) -> Outcome<Value> {
    match value {
        Value::Null | Value::String(_) => Ok(value.clone()),
        other => {
            let kind = value::type_name(other);
            value_error(format!(
                "Value \"{}\" must either be a string or None. Got \"{kind}\".",
                text::str_of_json(other)
            ))
        }
    }
}
