//! A plan: the actions that a workflow would run.

use std::collections::HashMap;

use flow::rehearsal::{Outcome, Started};
use serde_json::{Value, json};

use crate::print;

/// The maximum number of items that are shown.
const ITEMS_MAX: usize = 20;
/// The maximum length of parameters.
const INPUT_MAX: usize = 100;

/// Prints the actions in order; those with the same number run in parallel.
pub(super) fn print(outcome: &Outcome) {
    for line in lines(outcome) {
        print::data(print::clean(&line));
    }
}

fn lines(outcome: &Outcome) -> Vec<String> {
    let mut counts: HashMap<(&str, usize), usize> = HashMap::new();
    let mut rows: Vec<[String; 4]> = Vec::new();
    for started in &outcome.started {
        let count = counts.entry((&started.task, started.route)).or_default();
        *count += usize::from(started.item.is_some());
        if *count <= ITEMS_MAX {
            rows.push(row(started));
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2].map(|column| width(column).unwrap_or(0));
    let mut lines: Vec<String> = rows
        .iter()
        .map(|[round, task, action, input]| {
            let [a, b, c] = widths;
            format!("      {round:>a$}  {task:<b$}  {action:<c$}  {input}").trim_end().to_owned()
        })
        .collect();
    let mut cut: Vec<_> = counts.into_iter().filter(|(_, count)| *count > ITEMS_MAX).collect();
    cut.sort_unstable();
    for ((task, _), count) in cut {
        lines.push(format!("      … {} more items of {task}", count - ITEMS_MAX));
    }
    lines.push(format!("      the workflow {}", outcome.status));
    if let Some(output) = &outcome.output {
        lines.push(format!("      output {}", Value::Object(output.clone())));
    }
    lines
}

fn row(started: &Started) -> [String; 4] {
    let item = started.item.map(|item| format!("[{item}]")).unwrap_or_default();
    let route = if started.route == 0 { String::new() } else { format!("__r{}", started.route) };
    let delay = started.delay.map(|delay| format!(", after {delay} s")).unwrap_or_default();
    let action = started.action.as_str().unwrap_or("(no action)");
    let input = match &started.input {
        Value::Object(input) => {
            let pairs: Vec<String> =
                input.iter().map(|(name, it)| format!("{name}={it}")).collect();
            pairs.join(" ")
        }
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            other.to_string()
        }
    };
    let mut shown: String = input.chars().take(INPUT_MAX).collect();
    if shown.len() < input.len() {
        shown.push('…');
    }
    let task = format!("{}{route}{item}{delay}", started.task);
    [started.round.to_string(), task, action.to_owned(), shown]
}

/// Returns the plan as a document.
pub(super) fn to_json(outcome: &Outcome) -> Value {
    let one = |started: &Started| {
        json!({
            "round": started.round, "task": started.task, "route": started.route,
            "item": started.item, "action": started.action, "input": started.input,
            "delay": started.delay,
        })
    };
    json!({
        "status": outcome.status.name(),
        "output": outcome.output,
        "errors": outcome.errors,
        "actions": outcome.started.iter().map(one).collect::<Vec<Value>>(),
    })
}
