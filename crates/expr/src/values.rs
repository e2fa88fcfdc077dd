//! Rendering of a mapping, value by value: notifications, aliases, chains.

use std::borrow::Cow;

use indexmap::IndexMap;
use python::{json, str_of_json};
use serde_json::{Map, Value};

use crate::jinja::{self, Options, Variables};
use crate::variables;

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
    render_all(mapping, Variables::WithSelf(context, WHOLE), options)
}

/// Renders each value of a mapping with variables that are shared: none of their values is copied,
/// unless a template names the whole context.
pub fn render_shared(
    mapping: &Map<String, Value>,
    context: &variables::Variables,
    options: &Options<'_>,
) -> Result<Map<String, Value>, Error> {
    let mut names: IndexMap<&str, Cow<'_, Value>> = IndexMap::new();
    for (name, value) in context.entries() {
        names.insert(name, Cow::Borrowed(value));
    }
    if !names.contains_key(WHOLE) && mapping.values().any(|value| text_of(value).contains(WHOLE)) {
        names.insert(WHOLE, Cow::Owned(Value::Object(context.to_object())));
    }
    render_all(mapping, Variables::Resolved(&names), options)
}

fn render_all(
    mapping: &Map<String, Value>,
    context: Variables<'_>,
    options: &Options<'_>,
) -> Result<Map<String, Value>, Error> {
    let mut rendered = Map::with_capacity(mapping.len());
    for (key, value) in mapping {
        rendered.insert(key.clone(), render_one(key, value, context, options)?);
    }
    Ok(rendered)
}

/// Returns the template that stands for a value.
fn text_of(value: &Value) -> String {
    if is_structured(value) { compact(value) } else { str_of_json(value) }
}

fn is_structured(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

fn render_one(
    key: &str,
    value: &Value,
    context: Variables<'_>,
    options: &Options<'_>,
) -> Result<Value, Error> {
    let template = text_of(value);
    let fail =
        |error| Error { key: key.to_owned(), template: template.clone(), error: Box::new(error) };
    let unchanged =
        !template.contains('{') && !template.ends_with('\n') && !template.contains('\r');
    if unchanged {
        return Ok(value.clone());
    }
    let text = jinja::render_with(&template, context, options).map_err(fail)?;
    if text == template {
        return Ok(value.clone());
    }
    if is_structured(value) {
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
