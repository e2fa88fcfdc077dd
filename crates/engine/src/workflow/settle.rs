//! The end of a step: one transaction, and what follows from it.

use std::{sync::Arc, time::Duration};

use flow::Status as FlowStatus;
use model::{Execution, Outcome, Status};
use serde_json::{Value, json};
use store::{Transaction, WriteError};

use super::{
    cells,
    run::{Run, TaskRecords, env},
};
use crate::{
    datastore::Datastore,
    transition::{Error, Step},
};

/// How long a write that must happen waits at most before it is tried again.
const RETRY_MAX: Duration = Duration::from_secs(5);

impl Run {
    /// Decides what comes next and writes it; returns whether the workflow goes on.
    pub(super) async fn settle(&mut self) -> bool {
        self.advance();
        if self.conductor.status() == FlowStatus::Resuming {
            // Nothing new was started by which it would have become running.
            let _refused = self.conductor.request(FlowStatus::Running);
        }
        let changes = self.conductor.changes();
        cells::put_changes(&mut self.pending, self.id, changes);
        let is_over = self.conductor.status().is_completed();
        if is_over {
            self.end().await;
        } else if !self.write().await {
            return false;
        }
        for child in std::mem::take(&mut self.born) {
            self.engine.accept(&child);
        }
        for reply in self.replies.drain(..) {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Ok(()));
        }
        !is_over
    }

    /// Writes the step with the status that it leads to; returns whether there is something left
    /// to lead.
    async fn write(&mut self) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let context = std::mem::take(&mut self.context);
        let info = (!self.has_begun).then(|| self.engine.runner_info());
        let edit = |execution: &mut Execution| {
            execution.context.extend(context.clone());
            execution.context.retain(|_, value| !value.is_null());
            execution.runner_info.extend(info.clone().unwrap_or_default());
        };
        let with = |_: &Execution| pending.clone();
        loop {
            let from = self.slot.seen.borrow().status;
            if from.is_final() {
                return false;
            }
            let to = self.way(from);
            if to.is_empty() && context.is_empty() {
                return self.write_alone(&pending).await;
            }
            let step = Step { to: &to, edit: &edit, with: &with, output: &[] };
            match self.engine.change_surely(&self.slot, &step).await {
                Ok(_) => {
                    self.has_begun = true;
                    return true;
                }
                // Somebody asked for its end meanwhile: the way is another one now.
                Err(Error::Illegal { .. }) if self.has_begun => tokio::task::yield_now().await,
                Err(_) => return false,
            }
        }
    }

    async fn write_alone(&mut self, pending: &Transaction) -> bool {
        let mut wait = Duration::from_millis(50);
        loop {
            match self.engine.store.write(pending.clone()).await {
                Ok(_) => return true,
                Err(error @ (WriteError::Full | WriteError::Database(_))) => {
                    tracing::error!(execution.id = %self.slot.id, %error, "a step of a workflow could not be written, trying again");
                }
                Err(_) => return false,
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Returns the statuses by which the record comes to that of the conductor.
    fn way(&self, from: Status) -> Vec<Status> {
        let to = self.conductor.status();
        let mut way = match from {
            Status::Requested | Status::Delayed => vec![Status::Scheduled, Status::Running],
            Status::Scheduled => vec![Status::Running],
            Status::Paused | Status::Pausing if is_running(to) => {
                vec![Status::Resuming, Status::Running]
            }
            Status::Resuming => vec![Status::Running],
            _ => Vec::new(),
        };
        let from = way.last().copied().unwrap_or(from);
        let last = match (from, to) {
            (Status::Running, FlowStatus::Pausing) => Some(Status::Pausing),
            (Status::Running | Status::Pausing, FlowStatus::Paused) => Some(Status::Paused),
            (Status::Running | Status::Pausing | Status::Paused, FlowStatus::Canceling) => {
                Some(Status::Canceling)
            }
            _ => None,
        };
        way.extend(last);
        way
    }

    /// Ends the workflow's execution as the conductor says.
    async fn end(&mut self) {
        self.render_output();
        let mut pending = std::mem::take(&mut self.pending);
        let changes = self.conductor.changes();
        cells::put_changes(&mut pending, self.id, changes);
        let status = match self.conductor.status() {
            _ if self.is_timed_out => Status::Timeout,
            FlowStatus::Succeeded => Status::Succeeded,
            FlowStatus::Canceled => Status::Canceled,
            FlowStatus::Timeout => Status::Timeout,
            FlowStatus::Abandoned => Status::Abandoned,
            _ => Status::Failed,
        };
        let mut result = json!({"output": self.conductor.output()});
        if status.is_failure()
            && let Some(result) = result.as_object_mut()
        {
            result.insert("errors".to_owned(), Value::Array(self.conductor.errors()));
        }
        let through = match self.slot.seen.borrow().status {
            Status::Requested | Status::Delayed => vec![Status::Scheduled, Status::Running],
            Status::Scheduled | Status::Resuming => vec![Status::Running],
            Status::Paused if !status.is_failure() => vec![Status::Resuming, Status::Running],
            _ => Vec::new(),
        };
        let through = self.through_canceling(through, status);
        let outcome = Outcome::new(status, result);
        let slot = Arc::clone(&self.slot);
        self.engine.finish_with(&slot, &through, (outcome, &[]), &pending).await;
    }

    /// Adds the way to an end that a part of the workflow was canceled to.
    fn through_canceling(&self, mut through: Vec<Status>, status: Status) -> Vec<Status> {
        let from = through.last().copied().unwrap_or(self.slot.seen.borrow().status);
        if status == Status::Canceled && !matches!(from, Status::Canceling) {
            through.push(Status::Canceling);
        }
        through
    }

    fn render_output(&mut self) {
        let datastore = Datastore;
        let records = TaskRecords {
            workflow: self.id,
            tasks: &self.tasks,
            ended: &self.ended,
            items: &self.items,
        };
        let env = env(&self.engine, self.slot.id, &datastore, Some(&records));
        self.conductor.render_output(&env);
    }
}

const fn is_running(status: FlowStatus) -> bool {
    matches!(status, FlowStatus::Running | FlowStatus::Resuming)
}
