//! The arguments of a script: named ones first, then positional ones.
//!
//! Values are formatted as in StackStorm: lists and objects among the named arguments as Python's
//! `repr`.

use model::{Job, Object};
use serde_json::Value;

/// Returns the arguments for `job` in order; named ones begin with `prefix`.
pub(crate) fn of(job: &Job, prefix: &str) -> Vec<String> {
    let mut arguments = named(&job.action_parameters, &job.positional, prefix);
    for name in &job.positional {
        let value = job.action_parameters.get(name).unwrap_or(&Value::Null);
        arguments.push(positional(value));
    }
    arguments
}

fn named(parameters: &Object, positional: &[String], prefix: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    for (name, value) in parameters {
        if positional.contains(name) {
            continue;
        }
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => arguments.push(format!("{prefix}{name}")),
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => arguments.push(format!("{prefix}{name}={text}")),
            Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                arguments.push(format!("{prefix}{name}={}", python::repr_of_json(value)));
            }
        }
    }
    arguments
}

fn positional(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
        Value::Number(_) => python::repr_of_json(value),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(python::str_of_json).collect::<Vec<_>>().join(","),
        Value::Object(object) if object.is_empty() => String::new(),
        Value::Object(_) => value.to_string(),
    }
}
