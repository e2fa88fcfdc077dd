//! Following an execution to its end, and showing what came of it.

use std::{pin::pin, time::Duration};

use anyhow::Context as _;
use client::{Client, Execution, Filter, execution::Output};
use futures_util::StreamExt as _;
use model::Status;
use serde_json::Value;

use crate::{
    exit::Code,
    print::{self, Color},
    table,
};

/// How often the record is looked at when no event comes.
const LOOK: Duration = Duration::from_secs(2);

/// Returns an execution when it is over.
pub(super) async fn end(client: &Client, id: &str) -> anyhow::Result<Execution> {
    let filter =
        Filter { execution_ids: vec![id.to_owned()], ..Filter::events(&["st2.execution__update"]) };
    let mut events = pin!(client.stream_forever(filter));
    loop {
        let execution = client.execution(id).await?;
        if execution.status.is_final() {
            return Ok(execution);
        }
        // What comes only says "look again"; a stream that fails is replaced by looking.
        drop(tokio::time::timeout(LOOK, events.next()).await);
    }
}

/// Prints what an execution writes, until its end.
pub(super) async fn tail(client: &Client, id: &str) -> anyhow::Result<()> {
    let mut events = pin!(client.output_stream(id, Output::All).await?);
    while let Some(event) = events.next().await {
        let event = event?;
        if event.name == "EOF" {
            break;
        }
        let document: Value =
            serde_json::from_str(&event.data).context("an event of the stream cannot be read")?;
        print::raw(&print::for_stdout(document["data"].as_str().unwrap_or_default()));
    }
    Ok(())
}

/// Prints an execution that is over: its result as data, how it ended as talk.
pub(super) fn show(execution: &Execution, json: bool) -> anyhow::Result<()> {
    if json {
        return table::json(&execution.document);
    }
    let result = execution.result();
    let text = |key: &str| result.get(key).and_then(Value::as_str);
    if let (Some(stdout), Some(stderr)) = (text("stdout"), text("stderr")) {
        for (text, is_data) in [(stdout, true), (stderr, false)] {
            let shown = print::for_stdout(text);
            match (text.is_empty(), is_data) {
                (true, _) => {}
                (false, true) => print::data(shown.trim_end_matches('\n')),
                (false, false) => print::talk(shown.trim_end_matches('\n')),
            }
        }
    } else if !result.is_null() {
        print::data(serde_json::to_string_pretty(result)?);
    }
    say_end(execution);
    if let Some(error) = text("error").filter(|error| !error.is_empty()) {
        print::talk(print::clean(error));
    }
    Ok(())
}

/// Says how an execution stands.
pub(super) fn say_end(execution: &Execution) {
    let status = status(execution.status);
    print::talk(format_args!("{} {} {status}", execution.id, execution.action_ref()));
}

fn status(status: Status) -> String {
    let color = match (status == Status::Succeeded, status.is_final()) {
        (true, _) => Color::Green,
        (false, true) => Color::Red,
        (false, false) => Color::Yellow,
    };
    print::colored_talk(color, status.as_str())
}

/// Returns the exit code that an execution which is over deserves.
pub(super) fn code(execution: &Execution) -> Code {
    if execution.status == Status::Succeeded { Code::Ok } else { Code::Failed }
}
