//! Waiting for the end of an execution, and printing its result.

use std::{pin::pin, time::Duration};

use clap::Args;
use client::{Client, Execution, Filter, execution::Query};
use futures_util::StreamExt as _;
use model::Status;
use serde_json::Value;

use super::{tail, tree, watch};
use crate::{
    exit::{Code, Missing},
    print::{self, Color},
    table,
};

/// The polling interval when no event comes.
const LOOK: Duration = Duration::from_secs(2);

/// Among how many executions the last one is searched.
const LAST_MAX: i64 = 100;

/// Returns the id of an execution; for `last` that of the latest one that neither a workflow nor a
/// rule requested.
pub(super) async fn resolve(client: &Client, id: &str) -> anyhow::Result<String> {
    if id != "last" {
        return Ok(id.to_owned());
    }
    let query = Query {
        parent: Some("null".to_owned()),
        limit: Some(LAST_MAX),
        exclude_attributes: Some("result".to_owned()),
        ..Query::default()
    };
    let mut latest = client.executions(&query).await?.items.into_iter();
    let latest = latest.find(|one| one.document["rule"].is_null());
    let missing = || Missing("nothing was run yet".to_owned());
    Ok(latest.ok_or_else(missing)?.id.to_string())
}

/// Returns an execution after its end.
pub(super) async fn end(client: &Client, id: &str) -> anyhow::Result<Execution> {
    let filter =
        Filter { execution_ids: vec![id.to_owned()], ..Filter::events(&["st2.execution__update"]) };
    let mut events = pin!(client.stream_forever(filter));
    loop {
        let execution = client.execution(id).await?;
        if execution.status.is_final() {
            return Ok(execution);
        }
        // Events are only hints; polling replaces a stream that fails.
        drop(tokio::time::timeout(LOOK, events.next()).await);
    }
}

/// Options for waiting for an execution.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Waiting {
    /// Print the execution's whole document
    #[arg(long)]
    pub(super) json: bool,
    /// Print the execution's id and do not wait
    #[arg(short = 'a', long = "async", conflicts_with = "tail")]
    pub(super) no_wait: bool,
    /// Print output while it is written, of a workflow that of all its tasks
    #[arg(long)]
    pub(super) tail: bool,
}

/// Waits for a new execution and prints its result.
pub(super) async fn finish(
    client: &Client,
    execution: &Execution,
    waiting: Waiting,
) -> anyhow::Result<Code> {
    let id = execution.id.to_string();
    if waiting.no_wait {
        if waiting.json {
            table::json(&execution.document)?;
        } else {
            print::data(&id);
        }
        return Ok(Code::Ok);
    }
    let is_workflow = tree::is_workflow(&execution.document);
    if waiting.tail && is_workflow {
        watch::tail(client, &id).await?;
    } else if waiting.tail {
        tail::tail(client, &id).await?;
    }
    let draws = is_workflow && !waiting.tail && !waiting.json && watch::is_watched();
    let ended = if draws {
        let mut watch = watch::Watch::new(client, &id).await?;
        watch::draw(&mut watch, false, false).await?
    } else {
        print::wait(execution.action_ref(), end(client, &id)).await?
    };
    if waiting.tail && !waiting.json {
        say_end(&ended);
    } else {
        show(&ended, waiting.json)?;
    }
    Ok(code(&ended))
}

/// Prints an ended execution: the result to stdout, the status to stderr.
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

/// Prints the status of an execution.
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

/// Returns the exit code for an ended execution.
pub(super) fn code(execution: &Execution) -> Code {
    if execution.status == Status::Succeeded { Code::Ok } else { Code::Failed }
}
