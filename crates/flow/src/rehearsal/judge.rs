//! The verdict: where an outcome is not as expected.

use std::fmt;

use serde_json::{Value, json};

use super::{
    case::{Expect, Expected, Path, Told},
    run::Outcome,
};
use crate::{contexts::Object, inspect, spec};

/// The variables that every workflow sees.
const GIVEN: [&str; 2] = ["st2", "parent"];

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// What the inspection finds.
    Inspection,
    /// The order of the tasks.
    Tasks,
    /// The tasks that nothing follows.
    Terminal,
    /// The routes.
    Routes,
    /// The status of the workflow.
    Status,
    /// The list of errors.
    Errors,
    /// The output.
    Output,
}

/// A part of an outcome that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// What it is.
    pub aspect: Aspect,
    /// The path of the expectation in the test.
    pub path: Path,
    /// What was expected.
    pub expected: Value,
    /// The actual value.
    pub actual: Value,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inspection => "findings of the inspection",
            Self::Tasks => "order of the tasks",
            Self::Terminal => "last tasks",
            Self::Routes => "routes",
            Self::Status => "status",
            Self::Errors => "errors",
            Self::Output => "output",
        })
    }
}

/// Inspects a definition, and tells whether it can run; the findings are those that are expected.
///
/// # Errors
/// Fails where they differ. A definition with findings does not run, expected or not.
pub fn inspect(
    definition: &Value,
    expected: Option<&Told<Expected>>,
    path: &Path,
) -> Result<bool, Box<Mismatch>> {
    let found = inspect::inspect_within(definition, &GIVEN);
    let messages = || -> Value {
        found.list().iter().map(|(_, it)| Value::from(it.message.as_str())).collect()
    };
    let mismatch = |path: &Path, expected: Value, actual: Value| {
        let aspect = Aspect::Inspection;
        Box::new(Mismatch { aspect, path: path.clone(), expected, actual })
    };
    match expected {
        None if found.is_clean() => Ok(true),
        None => Err(mismatch(path, json!([]), messages())),
        Some(told) => {
            let actual = match &told.value {
                Expected::Parts(_) => messages(),
                Expected::Exactly(_) => {
                    inspect::answer(definition).unwrap_or_else(|error| json!({"error": error}))
                }
            };
            let is_empty = found.is_clean();
            match unlike(&told.value, &actual, is_empty) {
                None => Ok(is_empty),
                Some(expected) => Err(mismatch(&told.path, expected, actual)),
            }
        }
    }
}

/// Returns where an outcome is not as expected.
#[must_use]
pub fn judge(expect: &Expect, outcome: &Outcome) -> Vec<Mismatch> {
    let mut all = Vec::new();
    let mut compare = |aspect: Aspect, path: &Path, expected: Value, actual: Value| {
        if !is_same(&expected, &actual) {
            all.push(Mismatch { aspect, path: path.clone(), expected, actual });
        }
    };
    let is_task = |name: &str| expect.counts_commands || !spec::COMMANDS.contains(&name);
    if let Some(told) = &expect.tasks {
        let actual = outcome.sequence.iter().filter(|(name, _)| is_task(name));
        compare(Aspect::Tasks, &told.path, names(&told.value), places(actual));
    }
    if let Some(told) = &expect.routes {
        compare(Aspect::Routes, &told.path, told.value.clone(), json!(outcome.routes));
    }
    let status = &expect.status;
    compare(Aspect::Status, &status.path, json!(status.value), json!(outcome.status));
    if let Some(told) = &expect.errors {
        let actual: Value = match &told.value {
            Expected::Exactly(_) => Value::Array(outcome.errors.clone()),
            // That of a command only says that it was reached.
            Expected::Parts(_) => outcome
                .errors
                .iter()
                .filter(|entry| task_of(entry).is_none_or(is_task))
                .map(message)
                .collect(),
        };
        let is_empty = actual.as_array().is_some_and(Vec::is_empty);
        if let Some(expected) = unlike(&told.value, &actual, is_empty) {
            compare(Aspect::Errors, &told.path, expected, actual);
        }
    }
    if let Some(told) = &expect.output {
        let actual = outcome.output.clone().map_or(Value::Null, Value::Object);
        compare(Aspect::Output, &told.path, told.value.clone(), actual);
    }
    if let Some(told) = &expect.terminal {
        let sorted = |value: Value| {
            let mut list = value.as_array().cloned().unwrap_or_default();
            list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            Value::Array(list)
        };
        let (expected, actual) = (names(&told.value), places(outcome.terminal.iter()));
        compare(Aspect::Terminal, &told.path, sorted(expected), sorted(actual));
    }
    all
}

/// Returns the names of tasks, with the route unless it is the first.
fn names(told: &[String]) -> Value {
    told.iter().map(|name| Value::from(name.strip_suffix("__r0").unwrap_or(name))).collect()
}

fn places<'a>(all: impl Iterator<Item = &'a (String, usize)>) -> Value {
    let name = |(name, route): &(String, usize)| match route {
        0 => Value::from(name.as_str()),
        route => Value::from(format!("{name}__r{route}")),
    };
    all.map(name).collect()
}

fn task_of(entry: &Value) -> Option<&str> {
    entry.get("task_id").and_then(Value::as_str)
}

/// Returns the message of an entry, with its task.
fn message(entry: &Value) -> Value {
    let text = entry.get("message").and_then(Value::as_str).or_else(|| entry.as_str());
    let text = text.unwrap_or_default();
    match task_of(entry) {
        Some(task) => Value::from(format!("{task}: {text}")),
        None => Value::from(text),
    }
}

/// Returns what was expected, where the actual list is unlike it.
fn unlike(expected: &Expected, actual: &Value, is_empty: bool) -> Option<Value> {
    match expected {
        Expected::Exactly(value) => {
            let nothing = |value: &Value| {
                value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Object::is_empty)
            };
            let is_like = is_same(value, actual) || (is_empty && nothing(value));
            (!is_like).then(|| value.clone())
        }
        Expected::Parts(parts) => {
            let entries = actual.as_array().map_or(&[][..], Vec::as_slice);
            let mut left: Vec<&str> = entries.iter().filter_map(Value::as_str).collect();
            let mut is_like = true;
            for part in parts {
                match left.iter().position(|message| message.contains(part.as_str())) {
                    Some(index) => {
                        left.swap_remove(index);
                    }
                    None => is_like = false,
                }
            }
            (!is_like || !left.is_empty()).then(|| json!(parts))
        }
    }
}

/// Tells whether two values are equal as Python sees them: 1 is 1.0.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        (one, other) => one == other,
    }
}
