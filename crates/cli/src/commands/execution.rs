//! `squall execution`: shows and controls executions.

mod control;
mod get;
mod rerun;

use clap::{Args, Subcommand};
use client::{Client, execution::Query};

use super::{follow, tail, tree, watch};
use crate::{
    connection::Target,
    exit::{Code, Usage},
    print,
    table::{self, cell},
};

/// Look at executions, follow, pause and cancel them, run them again
///
/// An execution is named by its id; `last` is the latest one that neither a workflow nor a
/// rule requested.
#[derive(Debug, Args)]
pub(crate) struct Execution {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List executions, the latest first; without `--action` those that no workflow requested
    List {
        /// Of this action
        #[arg(long, value_name = "REF")]
        action: Option<String>,
        /// In this status
        #[arg(long)]
        status: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: i64,
        /// Also what workflows ran
        #[arg(short = 'l', long)]
        showall: bool,
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    Get(get::Get),
    Pause(control::Pause),
    Resume(control::Resume),
    Cancel(control::Cancel),
    ReRun(rerun::ReRun),
    /// Print what an execution writes, until its end; of a workflow that of all its tasks
    Tail(One),
}

#[derive(Debug, Args)]
struct One {
    /// The execution's id
    id: String,
    /// Print the document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Execution {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List { action, status, limit, showall, json, target } => {
                let status = match status {
                    None => None,
                    Some(text) => {
                        Some(serde_json::from_value(text.clone().into()).map_err(|_| {
                            Usage(format!("`{text}` is no status: try `running` or `failed`"))
                        })?)
                    }
                };
                let parent = (!showall && action.is_none()).then(|| "null".to_owned());
                let query =
                    Query { action, status, parent, limit: Some(limit), ..Query::default() };
                list(&target.connect()?, &query, json).await
            }
            Command::Get(command) => command.run().await,
            Command::Pause(command) => command.run().await,
            Command::Resume(command) => command.run().await,
            Command::Cancel(command) => command.run().await,
            Command::ReRun(command) => command.run().await,
            Command::Tail(one) => tail(&one).await,
        }
    }
}

async fn tail(one: &One) -> anyhow::Result<Code> {
    let client = one.target.connect()?;
    let id = follow::resolve(&client, &one.id).await?;
    let execution = client.execution(&id).await?;
    if tree::is_workflow(&execution.document) {
        watch::tail(&client, &id).await?;
    } else {
        tail::tail(&client, &id).await?;
    }
    let ended = print::wait("waiting for the end", follow::end(&client, &id)).await?;
    if one.json {
        table::json(&ended.document)?;
    } else {
        follow::say_end(&ended);
    }
    Ok(follow::code(&ended))
}

async fn list(client: &Client, query: &Query, json: bool) -> anyhow::Result<Code> {
    let query = Query { exclude_attributes: Some("result".to_owned()), ..query.clone() };
    let page = client.executions(&query).await?;
    let documents: Vec<_> = page.items.iter().map(|one| &one.document).collect();
    if json {
        table::json(&documents)?;
        return Ok(Code::Ok);
    }
    let keys = ["/id", "/action/ref", "/status", "/context/user", "/start_timestamp"];
    let rows: Vec<Vec<String>> = documents
        .iter()
        .map(|document| keys.iter().map(|key| cell(document, key)).collect())
        .collect();
    table::print(&["id", "action", "status", "user", "start"], &rows, "no executions");
    if page.total > rows.len() as u64 {
        print::talk(format_args!("{} of {}: `--limit` shows more", rows.len(), page.total));
    }
    Ok(Code::Ok)
}
