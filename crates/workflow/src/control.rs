//! Pausing, resuming and running again.

use std::sync::Arc;

use access::{Refusal, Verb};
use flow::{Status as FlowStatus, conductor};
use model::{Execution, Id, Principal, Status, provenance::Rerun};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    dispatch::id_of,
    plan::{self, Flaws},
    run::{Run, env},
};
use crate::Workflows;
use content::Datastore;
use execution::{Ask, Reply, Signal, Slot};

impl Workflows {
    /// Pauses a workflow: what runs goes on to its end, nothing new starts.
    ///
    /// # Errors
    /// Fails when `who` may not, or the execution is no workflow or does not run.
    pub async fn pause(&self, who: &Principal, id: Id) -> Result<Arc<Execution>, Refusal> {
        self.ask_workflow(who, id, Ask::Pause).await
    }

    /// Resumes a paused workflow.
    ///
    /// # Errors
    /// Fails when `who` may not, or the execution is no workflow or is not paused.
    pub async fn resume(&self, who: &Principal, id: Id) -> Result<Arc<Execution>, Refusal> {
        self.ask_workflow(who, id, Ask::Resume).await
    }

    async fn ask_workflow(
        &self,
        who: &Principal,
        id: Id,
        ask: Ask,
    ) -> Result<Arc<Execution>, Refusal> {
        let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
        let execution = self.executions().execution(id).await?.ok_or_else(missing)?;
        let verb = if ask == Ask::Pause { Verb::Pause } else { Verb::Resume };
        self.executions().check_execution(who, verb, &execution).await?;
        let refuse = |reason: String| {
            let verb = if ask == Ask::Pause { "pause" } else { "resume" };
            let id = execution.liveaction_id;
            Refusal::invalid(format!("Unable to {verb} liveaction \"{id}\" because it is {reason}"))
        };
        if !execution.is_workflow() {
            let runner = &execution.snapshot.action.runner_type;
            return Err(refuse(format!("not supported by the \"{runner}\" runner.")));
        }
        match (ask, execution.status) {
            (Ask::Pause, Status::Pausing | Status::Paused)
            | (Ask::Resume, Status::Running | Status::Resuming) => return Ok(execution),
            (Ask::Pause, Status::Running) | (Ask::Resume, Status::Paused | Status::Pausing) => {}
            (Ask::Pause, _) => return Err(refuse("not in a running state.".to_owned())),
            (Ask::Resume, status) => {
                return Err(refuse(format!("in \"{status}\" state and not in \"paused\" state.")));
            }
        }
        let (reply, answer) = oneshot::channel();
        // The slot is not kept while this waits: what is left in the inbox goes with it.
        let is_heard = self.executions().slot(id).is_some_and(|slot| {
            let signal = Signal::Ask(ask, who.person().to_owned(), reply);
            slot.inbox.as_ref().is_some_and(|inbox| inbox.send(signal).is_ok())
        });
        if is_heard {
            answer.await.map_err(|_| refuse("ending.".to_owned()))??;
        }
        self.executions().execution(id).await?.ok_or_else(missing)
    }

    /// Lets the workflow around a question go on before its answer, or its end, is written.
    ///
    /// A workflow that a person paused stays paused.
    pub(crate) async fn resume_for_answer(&self, question: &Execution) {
        let mut parent = question.parent;
        while let Some(id) = parent {
            let Ok(Some(execution)) = self.executions().execution(id).await else { return };
            let by_person = execution.context.contains_key("paused_by");
            if matches!(execution.status, Status::Paused | Status::Pausing) && !by_person {
                let user = execution.context.get("user").and_then(Value::as_str);
                let squall = Principal::system(user.unwrap_or_default());
                if let Err(error) = self.resume(&squall, id).await {
                    tracing::warn!(execution.id = %id, %error, "a workflow could not go on for an answer");
                }
            }
            parent = execution.parent;
        }
    }

