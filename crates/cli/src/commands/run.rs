//! `squall run`: requests an action and waits for its result.

use std::fs;

use anyhow::Context as _;
use clap::Args;
use client::execution::Options;
use model::Object;
use serde_json::Value;

use super::follow;
use crate::{
    connection::Target,
    exit::{Code, Usage},
};

/// Run an action and print its result
///
/// Parameters are `name=value`; the action's schema says what type a value has. Objects and
/// lists are JSON. `name=@file` takes the text of a file.
///
/// Examples:
///   squall run core.local cmd="uptime"
///   squall run core.http url=https://example.com headers='{"accept": "text/html"}'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Run {
    /// The action, such as core.local
    action: String,
    /// Its parameters
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    #[command(flatten)]
    waiting: follow::Waiting,
    #[command(flatten)]
    target: Target,
}

impl Run {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let client = self.target.connect()?;
        let schemas = client.action_parameters(&self.action).await?;
        let parameters = parameters(&self.parameters, &schemas)?;
        let execution = client.execute(&self.action, &parameters, &Options::default()).await?;
        follow::finish(&client, &execution, self.waiting).await
    }
}

/// Parses parameters by their schemas.
pub(super) fn parameters(given: &[String], schemas: &Object) -> anyhow::Result<Object> {
    given.iter().map(|given| parameter(given, schemas)).collect()
}

fn parameter(given: &str, schemas: &Object) -> anyhow::Result<(String, Value)> {
    let (name, text) = given
        .split_once('=')
        .ok_or_else(|| Usage(format!("`{given}` is no parameter: write `name=value`")))?;
    let text = match text.strip_prefix('@') {
        None => text.to_owned(),
        Some(file) => fs::read_to_string(file)
            .with_context(|| Usage(format!("parameter `{name}`: cannot read `{file}`")))?,
    };
    let schema = schemas.get(name).and_then(|schema| schema.get("type"));
    Ok((name.to_owned(), typed(schema.and_then(Value::as_str), text)))
}

/// Parses a text by a schema; a text that does not fit is kept, and Squall refuses it.
fn typed(kind: Option<&str>, text: String) -> Value {
    let value = match kind {
        Some("integer") => text.trim().parse::<i64>().ok().map(Value::from),
        Some("number") => serde_json::from_str(text.trim()).ok().filter(Value::is_number),
        Some("boolean") => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(Value::Bool(true)),
            "false" | "0" | "no" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
        Some("object") => serde_json::from_str(&text).ok().filter(Value::is_object),
        Some("array") => serde_json::from_str(&text).ok().filter(Value::is_array).or_else(|| {
            let items = text.split(',').map(|item| Value::from(item.trim()));
            Some(Value::Array(items.collect()))
        }),
        _ => None,
    };
    value.unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_the_types_of_the_schema() {
        let check = |kind: Option<&str>, text: &str, expected: Value| {
            assert_eq!(typed(kind, text.to_owned()), expected, "{kind:?} {text}");
        };
        check(None, "5", json!("5"));
        check(Some("string"), "5", json!("5"));
        check(Some("integer"), "5", json!(5));
        check(Some("integer"), "five", json!("five"));
        check(Some("number"), "0.5", json!(0.5));
        check(Some("boolean"), "no", json!(false));
        check(Some("object"), r#"{"a": 1}"#, json!({"a": 1}));
        check(Some("array"), "[1]", json!([1]));
        check(Some("array"), "a, b", json!(["a", "b"]));
    }
}
