//! Rendering of a mapping, value by value: notifications, aliases, chains.

use serde_json::{Map, Value};

use crate::jinja::{self, Options, Variables};
use crate::python::{json, str_of_json};

/// The name under which templates read the whole context.
const WHOLE: &str = "__context";

/// A value that could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Error {
    /// The key of the value.
    pub key: String,
    /// The text that was rendered.
    pub template: String,
    /// What went wrong.
    pub error: Box<jinja::Error>,
}

/// Renders each value of a mapping; what rendering does not change keeps its type.
///
/// A list or an object is rendered as JSON text. Without a context nothing is rendered.
pub fn render(
    mapping: &Map<String, Value>,
    context: &Map<String, Value>,
    options: &Options<'_>,
) -> Result<Map<String, Value>, Error> {
    if context.is_empty() || mapping.is_empty() {
        return Ok(mapping.clone());
    }
    let mut rendered = Map::with_capacity(mapping.len());
    for (key, value) in mapping {
        rendered.insert(key.clone(), render_one(key, value, context, options)?);
    }
    Ok(rendered)
}

fn render_one(
    key: &str,
    value: &Value,
    context: &Map<String, Value>,
    options: &Options<'_>,
) -> Result<Value, Error> {
    let structured = matches!(value, Value::Array(_) | Value::Object(_));
    let template = if structured { compact(value) } else { str_of_json(value) };
    let fail =
        |error| Error { key: key.to_owned(), template: template.clone(), error: Box::new(error) };
    let unchanged =
        !template.contains('{') && !template.ends_with('\n') && !template.contains('\r');
    if unchanged {
        return Ok(value.clone());
    }
    let text = jinja::render_with(&template, Variables::WithSelf(context, WHOLE), options)
        .map_err(fail)?;
    if text == template {
        return Ok(value.clone());
    }
    if structured {
        return parse(&text).map_err(fail);
    }
    Ok(Value::String(text))
}

/// Writes JSON as orjson does: compact, and not escaped beyond need.
pub(crate) fn compact(value: &Value) -> String {
    value.to_string()
}

/// Reads back what was rendered as JSON text.
pub(crate) fn parse(text: &str) -> Result<Value, jinja::Error> {
    json::loads(text).map_err(|raise| jinja::Error::from_raise(raise, text))
}
