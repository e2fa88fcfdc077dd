//! Requests to pause and to resume, and how they reach the driver.

use std::sync::Arc;

use access::{Refusal, Verb};
use execution::{Ask, Signal};
use futures_util::future::BoxFuture;
use model::{Execution, Id, Principal, Status};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::Workflows;

impl Workflows {
    /// Pauses a workflow: what runs continues to its end, nothing new starts.
    ///
    /// # Errors
    /// Fails when `who` may not, or the execution is no workflow or does not run.
    pub fn pause<'a>(
        &'a self,
        who: &'a Principal,
        id: Id,
    ) -> BoxFuture<'a, Result<Arc<Execution>, Refusal>> {
        Box::pin(async move { self.ask(who, id, Ask::Pause).await })
    }

    /// Resumes a paused workflow.
    ///
    /// # Errors
    /// Fails when `who` may not, or the execution is no workflow or is not paused.
    pub fn resume<'a>(
        &'a self,
        who: &'a Principal,
        id: Id,
    ) -> BoxFuture<'a, Result<Arc<Execution>, Refusal>> {
        Box::pin(async move { self.ask(who, id, Ask::Resume).await })
    }

    /// Asks a workflow for something, and waits until the step that does it is written.
    pub(crate) async fn ask(
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
        let by_person = execution.context.contains_key("paused_by");
        match (ask, execution.status) {
            (Ask::Pause, Status::Pausing | Status::Paused) if by_person => return Ok(execution),
            (Ask::Resume, Status::Running | Status::Resuming) => return Ok(execution),
            (Ask::Pause, Status::Running | Status::Pausing | Status::Paused)
            | (Ask::Resume, Status::Paused | Status::Pausing) => {}
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

    /// Resumes the workflows around a question before its answer, or its end, is written. One that a
    /// person paused stays paused.
    pub(crate) async fn resume_for_answer(&self, question: &Execution) {
        let mut parent = question.parent;
        while let Some(id) = parent {
            let Ok(Some(execution)) = self.executions().execution(id).await else { return };
            let by_person = execution.context.contains_key("paused_by");
            if matches!(execution.status, Status::Paused | Status::Pausing) && !by_person {
                let user = execution.context.get("user").and_then(Value::as_str);
                let squall = Principal::system(user.unwrap_or_default());
                if let Err(error) = self.resume(&squall, id).await {
                    // Another answer was faster.
                    tracing::debug!(execution.id = %id, %error, "a workflow does not resume for an answer");
                }
            }
            parent = execution.parent;
        }
    }
}
