//! Taking up a workflow that an earlier process left: its cells say how far the conductor came,
//! its executions what happened since.

use std::{collections::HashMap, sync::Arc};

use flow::{Conductor, Status as FlowStatus};
use model::{Execution, Id, Outcome, Status, runner::Language};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};

use super::{
    cells::{self, Task},
    dispatch::id_of,
    plan::{self, Flaws},
    run::{Child, Run, reads_tasks},
};
use crate::Workflows;
use execution::Slot;

/// How many executions one query reads.
const CHUNK: usize = 500;

impl Workflows {
    /// Lets a workflow go on from its records.
    pub(crate) async fn restore_workflow(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        language: Language,
    ) {
        if execution.status == Status::Canceling {
            slot.cancel.cancel();
        }
        match language {
            Language::Orquesta => self.restore_orquesta(slot, execution).await,
            Language::ActionChain => {
                if let Err(flaws) = self.restore_chain(slot, execution).await {
                    let outcome = Outcome::new(Status::Failed, flaws.as_chain());
                    self.executions().finish(slot, &[], outcome, Vec::new()).await;
                }
            }
        }
    }

    async fn restore_orquesta(&self, slot: &Arc<Slot>, execution: &Execution) {
        match self.restored(slot, execution).await {
            Ok(mut run) => {
                run.record.has_begun = true;
                self.drive(run);
            }
            Err(Flaws(errors)) => {
                let outcome =
                    Outcome::new(Status::Failed, json!({"errors": errors, "output": null}));
                self.executions().finish(slot, &[], outcome, Vec::new()).await;
            }
        }
    }

    async fn restored(&self, slot: &Arc<Slot>, execution: &Execution) -> Result<Run, Flaws> {
        let id = execution.context.get("workflow_execution").and_then(id_of);
        let id = id.ok_or_else(|| Flaws::one("the records of the workflow are not there"))?;
        self.claim(id);
        let mut run = self.load_run(slot, id).await?;
        let (_, parameters) = plan::inputs(execution)?;
        run.set_options(execution, &parameters)?;
        let children = run.read_children().await?;
        run.reconcile(children);
        Ok(run)
    }

    /// Reads the records of a workflow.
    pub(super) async fn load_run(&self, slot: &Arc<Slot>, id: Id) -> Result<Run, Flaws> {
        let cells = self.store().cells(id).await.map_err(|error| Flaws::one(error.to_string()))?;
        let mut definition = Value::Null;
        let mut tasks = Vec::new();
        let mut of_conductor = Vec::new();
        let mut sources = Vec::new();
        for (key, value) in cells {
            if key == cells::DEFINITION {
                definition = value;
            } else if let Some(entry) = key.strip_prefix("task/") {
                tasks.extend(entry.parse::<usize>().ok().zip(Task::of_cell(&value)));
            } else if !key.starts_with("child/") {
                sources.extend(value.get("source").and_then(id_of));
                of_conductor.push((key, value));
            }
        }
        let keeps_results = reads_tasks(&definition);
        let planned = plan::of_definition(definition)?;
        let sources = self.read_executions(&sources, Results::Read).await?;
        let fetch = |source: &str| {
            let execution = sources.get(&source.parse().ok()?)?;
            execution.result.as_deref().cloned()
        };
        let conductor = Conductor::restore(planned.plan, of_conductor, &fetch)
            .map_err(|error| Flaws::one(error.to_string()))?;
        let mut run = Run::new(self, slot, id, conductor);
        run.tasks.extend(tasks);
        run.keeps_results = keeps_results;
        Ok(run)
    }

    /// Reads executions with their results.
    pub(super) async fn read_results(
        &self,
        ids: &[Id],
    ) -> Result<HashMap<Id, Arc<Execution>>, Flaws> {
        self.read_executions(ids, Results::Read).await
    }

    async fn read_executions(
        &self,
        ids: &[Id],
        results: Results,
    ) -> Result<HashMap<Id, Arc<Execution>>, Flaws> {
        let mut all = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let filter = Filter {
                equal: vec![(Column::Id, chunk.iter().map(ToString::to_string).collect())],
                ..Filter::default()
            };
            let found = self.store().executions(&filter, results).await;
            for execution in found.map_err(|error| Flaws::one(error.to_string()))? {
                all.insert(execution.id, Arc::new(execution));
            }
        }
        Ok(all)
    }
}

impl Run {
    /// Reads the executions that ran for tasks, with their places, in the order of the sequence.
    pub(super) async fn read_children(&mut self) -> Result<Vec<(Child, Arc<Execution>)>, Flaws> {
        let cells = self.record.workflows.store().cells(self.record.id).await;
        let cells = cells.map_err(|error| Flaws::one(error.to_string()))?;
        let mut places: Vec<(Child, Id)> = Vec::new();
        for (key, value) in &cells {
            let Some((entry, item)) = cells::of_child_key(key) else { continue };
            let (Some(id), Some(task)) = (id_of(value), self.tasks.get(&entry)) else { continue };
            let (task, route) = (task.name.clone(), task.route);
            places.push((Child { entry, task, route, item, is_workflow: false }, id));
        }
        places.sort_by_key(|(child, id)| (child.entry, child.item, *id));
        let ids: Vec<Id> = places.iter().map(|(_, id)| *id).collect();
        let found = self.record.workflows.read_executions(&ids, Results::Read).await?;
        let with = |(child, id): (Child, Id)| {
            // What lives may be further than what was read.
            let live = self
                .record
                .workflows
                .executions()
                .slot(id)
                .map(|slot| Arc::clone(&slot.seen.borrow()));
            let execution = live.or_else(|| found.get(&id).cloned())?;
            Some((Child { is_workflow: execution.is_workflow(), ..child }, execution))
        };
        Ok(places.into_iter().filter_map(with).collect())
    }

    /// Tells the conductor what happened since its cells were written.
    pub(super) fn reconcile(&mut self, children: Vec<(Child, Arc<Execution>)>) {
        let mut unheard = Vec::new();
        for (child, execution) in children {
            let is_latest =
                self.conductor.task_entry(&child.task, child.route) == Some(child.entry);
            let known = self.known(&child);
            let waits = known.is_some_and(|known| {
                known.is_active() || matches!(known, FlowStatus::Pending | FlowStatus::Paused)
            });
            if is_latest && waits {
                self.children.insert(execution.id, child);
                unheard.push(execution);
            } else if execution.status.is_final() && known != Some(FlowStatus::Unset) {
                self.keep(&child, &execution);
            }
        }
        for execution in unheard {
            let is_known = matches!(execution.status, Status::Pending | Status::Paused);
            let known = self.children.get(&execution.id).and_then(|child| self.known(child));
            let same = matches!(
                (execution.status, known),
                (Status::Pending, Some(FlowStatus::Pending))
                    | (Status::Paused, Some(FlowStatus::Paused))
            );
            if !(is_known && same) {
                self.hear(&execution);
            }
        }
    }
}