    /// Makes the run of an execution that goes on from tasks of an earlier one.
    pub(super) async fn run_again(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        rerun: &Rerun,
    ) -> Result<Run, Flaws> {
        let old = self
            .executions()
            .execution(rerun.execution)
            .await
            .map_err(|error| Flaws::one(error.to_string()))?;
        let old =
            old.ok_or_else(|| Flaws::one("the execution that is to run again is not there"))?;
        let id = old.context.get("workflow_execution").and_then(id_of).ok_or_else(|| {
            Flaws::one("the workflow did not come so far that tasks of it could run again")
        })?;
        if !self.claim(id) {
            return Err(Flaws::one("tasks of this workflow are running again already"));
        }
        let run = self.prepare_again(slot, execution, (id, rerun)).await;
        if run.is_err() {
            self.release(id);
        }
        run
    }

    async fn prepare_again(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        (id, rerun): (Id, &Rerun),
    ) -> Result<Run, Flaws> {
        let mut run = self.load_run(slot, id).await?;
        let children = run.read_children().await?;
        run.reconcile(children.clone());
        run.children.clear();
        let (_, parameters) = plan::inputs(execution)?;
        run.set_options(execution, &parameters)?;
        let mut requests = Vec::new();
        for name in outer(rerun) {
            let routes = run.conductor.routes_of(name);
            // One that was never run is refused with its name.
            let routes = if routes.is_empty() { vec![0] } else { routes };
            let reset_items = rerun.reset.iter().any(|reset| reset == name);
            let request = |route| conductor::Rerun { task: name.to_owned(), route, reset_items };
            requests.extend(routes.into_iter().map(request));
            let last = children.iter().rev().find(|(child, _)| child.task == name);
            if let Some(deeper) = last.and_then(|(_, child)| inside(rerun, name, child.id)) {
                run.deeper.insert(name.to_owned(), deeper);
            }
        }
        let datastore = Datastore;
        let env = env(self, slot.id, &datastore, None);
        let done = run.conductor.rerun(&requests, &env);
        done.map_err(|error| Flaws::one(error.to_string()))?;
        run.record.context.insert("workflow_execution".to_owned(), json!(id));
        Ok(run)
    }
}

/// Returns the names of the tasks, without what is inside them.
fn outer(rerun: &Rerun) -> Vec<&str> {
    let first = |name: &String| name.split_once('.').map_or(name.len(), |(first, _)| first.len());
    let mut all: Vec<&str> = rerun.tasks.iter().map(|name| &name[..first(name)]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns what runs again inside the workflow that a task ran, which was the execution `old`.
fn inside(rerun: &Rerun, task: &str, old: Id) -> Option<Rerun> {
    let prefix = format!("{task}.");
    let below = |names: &[String]| -> Vec<String> {
        names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
    };
    let tasks = below(&rerun.tasks);
    let reset = below(&rerun.reset);
    (!tasks.is_empty()).then_some(Rerun { execution: old, tasks, reset })
}

impl Run {
    pub(super) fn pause(&mut self, user: &str, reply: Reply) {
        if let Err(error) = self.conductor.request(FlowStatus::Pausing) {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Err(Refusal::invalid(error)));
            return;
        }
        self.record.note_asked(Ask::Pause, user);
        self.pass_on(Ask::Pause, user);
        self.record.replies.push(reply);
    }

    pub(super) fn resume(&mut self, user: &str, reply: Reply) {
        if let Err(error) = self.conductor.request(FlowStatus::Resuming) {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Err(Refusal::invalid(error)));
            return;
        }
        self.record.note_asked(Ask::Resume, user);
        self.pass_on(Ask::Resume, user);
        self.record.replies.push(reply);
    }

    /// Passes a request on to the workflows inside this one.
    fn pass_on(&self, ask: Ask, user: &str) {
        for (id, child) in &self.children {
            if !child.is_workflow {
                continue;
            }
            let (workflows, id, squall) =
                (self.record.workflows.clone(), *id, Principal::system(user));
            self.record.workflows.executions().spawn(async move {
                // One that has just ended, or waits for its start, has nothing to pause.
                let _refused = workflows.ask_workflow(&squall, id, ask).await;
            });
        }
    }
}
