//! `squall execution re-run`: re-runs an execution, or a workflow from some of its tasks.

use std::collections::BTreeSet;

use anyhow::bail;
use clap::Args;
use client::{Client, Execution, execution::Rerun};
use model::{
    Runner,
    runner::{Language, Leader},
};

use crate::{
    commands::{follow, run, tree},
    connection::Target,
    exit::{Code, Missing, Usage},
    suggest,
    table::cell,
};

/// Run an execution again; a workflow also from some of its tasks
///
/// Without `--tasks` a new run begins, with the old parameters except those that are given. With
/// `--tasks` a workflow that ended goes on from these tasks; what they do not lead to stays as it is.
///
/// Examples:
///   squall execution re-run 6565f0c3a9b1d20001234567 host=web2
///   squall execution re-run 6565f0c3a9b1d20001234567 --tasks deploy.copy notify --no-reset notify
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ReRun {
    /// The execution's id
    id: String,
    /// Parameters in place of the old ones
    #[arg(value_name = "NAME=VALUE", conflicts_with = "tasks")]
    parameters: Vec<String>,
    /// The tasks to go on from; one inside a sub-workflow is `task.inner`
    #[arg(long, value_name = "TASK", num_args = 1.., value_delimiter = ',')]
    tasks: Vec<String>,
    /// Those of the tasks of which only the items that failed run again, and not all
    #[arg(long, value_name = "TASK", num_args = 1.., value_delimiter = ',', requires = "tasks")]
    no_reset: Vec<String>,
    /// Forget the old parameters
    #[arg(long, conflicts_with = "tasks")]
    no_merge: bool,
    /// Wait so many seconds before it starts
    #[arg(long, value_name = "SECONDS")]
    delay: Option<u64>,
    #[command(flatten)]
    waiting: follow::Waiting,
    #[command(flatten)]
    target: Target,
}

impl ReRun {
    pub(super) async fn run(self) -> anyhow::Result<Code> {
        let client = self.target.connect()?;
        let old = client.execution(&follow::resolve(&client, &self.id).await?).await?;
        self.check(&client, &old).await?;
        let parameters = if self.parameters.is_empty() {
            model::Object::new()
        } else {
            let schemas = client.action_parameters(old.action_ref()).await?;
            run::parameters(&self.parameters, &schemas)?
        };
        let reset = self.tasks.iter().filter(|task| !self.no_reset.contains(task));
        let rerun = Rerun {
            parameters,
            tasks: self.tasks.clone(),
            reset: reset.cloned().collect(),
            delay_ms: self.delay.map(|seconds| seconds.saturating_mul(1_000)),
            drops_parameters: self.no_merge,
        };
        let execution = client.run_again(&old.id.to_string(), &rerun).await?;
        follow::finish(&client, &execution, self.waiting).await
    }

    /// Fails for tasks that cannot be re-run, with their names.
    async fn check(&self, client: &Client, old: &Execution) -> anyhow::Result<()> {
        if self.tasks.is_empty() {
            return Ok(());
        }
        if let Some(task) = self.no_reset.iter().find(|task| !self.tasks.contains(task)) {
            bail!(Usage(format!(
                "`--no-reset {task}`: `{task}` is none of the tasks to run again"
            )));
        }
        let (id, action, status) = (old.id, old.action_ref(), old.status);
        let runner = old.document["action"]["runner_type"].as_str().map(str::parse::<Runner>);
        let leader = runner.and_then(Result::ok).and_then(|runner| runner.traits().leader);
        if leader != Some(Leader::Workflow(Language::Orquesta)) {
            bail!(
                "{id} ({action}) is no workflow of Orquesta: it runs again as a whole, without `--tasks`"
            );
        }
        if !status.is_final() {
            bail!("{id} ({action}) has not ended, it is {status}: cancel it, or wait for its end");
        }
        let children = client.children(&id.to_string(), -1).await?;
        for task in &self.tasks {
            known(client, &id.to_string(), &children, task).await?;
        }
        Ok(())
    }
}

/// Fails if a task, or a task of its sub-workflow, was not run.
async fn known(
    client: &Client,
    root: &str,
    children: &[Execution],
    name: &str,
) -> anyhow::Result<()> {
    let mut id = root.to_owned();
    let mut parts = name.split('.').peekable();
    let mut seen = String::new();
    while let Some(part) = parts.next() {
        let tasks = client.tasks(&id).await?;
        let names: BTreeSet<String> = tasks.iter().map(|task| cell(task, "/task_name")).collect();
        if !names.contains(part) {
            bail!(Missing(unknown(name, &seen, part, &names)));
        }
        seen.push_str(part);
        if parts.peek().is_none() {
            return Ok(());
        }
        let of_task = tasks.iter().rev().filter(|task| task["task_name"] == part);
        let last = of_task
            .filter_map(|task| task["children"].as_array()?.last()?.as_str())
            .find_map(|id| children.iter().find(|child| child.id.to_string() == id));
        match last.filter(|child| tree::is_workflow(&child.document)) {
            Some(child) => id = child.id.to_string(),
            None => bail!(Missing(format!("`{name}`: `{seen}` ran no workflow that has tasks"))),
        }
        seen.push('.');
    }
    Ok(())
}

fn unknown(name: &str, seen: &str, part: &str, names: &BTreeSet<String>) -> String {
    let near = suggest::closest(part, names.iter().map(String::as_str));
    let hint = near.map(|near| format!("; did you mean `{seen}{near}`?")).unwrap_or_default();
    let all: Vec<&str> = names.iter().map(String::as_str).take(20).collect();
    format!("no task `{name}` was run: there are {}{hint}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_task_is_named_with_those_that_there_are() {
        let names: BTreeSet<String> = ["copy", "start"].map(str::to_owned).into();
        assert_eq!(
            unknown("deploy.cop", "deploy.", "cop", &names),
            "no task `deploy.cop` was run: there are copy, start; did you mean `deploy.copy`?"
        );
        assert_eq!(unknown("x", "", "x", &BTreeSet::new()), "no task `x` was run: there are ");
    }
}
