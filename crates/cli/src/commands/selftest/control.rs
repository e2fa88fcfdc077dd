//! The calls that steer what was requested: pause, resume, answer, cancel, run tasks again.
//!
//! The callers claim the tree below a root before they pause, resume or answer in it, so that the
//! ledger knows what was asked for last. Cancelations need no claim: nothing follows them.

use std::{sync::Arc, time::Duration};

use client::{Error, Execution, Inquiry, execution::Rerun};
use model::{Id, Object, Status};
use serde_json::json;

use super::{content, ledger::Asked, load::Caller};

/// How many of the questions that wait are looked at.
const QUESTIONS: i64 = 60;
/// How often and how long it is looked whether a workflow has paused.
const LOOKS: usize = 20;
const LOOK: Duration = Duration::from_millis(25);

impl Caller {
    /// Pauses one of the workflows that were requested lately.
    pub(super) async fn pause(&mut self) -> Result<(), Error> {
        let Some(id) = self.ledger.old(self.chance.between(0, 1_000)) else { return Ok(()) };
        let execution = self.client.execution(&id.to_string()).await?;
        if !is_workflow(&execution) || execution.status.is_final() {
            return Ok(());
        }
        self.pause_one(id).await
    }

    /// Pauses a workflow, and now and then lets it go on again.
    pub(super) async fn pause_one(&mut self, root: Id) -> Result<(), Error> {
        self.has_begun(root).await?;
        let ledger = Arc::clone(&self.ledger);
        let Some(_claim) = ledger.claim(root) else { return Ok(()) };
        let before = ledger.ask(root, Some(Asked::Unknown));
        match self.client.pause(&root.to_string()).await {
            Ok(execution) if is_paused_by_person(&execution) => {
                ledger.ask(root, Some(Asked::Pause));
            }
            // It was paused for a question, which is not the same.
            Ok(_) => drop(ledger.ask(root, before)),
            Err(Error::Refused { status: 400, .. }) => {
                ledger.ask(root, before);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        if self.chance.once_in(3) {
            self.wait(150).await;
            return self.resume_claimed(root).await;
        }
        Ok(())
    }

    /// Lets a workflow go on that was paused, in this round or an earlier one.
    pub(super) async fn resume(&mut self) -> Result<(), Error> {
        let Some(root) = self.ledger.take_paused(self.chance.between(0, 1_000)) else {
            return Ok(());
        };
        let ledger = Arc::clone(&self.ledger);
        let Some(_claim) = ledger.claim(root) else { return Ok(()) };
        self.resume_claimed(root).await
    }

    async fn resume_claimed(&mut self, root: Id) -> Result<(), Error> {
        let is_hasty = self.chance.percent(self.hasty);
        if !is_hasty && !self.has_paused(root).await? {
            return Ok(());
        }
        let before = self.ledger.ask(root, Some(Asked::Unknown));
        match self.client.resume(&root.to_string()).await {
            Ok(_) => drop(self.ledger.ask(root, Some(Asked::Resume))),
            Err(error @ Error::Refused { status: 400, .. }) => {
                self.ledger.ask(root, before);
                return self.excuse(root, error).await;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Waits until an execution has begun, for a while.
    async fn has_begun(&self, id: Id) -> Result<(), Error> {
        for _ in 0..LOOKS {
            let status = self.client.execution(&id.to_string()).await?.status;
            if !matches!(status, Status::Requested | Status::Delayed | Status::Scheduled) {
                break;
            }
            crate::pause::pause(LOOK).await;
        }
        Ok(())
    }

    /// Waits until a workflow is paused; tells whether it is.
    async fn has_paused(&self, id: Id) -> Result<bool, Error> {
        for _ in 0..LOOKS {
            match self.client.execution(&id.to_string()).await?.status {
                Status::Paused => return Ok(true),
                Status::Pausing => crate::pause::pause(LOOK).await,
                Status::Requested
                | Status::Delayed
                | Status::Scheduled
                | Status::Running
                | Status::Pending
                | Status::Resuming
                | Status::Canceling
                | Status::Canceled
                | Status::Succeeded
                | Status::Failed
                | Status::Timeout
                | Status::Abandoned => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Lets a refusal pass when the execution is ending or has ended.
    async fn excuse(&self, id: Id, error: Error) -> Result<(), Error> {
        let status = self.client.execution(&id.to_string()).await?.status;
        if status.is_final() || status == Status::Canceling { Ok(()) } else { Err(error) }
    }

    /// Answers one of the questions that wait, or cancels it.
    pub(super) async fn answer(&mut self) -> Result<(), Error> {
        let waiting = self.client.inquiries(QUESTIONS).await?.items;
        let answered = |one: &Inquiry| one.document["route"] != content::UNANSWERED;
        let waiting: Vec<Id> =
            waiting.iter().filter(|one| answered(one)).map(|one| one.id).collect();
        let Some(question) = self.chance.pick(&waiting).copied() else { return Ok(()) };
        let above = self.above(question).await?;
        let root = above.last().map_or(question, |(id, _)| *id);
        let ledger = Arc::clone(&self.ledger);
        let Some(_claim) = ledger.claim(root) else { return Ok(()) };
        // Looked at again: somebody may have had the claim until now.
        let all_paused =
            |above: &[(Id, Status)]| above.iter().all(|(_, status)| *status == Status::Paused);
        if !self.chance.percent(self.hasty) && !all_paused(&self.above(question).await?) {
            return Ok(());
        }
        if self.chance.once_in(10) {
            return self.cancel_one(question).await;
        }
        if !self.chance.once_in(4) {
            return self.respond(question).await;
        }
        let (first, second) = tokio::join!(self.respond(question), self.respond(question));
        first.and(second)
    }

    async fn respond(&self, question: Id) -> Result<(), Error> {
        let choice = self.ledger.sends(question);
        let response = Object::from_iter([("choice".to_owned(), json!(choice))]);
        match self.client.respond(&question.to_string(), &response).await {
            Ok(_) => self.ledger.answered(question, &choice),
            Err(error @ Error::Refused { status: 400, .. }) => {
                return self.excuse(question, error).await;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Returns what is above an execution, up to the root.
    async fn above(&self, id: Id) -> Result<Vec<(Id, Status)>, Error> {
        let mut above = Vec::new();
        let mut next = parent(&self.client.execution(&id.to_string()).await?);
        while let Some(id) = next {
            let execution = self.client.execution(&id.to_string()).await?;
            above.push((id, execution.status));
            next = parent(&execution);
        }
        Ok(above)
    }

    /// Cancels an execution.
    pub(super) async fn cancel_one(&self, id: Id) -> Result<(), Error> {
        match self.client.cancel(&id.to_string()).await {
            Ok(_) => self.ledger.canceled(id),
            // It had ended before.
            Err(Error::Refused { status: 200, .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Runs a workflow that ended again from one of its tasks.
    pub(super) async fn rerun_tasks(&mut self) -> Result<(), Error> {
        let Some((old, flow)) = self.ledger.take_rerunnable(self.chance.between(0, 1_000)) else {
            return Ok(());
        };
        let Some((task, _)) = self.chance.pick(flow.reruns) else { return Ok(()) };
        let rerun = Rerun { tasks: vec![(*task).to_owned()], ..Rerun::default() };
        let execution = self.client.run_again(&old.to_string(), &rerun).await?;
        self.ledger.requested(execution.id, "re-run of tasks");
        Ok(())
    }
}

/// Tells whether an execution can be paused.
pub(super) fn is_workflow(execution: &Execution) -> bool {
    let runner = execution.document["action"]["runner_type"].as_str().unwrap_or_default();
    runner.parse().is_ok_and(model::Runner::is_workflow)
}

/// Tells whether a person has paused a workflow, rather than a question.
pub(super) fn is_paused_by_person(execution: &Execution) -> bool {
    execution.document["context"]["paused_by"].is_string()
}

/// Returns the execution that a part belongs to.
fn parent(execution: &Execution) -> Option<Id> {
    execution.document["parent"].as_str()?.parse().ok()
}
