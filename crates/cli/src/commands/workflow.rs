//! `squall workflow`: inspects and tests workflow definitions without running them.

mod difference;
mod plan;
mod test;

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use flow::inspect::{self, Finding};
use python::{
    place::{Position, Step},
    yaml::{self, Document, Duplicates},
};
use serde_json::Value;

use crate::{
    exit::{Code, Missing},
    print::{self, Color},
    table,
};

/// The variables that are defined before a workflow sets any.
const GIVEN: [&str; 2] = ["st2", "parent"];
/// The maximum depth at which the text of a finding is searched.
const DEPTH_MAX: usize = yaml::DEPTH_MAX;

/// Check workflow definitions, and test them without running anything
#[derive(Debug, Args)]
pub(crate) struct Workflow {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a workflow definition; no Squall needs to run, so actions are not looked up
    ///
    /// Example: squall workflow inspect actions/workflows/deploy.yaml
    Inspect {
        /// The definition
        file: PathBuf,
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    Test(test::Test),
}

/// A line of the report.
struct Line {
    kind: &'static str,
    finding: Finding,
    position: Position,
}

impl Workflow {
    pub(crate) fn run(self) -> anyhow::Result<Code> {
        let (file, json) = match self.command {
            Command::Inspect { file, json } => (file, json),
            Command::Test(test) => return test.run(),
        };
        let name = file.display().to_string();
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                anyhow::bail!(Missing(format!("there is no file `{name}`")))
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read `{name}`")),
        };
        let lines = lines(&text);
        report(&name, &lines, json)
    }
}

fn report(name: &str, lines: &[Line], json: bool) -> anyhow::Result<Code> {
    if json {
        let entries: Vec<Value> = lines.iter().map(|line| line.to_json(name)).collect();
        table::json(&entries)?;
    } else {
        for line in lines {
            print::data(line.to_text(name));
        }
    }
    let wrong = lines.iter().filter(|line| line.kind != "advice").count();
    if wrong > 0 {
        let what = if wrong == 1 { "1 finding".to_owned() } else { format!("{wrong} findings") };
        print::talk(print::colored_talk(
            Color::Red,
            &format!("{what}: the workflow would not run"),
        ));
        return Ok(Code::Failed);
    }
    print::talk(print::colored_talk(Color::Green, "nothing is wrong with the definition"));
    Ok(Code::Ok)
}

/// Returns the errors of a definition with their positions in its file.
fn findings(name: &str, text: &[u8]) -> Vec<(String, String)> {
    let entry = |line: &Line| {
        let place = format!("{name}:{}:{}", line.position.line, line.position.column);
        (place, format!("{}: {}", line.kind, line.finding.message))
    };
    lines(text).iter().filter(|line| line.kind != "advice").map(entry).collect()
}

/// Inspects the text of a definition.
fn lines(text: &[u8]) -> Vec<Line> {
    let document = match yaml::read(text, Duplicates::Refuse) {
        Ok(document) => document,
        Err(error) => return vec![unread(error)],
    };
    let found = inspect::inspect_within(&document.value, &GIVEN);
    let findings = found.list().into_iter().map(|(kind, finding)| (kind.name(), finding));
    let advice = inspect::advice(&document.value).into_iter().map(|finding| ("advice", finding));
    let mut lines: Vec<Line> = findings
        .chain(advice)
        .map(|(kind, finding)| {
            let position = position(&document, kind, &finding);
            Line { kind, finding, position }
        })
        .collect();
    lines.sort_by_key(|line| line.position);
    lines
}

fn unread(error: yaml::Error) -> Line {
    let finding = Finding {
        message: error.message,
        spec_path: String::new(),
        schema_path: String::new(),
        language: None,
        expression: None,
        hint: None,
    };
    let position = Position { line: error.line, column: error.column };
    Line { kind: "syntax", finding, position }
}

/// Returns the position of a finding: the text with its expression, or the value at its path.
fn position(document: &Document, kind: &str, finding: &Finding) -> Position {
    let mut path = steps(&finding.spec_path);
    if let Some(expression) = &finding.expression {
        let value = at(&document.value, &path);
        if value.is_none_or(|value| !find(value, expression, &mut path)) {
            // The parts of a short form are at the position of the short form.
            path.pop();
            let value = at(&document.value, &path);
            value.map(|value| find(value, expression, &mut path));
        }
        return document.value_at(&path);
    }
    if kind == "semantic" && path.len() == 2 {
        return document.key_at(&path);
    }
    document.value_at(&path)
}

/// Reads a path such as `tasks.t1.next[0].do`.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().map(Step::key));
        let index = |piece: &str| piece.strip_suffix(']')?.parse().ok().map(Step::Index);
        steps.extend(pieces.filter_map(index));
    }
    steps
}

fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Index(index) => value.get(index),
        Step::Key(key) => value.get(key),
    })
}

/// Extends a path to the text with an expression; returns whether one was found.
fn find(value: &Value, expression: &str, path: &mut Vec<Step>) -> bool {
    let mut into = |step: Step, value: &Value, holds: bool| {
        path.push(step);
        let is_found = holds || (path.len() < DEPTH_MAX && find(value, expression, path));
        if !is_found {
            path.pop();
        }
        is_found
    };
    match value {
        Value::String(text) => text.contains(expression),
        Value::Array(items) => {
            items.iter().enumerate().any(|(index, item)| into(Step::Index(index), item, false))
        }
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| into(Step::key(key.as_str()), value, key.contains(expression))),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Line {
    fn to_text(&self, file: &str) -> String {
        let Position { line, column } = self.position;
        let Finding { message, hint, expression, .. } = &self.finding;
        let within = expression.as_ref().map(|text| format!(" in `{text}`")).unwrap_or_default();
        let hint = hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let message = message.trim_end_matches('.');
        let text = format!("{file}:{line}:{column}: {}: {message}{within}{hint}", self.kind);
        print::clean(&text).replace(['\n', '\t'], " ")
    }

    fn to_json(&self, file: &str) -> Value {
        let mut entry = self.finding.to_json();
        if let Value::Object(map) = &mut entry {
            map.insert("type".to_owned(), self.kind.into());
            map.insert("hint".to_owned(), self.finding.hint.clone().into());
            map.insert("file".to_owned(), file.into());
            map.insert("line".to_owned(), self.position.line.into());
            map.insert("column".to_owned(), self.position.column.into());
        }
        entry
    }
}
