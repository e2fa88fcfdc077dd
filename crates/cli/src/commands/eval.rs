//! `squall eval`: evaluates templates, criteria and aliases without a Squall.

use std::{
    fs,
    io::{self, BufRead as _, Write as _},
    path::PathBuf,
};

use alias::eval::Corpora;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use expr::{
    document::{self, Context, Recorded},
    jinja,
};
use model::{Clock as _, Object};
use serde_json::{Value, json};

use crate::{
    clock::Machine,
    exit::{Code, Usage},
    print::{self, Color},
};

mod orquesta;

/// Evaluate templates, criteria and aliases
///
/// With `--kind`, each line of standard input is a question in JSON, and each line of standard
/// output its answer.
///
/// Example: squall eval jinja '{{ name | upper }}' --context context.json
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Eval {
    /// What the questions are: jinja, params, cast, operator, criteria, alias_match, …
    #[arg(long)]
    kind: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a template
    Jinja {
        /// The template
        template: String,
        /// A JSON file with the names that it may use
        #[arg(long, value_name = "FILE")]
        context: Option<PathBuf>,
        /// Print the value as JSON
        #[arg(long)]
        json: bool,
    },
    /// Evaluate an expression of a workflow: YAQL, or Jinja with the functions of workflows
    ///
    /// Example: squall eval yaql '<% ctx().hosts.len() %>' --context context.json
    Yaql {
        /// The expression; YAQL may stand without `<%` and `%>`
        expression: String,
        /// A JSON file with the variables that `ctx()` gives
        #[arg(long, value_name = "FILE")]
        context: Option<PathBuf>,
        /// Print the value as JSON
        #[arg(long)]
        json: bool,
    },
}

impl Eval {
    pub(crate) fn run(self) -> anyhow::Result<Code> {
        match (self.kind, self.command) {
            (Some(kind), _) => answer_lines(&kind),
            (None, Some(Command::Jinja { template, context, json })) => {
                render(&template, context, json)
            }
            (None, Some(Command::Yaql { expression, context, json })) => {
                evaluate(&expression, context, json)
            }
            (None, None) => anyhow::bail!(Usage(
                "say what to evaluate: `--kind KIND`, `jinja` or `yaql`".to_owned()
            )),
        }
    }
}

fn answer_lines(kind: &str) -> anyhow::Result<Code> {
    let mut corpora = Corpora::default();
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = match serde_json::from_str::<Value>(&line) {
            Ok(question) => answer(kind, &question, &mut corpora)?,
            Err(error) => {
                json!({"id": null, "ok": false, "error": format!("this line is no JSON: {error}")})
            }
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(Code::Ok)
}

fn answer(kind: &str, question: &Value, corpora: &mut Corpora) -> anyhow::Result<Value> {
    let now = Machine.now();
    let timestamp = jiff::Timestamp::from_microsecond(now.micros())?;
    let given = expr::eval::answer(kind, question, timestamp)
        .or_else(|| orquesta::answer(kind, question, timestamp))
        .or_else(|| criteria::eval::answer(kind, question, now))
        .or_else(|| alias::eval::answer(kind, question, corpora));
    let given = given.ok_or_else(|| Usage(format!("`{kind}` is no kind of question")))?;
    let id = question.get("id").cloned().unwrap_or_default();
    Ok(match given {
        Ok(value) => json!({"id": id, "ok": true, "value": value}),
        Err(error) => json!({"id": id, "ok": false, "error": error}),
    })
}

fn render(template: &str, context: Option<PathBuf>, json: bool) -> anyhow::Result<Code> {
    let names = names(context)?;
    match jinja::render(template, &names, &jinja::Options::default()) {
        Ok(text) => {
            show(Value::String(text), json);
            Ok(Code::Ok)
        }
        Err(error) => {
            explain(template, &error);
            Ok(Code::Failed)
        }
    }
}

fn evaluate(expression: &str, context: Option<PathBuf>, json: bool) -> anyhow::Result<Code> {
    let variables = Value::Object(names(context)?);
    let workflow = Recorded::among(&variables);
    let context = Context {
        workflow: Some(&workflow),
        now: jiff::Timestamp::from_microsecond(Machine.now().micros())?,
        ..Context::new(&variables)
    };
    let is_bare = document::language(expression).is_none();
    let text = if is_bare { format!("<% {expression} %>") } else { expression.to_owned() };
    match document::evaluate_text(&text, &context) {
        Ok(value) => {
            show(value, json);
            Ok(Code::Ok)
        }
        Err(error) => {
            explain(error.place_text(), &error.cause);
            Ok(Code::Failed)
        }
    }
}

/// Reads the variables of an expression.
fn names(context: Option<PathBuf>) -> anyhow::Result<Object> {
    let Some(file) = context else { return Ok(Object::new()) };
    let named = format!("the context `{}`", file.display());
    let text = fs::read_to_string(&file).with_context(|| Usage(format!("cannot read {named}")))?;
    serde_json::from_str(&text).with_context(|| Usage(format!("{named} holds no JSON object")))
}

fn show(value: Value, json: bool) {
    match value.as_str().filter(|_| !json) {
        Some(text) => print::data(text),
        None => print::data(value),
    }
}

/// Prints an error with a caret below its position.
fn explain(template: &str, error: &jinja::Error) {
    let label = print::colored_talk(Color::Red, "error:");
    print::talk(format_args!("{label} {}: {}", error.class_name(), error.message));
    let index = usize::try_from(error.line).unwrap_or_default().checked_sub(1);
    if let Some(line) = index.and_then(|index| template.lines().nth(index)) {
        let column = usize::try_from(error.column).unwrap_or(1);
        let number = error.line.to_string();
        print::talk(format_args!("{number} | {}", print::clean(line).replace('\t', " ")));
        let caret = print::colored_talk(Color::Red, "^");
        let before = " ".repeat(number.len() + 2 + column);
        print::talk(format_args!("{before}{caret} line {number}, column {column}"));
    }
    if let Some(near) = &error.nearest {
        print::talk(format_args!("did you mean `{near}`?"));
    }
}
