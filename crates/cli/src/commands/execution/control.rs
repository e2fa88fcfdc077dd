//! `squall execution pause`, `resume` and `cancel`.

use anyhow::bail;
use clap::Args;
use client::{Client, Error, Execution};
use model::Status;

use crate::{
    commands::{follow, tree},
    connection::Target,
    exit::Code,
    report, table,
};

/// Pause workflows: what runs goes on to its end, nothing new starts
#[derive(Debug, Args)]
pub(super) struct Pause {
    #[command(flatten)]
    many: Many,
}

/// Let workflows that are paused go on
#[derive(Debug, Args)]
pub(super) struct Resume {
    #[command(flatten)]
    many: Many,
}

/// Stop executions
#[derive(Debug, Args)]
pub(super) struct Cancel {
    #[command(flatten)]
    many: Many,
}

#[derive(Debug, Args)]
struct Many {
    /// The executions' ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Print the documents
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Pause,
    Resume,
    Cancel,
}

impl Pause {
    pub(super) async fn run(self) -> anyhow::Result<Code> {
        self.many.ask(Wish::Pause).await
    }
}

impl Resume {
    pub(super) async fn run(self) -> anyhow::Result<Code> {
        self.many.ask(Wish::Resume).await
    }
}

impl Cancel {
    pub(super) async fn run(self) -> anyhow::Result<Code> {
        self.many.ask(Wish::Cancel).await
    }
}

impl Many {
    /// Requests the change of each execution; a refusal does not stop the others.
    async fn ask(self, wish: Wish) -> anyhow::Result<Code> {
        let client = self.target.connect()?;
        let mut refused = None;
        let mut documents = Vec::new();
        for id in &self.ids {
            match ask(&client, id, wish).await {
                Ok(execution) if self.json => documents.push(execution.document),
                Ok(execution) => follow::say_end(&execution),
                Err(error) if refused.is_none() => refused = Some(error),
                Err(error) => report::print(&error),
            }
        }
        if self.json {
            match documents.as_slice() {
                [one] if self.ids.len() == 1 => table::json(one)?,
                all => table::json(&all)?,
            }
        }
        refused.map_or(Ok(Code::Ok), Err)
    }
}

async fn ask(client: &Client, id: &str, wish: Wish) -> anyhow::Result<Execution> {
    let id = follow::resolve(client, id).await?;
    if wish == Wish::Cancel {
        return Ok(client.cancel(&id).await?);
    }
    check(&client.execution(&id).await?, wish)?;
    let asked = match wish {
        Wish::Pause => client.pause(&id).await,
        Wish::Resume | Wish::Cancel => client.resume(&id).await,
    };
    match asked {
        Ok(execution) => Ok(execution),
        // The status may have changed since it was read.
        Err(Error::Refused { status: 400, fault }) => {
            check(&client.execution(&id).await?, wish)?;
            bail!("{fault}")
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails for an execution that cannot change in this way.
fn check(execution: &Execution, wish: Wish) -> anyhow::Result<()> {
    let (id, action, status) = (execution.id, execution.action_ref(), execution.status);
    let verb = if wish == Wish::Pause { "paused" } else { "resumed" };
    if !tree::is_workflow(&execution.document) {
        bail!(
            "{id} ({action}) is no workflow: only workflows can be {verb}; `squall execution cancel` stops it"
        );
    }
    if status.is_final() {
        bail!("{id} ({action}) has ended ({status}): `squall execution re-run` runs it again");
    }
    match (wish, status) {
        (Wish::Resume, Status::Paused | Status::Pausing | Status::Resuming) => Ok(()),
        (Wish::Resume, _) => bail!("{id} ({action}) is not paused: it is {status}"),
        (Wish::Pause | Wish::Cancel, _) => Ok(()),
    }
}
