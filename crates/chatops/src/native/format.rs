//! What a chat is told of a result: the alias's template, or the usual listing.

use std::fmt::Write as _;

use access::Refusal;
use expr::{
    jinja::{self, Options, Undefined},
    values,
};
use model::{ActionAlias, Execution, Object, execution::Secrets, runner::Shape};
use serde_json::{Value, json};

use super::Error;
use crate::{Chatops, robot::is_private};

/// A formatted result.
#[derive(Debug, Clone)]
pub(crate) struct Formatted {
    /// Whether it is to be told at all.
    pub(crate) enabled: bool,
    /// The text.
    pub(crate) message: Option<String>,
    /// What goes with it, for the network.
    pub(crate) extra: Option<Value>,
    /// The end of the execution's id.
    pub(crate) short: String,
    /// Whether it is for nobody but the person who asked.
    pub(crate) is_private: bool,
}

impl Formatted {
    pub(crate) fn to_json(&self) -> Value {
        let mut document = json!({
            "enabled": self.enabled,
            "message": self.message,
            "whisper": self.is_private,
            "more": format!("`result {}` shows the rest", self.short),
        });
        if let (Some(extra), Some(object)) = (&self.extra, document.as_object_mut()) {
            object.insert("extra".to_owned(), extra.clone());
        }
        document
    }
}

impl Chatops {
    /// Formats the result of an execution for a chat.
    pub(crate) async fn format_result(&self, id: &str) -> Result<Formatted, Error> {
        let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
        let parsed = id.parse().map_err(|_| missing())?;
        let execution = self
            .executions()
            .execution(parsed)
            .await
            .map_err(Refusal::from)?
            .ok_or_else(missing)?;
        let alias = execution.context.get("action_alias_ref").and_then(|alias| alias.get("id"));
        let alias =
            alias.and_then(Value::as_str).and_then(|id| self.catalog().aliases.find(id).cloned());
        let mut document = execution.to_json(Secrets::Masked, self.web_url());
        if let Some(object) = document.as_object_mut() {
            for key in ["trigger", "trigger_type", "trigger_instance", "liveaction"] {
                object.remove(key);
            }
        }
        let mut formatted = match alias {
            Some(alias) => by_alias(&alias, document, &execution)?,
            None => {
                let short = execution.id.short();
                Formatted { enabled: true, message: None, extra: None, short, is_private: false }
            }
        };
        formatted.message.get_or_insert_with(|| listing(&execution, self.web_url()));
        Ok(formatted)
    }
}

fn by_alias(
    alias: &ActionAlias,
    document: Value,
    execution: &Execution,
) -> Result<Formatted, Error> {
    let enabled = alias.result.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let (short, is_private) = (execution.id.short(), is_private(alias));
    if !enabled {
        return Ok(Formatted { enabled, message: None, extra: None, short, is_private });
    }
    let mut context = Object::new();
    context.insert("execution".to_owned(), document);
    context.insert("alias".to_owned(), alias.to_json());
    context.insert("six".to_owned(), json!({}));
    let message = alias.result.get("format").and_then(Value::as_str).map(|format| {
        let lenient = Options { undefined: Undefined::Lenient, ..Options::default() };
        let rendered = jinja::render(format, &context, &lenient);
        rendered.unwrap_or_else(|error| unformatted(alias, execution, &error))
    });
    let extra = match alias.result.get("extra").and_then(Value::as_object) {
        Some(extra) => {
            let rendered = values::render(extra, &context, &Options::default());
            Some(Value::Object(rendered.map_err(|error| Error::Format(error.to_string()))?))
        }
        None => None,
    };
    Ok(Formatted { enabled, message, extra, short, is_private })
}

/// Says that the alias's template failed, and tells the result nevertheless.
fn unformatted(alias: &ActionAlias, execution: &Execution, error: &jinja::Error) -> String {
    let (reference, status) = (alias.reference(), execution.status);
    let result = execution.shown_result(Secrets::Masked);
    format!(
        "the result format of alias `{reference}` cannot be rendered: {error}\nstatus : {status}\nresult : {result}"
    )
}

/// Lists an execution as StackStorm does where no alias says how.
fn listing(execution: &Execution, web_url: &str) -> String {
    let mut text = format!(
        "\nAction {} completed.\nstatus : {}\nexecution: {}\n\n",
        execution.action_ref(),
        execution.status,
        execution.id
    );
    // Writing to a string cannot fail, here and below.
    let _written = write!(text, "web_url: {web_url}/#/history/{}/general\n\n", execution.id);
    if let Some(seconds) = execution.elapsed_seconds() {
        let _written = write!(text, "Took {} to complete.\n\n", human(seconds));
    }
    let result = execution.shown_result(Secrets::Masked);
    if is_empty(&result) {
        return text;
    }
    text.push_str("result :\n--------\n");
    let Some(fields) = result.as_object() else {
        text.push_str(&plain(&result));
        return text;
    };
    for (key, value) in fields.iter().filter(|(key, value)| is_listed(execution, key, value)) {
        entry(&mut text, key, value, "");
    }
    text
}

fn is_listed(execution: &Execution, key: &str, value: &Value) -> bool {
    match execution.traits().map(|traits| traits.result) {
        Some(Shape::Process) => {
            ["stdout", "stderr", "return_code", "error"].contains(&key) && !is_empty(value)
        }
        Some(Shape::Any | Shape::Answer) | None => true,
    }
}

fn entry(text: &mut String, key: &str, value: &Value, prefix: &str) {
    if let Value::Object(fields) = value {
        let _written = writeln!(text, "{prefix}{key} : ");
        for (key, value) in fields {
            entry(text, key, value, &format!("{prefix}  "));
        }
        return;
    }
    let plain = plain(value);
    let trimmed = plain.trim();
    let separator = if trimmed.contains('\n') { format!("\n{prefix}  ") } else { String::new() };
    let _written = writeln!(text, "{prefix}{key} : {separator}{trimmed}");
}

fn plain(value: &Value) -> String {
    jinja::printed(value)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// Writes a span as people say it: milliseconds below a second.
fn human(seconds: f64) -> String {
    if seconds < 1.0 {
        return format!("{:.0}ms", seconds * 1_000.0);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a span is small and positive"
    )]
    let whole = seconds as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}
