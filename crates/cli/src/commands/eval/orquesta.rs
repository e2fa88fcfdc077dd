//! Queries about workflows: inspection and recorded runs.

use flow::inspect;
use jiff::Timestamp;
use python::{
    place::Step::{self, Index, Key},
    yaml::{self, Duplicates},
};
use serde_json::Value;

/// Answers a query about a workflow; none for an unknown kind.
pub(super) fn answer(
    kind: &str,
    question: &Value,
    now: Timestamp,
) -> Option<Result<Value, String>> {
    if !matches!(kind, "orq_inspect" | "orq_run" | "orq_trace") {
        return None;
    }
    let text = question.get("workflow").and_then(Value::as_str).unwrap_or_default();
    let document = match yaml::read(text.as_bytes(), Duplicates::Refuse) {
        Ok(document) => document,
        Err(error) => return Some(Err(error.to_string())),
    };
    if kind != "orq_inspect" {
        return flow::eval::answer(kind, &document.value, question, now);
    }
    let odd = document.odd_keys.iter().find(|odd| is_name(&odd.path));
    Some(match odd {
        Some(odd) => Err(format!("the name `{}` is no text: put it in quotes", odd.written)),
        None => inspect::answer(&document.value),
    })
}

/// Returns whether a path leads to a name that the author of the workflow chose.
fn is_name(path: &[Step]) -> bool {
    match path {
        [Key(list), Index(_), Key(_)] => matches!(list.as_str(), "vars" | "input" | "output"),
        [Key(tasks), Key(_)] => tasks == "tasks",
        [Key(tasks), Key(_), Key(input), Key(_)] => tasks == "tasks" && input == "input",
        [Key(tasks), Key(_), Key(next), Index(_), Key(publish), Index(_), Key(_)] => {
            tasks == "tasks" && next == "next" && publish == "publish"
        }
        _ => false,
    }
}
