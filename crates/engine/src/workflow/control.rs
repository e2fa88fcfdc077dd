//! Pausing, resuming and running again.

use std::sync::Arc;

use flow::{Status as FlowStatus, conductor::Rerun};
use model::{Execution, Id, Status};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    Ask, Message, Reply,
    plan::{self, Flaws},
    run::{Run, env},
};
use crate::{datastore::Datastore, engine::Engine, live::Slot, refusal::Refusal};

/// A task that is to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RerunTask {
    /// Its name.
    name: String,
    /// Whether all of its items run again, and not only those that failed.
    reset: bool,
}

impl Engine {
    /// Pauses a workflow on behalf of `user`: what runs goes on to its end, nothing new starts.
    ///
    /// # Errors
    /// Fails when the execution is no workflow or does not run.
    pub async fn pause(&self, id: Id, user: &str) -> Result<Arc<Execution>, Refusal> {
        self.ask_workflow(id, Ask::Pause, user).await
    }

    /// Lets a workflow that is paused go on, on behalf of `user`.
    ///
    /// # Errors
    /// Fails when the execution is no workflow or is not paused.
    pub async fn resume(&self, id: Id, user: &str) -> Result<Arc<Execution>, Refusal> {
        self.ask_workflow(id, Ask::Resume, user).await
    }

    async fn ask_workflow(&self, id: Id, ask: Ask, user: &str) -> Result<Arc<Execution>, Refusal> {
        let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
        let execution = self.execution(id).await?.ok_or_else(missing)?;
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
        let message = Message::Ask(ask, user.to_owned(), reply);
        if self.workflows.tell(id, message).is_ok() {
            answer.await.map_err(|_| refuse("ending.".to_owned()))??;
        }
        self.execution(id).await?.ok_or_else(missing)
    }

    /// Lets the workflow around a question go on before its answer, or its end, is written.
    ///
    /// A workflow that a person paused stays paused.
    pub(crate) async fn resume_for_answer(&self, question: &Execution) {
        let mut parent = question.parent;
        while let Some(id) = parent {
            let Ok(Some(execution)) = self.execution(id).await else { return };
            let by_person = execution.context.contains_key("paused_by");
            if matches!(execution.status, Status::Paused | Status::Pausing) && !by_person {
                let user = execution.context.get("user").and_then(Value::as_str);
                if let Err(error) = self.resume(id, user.unwrap_or_default()).await {
                    tracing::warn!(execution.id = %id, %error, "a workflow could not go on for an answer");
                }
            }
            parent = execution.parent;
        }
    }

    /// Returns the tasks of an earlier run that an execution was asked to run again.
    pub(super) fn rerun_of(&self, execution: &Execution) -> Option<Vec<RerunTask>> {
        let rerun = execution.context.get("re-run")?;
        let names = |key: &str| -> Vec<String> {
            let list = rerun.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (tasks, reset) = (names("tasks"), names("reset"));
        let task = |name: String| RerunTask { reset: reset.contains(&name), name };
        (!tasks.is_empty()).then(|| tasks.into_iter().map(task).collect())
    }

    /// Makes the run of an execution that goes on from tasks of an earlier one.
    pub(super) async fn rerun_run(
        &self,
        slot: &Arc<Slot>,
        execution: &Execution,
        tasks: &[RerunTask],
    ) -> Result<Run, Flaws> {
        let old = execution.context.get("re-run").and_then(|rerun| rerun.get("ref"));
        let old = old.and_then(super::dispatch::id_of);
        let gone = || Flaws::one("the execution that is to run again is not there");
        let old = match old {
            Some(id) => self.execution(id).await.map_err(|error| Flaws::one(error.to_string()))?,
            None => None,
        };
        let old = old.ok_or_else(gone)?;
        let id = old.context.get("workflow_execution").and_then(super::dispatch::id_of);
        let id = id.ok_or_else(|| {
            Flaws::one("the workflow did not come so far that tasks could run again")
        })?;
        let mut run = self.load_run(slot, id).await?;
        let children = run.read_children().await?;
        run.reconcile(children);
        run.children.clear();
        let (_, parameters) = plan::inputs(execution)?;
        run.set_options(execution, &parameters)?;
        let mut requests = Vec::new();
        for task in tasks {
            let routes = run.conductor.routes_of(&task.name);
            // One that was never run is refused with its name.
            let routes = if routes.is_empty() { vec![0] } else { routes };
            let request = |route| Rerun { task: task.name.clone(), route, reset_items: task.reset };
            requests.extend(routes.into_iter().map(request));
        }
        let datastore = Datastore;
        let env = env(self, slot.id, &datastore, None);
        run.conductor.rerun(&requests, &env).map_err(|error| Flaws::one(error.to_string()))?;
        run.context.insert("workflow_execution".to_owned(), json!(id));
        Ok(run)
    }
}

impl Run {
    pub(super) fn pause(&mut self, user: &str, reply: Reply) {
        if let Err(error) = self.conductor.request(FlowStatus::Pausing) {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Err(Refusal::invalid(error)));
            return;
        }
        self.context.insert("paused_by".to_owned(), json!(user));
        self.pass_on(Ask::Pause, user);
        self.replies.push(reply);
    }

    pub(super) fn resume(&mut self, user: &str, reply: Reply) {
        if let Err(error) = self.conductor.request(FlowStatus::Resuming) {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Err(Refusal::invalid(error)));
            return;
        }
        self.context.insert("resumed_by".to_owned(), json!(user));
        self.context.insert("paused_by".to_owned(), Value::Null);
        self.pass_on(Ask::Resume, user);
        self.replies.push(reply);
    }

    /// Passes a request on to the workflows inside this one.
    fn pass_on(&self, ask: Ask, user: &str) {
        for (id, child) in &self.children {
            if !child.is_workflow {
                continue;
            }
            let (engine, id, user) = (self.engine.clone(), *id, user.to_owned());
            self.engine.tasks.spawn(async move {
                // One that has just ended, or waits for its start, has nothing to pause.
                let _refused = engine.ask_workflow(id, ask, &user).await;
            });
        }
    }
}
