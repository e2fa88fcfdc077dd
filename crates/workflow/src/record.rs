//! The record of a workflow that runs, and how a step changes it: in one commit.

use std::sync::Arc;

use execution::{Ask, Commit, End, Error, Reply, Slot, run_at};
use flow::{Status as FlowStatus, protocol::Change};
use model::{Execution, Id, Object, Outcome, Status};
use serde_json::Value;
use store::Transaction;

use crate::Workflows;

/// The record of a workflow that runs.
pub(crate) struct Record {
    pub(crate) workflows: Workflows,
    pub(crate) slot: Arc<Slot>,
    /// The id of the workflow's cells, which several executions share when tasks run again.
    pub(crate) id: Id,
    /// The rows of the next step.
    pub(crate) pending: Transaction,
    /// The executions that are requested with the next step.
    born: Vec<Arc<Execution>>,
    /// The changes of the context with the next step; null removes a key.
    pub(crate) context: Object,
    /// The replies to requests that are granted once the step is written.
    pub(crate) replies: Vec<Reply>,
    /// Whether the record already says that it runs.
    pub(crate) has_begun: bool,
}

impl Record {
    pub(crate) fn new(workflows: &Workflows, slot: &Arc<Slot>, id: Id) -> Self {
        Self {
            workflows: workflows.clone(),
            slot: Arc::clone(slot),
            id,
            pending: Transaction::new(),
            born: Vec::new(),
            context: Object::new(),
            replies: Vec::new(),
            has_begun: false,
        }
    }

    /// Returns the execution as it is now.
    pub(crate) fn execution(&self) -> Arc<Execution> {
        Arc::clone(&self.slot.seen.borrow())
    }

    /// Adds the changes of the cells to what is written with the next step.
    pub(crate) fn put_changes(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(key, value) => self.pending.put_cell(self.id, &key, &value),
                Change::Remove(key) => self.pending.remove_cell(self.id, &key),
                Change::RemoveAll(prefix) => self.pending.remove_cells(self.id, &prefix),
            }
        }
    }

    /// Adds an execution to what is written with the next step; it starts after that.
    pub(crate) fn add_birth(&mut self, execution: &Arc<Execution>) {
        self.pending.insert_execution(self.workflows.store(), execution, run_at(execution));
        self.born.push(Arc::clone(execution));
    }

    /// Notes in the context who asked for what.
    pub(crate) fn note_asked(&mut self, ask: Ask, user: &str) {
        if ask == Ask::Pause {
            self.context.insert("paused_by".to_owned(), user.into());
        } else {
            self.context.insert("resumed_by".to_owned(), user.into());
            self.context.insert("paused_by".to_owned(), Value::Null);
        }
    }

    /// Writes the step with the status that it leads to; returns whether the workflow goes on.
    pub(crate) async fn write(&mut self, to: FlowStatus) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let context = std::mem::take(&mut self.context);
        let info = (!self.has_begun).then(execution::runner_info);
        let edit = |execution: &mut Execution| {
            execution.context.extend(context.clone());
            execution.context.retain(|_, value| !value.is_null());
            execution.runner_info.extend(info.clone().unwrap_or_default());
        };
        let born = std::mem::take(&mut self.born);
        let mut rows = pending;
        loop {
            let from = self.execution().status;
            if from.is_final() {
                return false;
            }
            let to = way(from, to);
            if to.is_empty() && context.is_empty() {
                let mut commit = Commit::of_rows(rows);
                commit.add_written_births(&born);
                return self.workflows.executions().commit_surely(commit).await.is_ok();
            }
            let plan = |rows| {
                let mut commit = self.workflows.executions().step(&self.slot, &to, edit, rows)?;
                commit.add_written_births(&born);
                Ok(commit)
            };
            match self.workflows.executions().change_surely(std::mem::take(&mut rows), plan).await {
                Ok(_) => {
                    self.has_begun = true;
                    return true;
                }
                // The execution is being canceled meanwhile: other statuses lead there now.
                Err(Error::Illegal(illegal)) if self.has_begun => {
                    rows = illegal.rows;
                    tokio::task::yield_now().await;
                }
                Err(_) => return false,
            }
        }
    }

    /// Ends the execution together with what is pending.
    pub(crate) async fn end(&mut self, status: Status, result: Value) {
        let pending = std::mem::take(&mut self.pending);
        let from = self.execution().status;
        let mut through = match from {
            Status::Requested | Status::Delayed => vec![Status::Scheduled, Status::Running],
            Status::Scheduled | Status::Resuming => vec![Status::Running],
            Status::Paused if !status.is_failure() => vec![Status::Resuming, Status::Running],
            Status::Running
            | Status::Pending
            | Status::Pausing
            | Status::Paused
            | Status::Canceling
            | Status::Canceled
            | Status::Succeeded
            | Status::Failed
            | Status::Timeout
            | Status::Abandoned => Vec::new(),
        };
        let from = through.last().copied().unwrap_or(from);
        if status == Status::Canceled && from != Status::Canceling {
            through.push(Status::Canceling);
        }
        let born = std::mem::take(&mut self.born);
        let end = End::new(&through, Outcome::new(status, result), Vec::new());
        if let Err(error) =
            self.workflows.executions().try_finish(&self.slot, &end, pending, &born).await
        {
            tracing::error!(execution.id = %self.slot.id, %error, "a workflow could not be ended");
        }
    }

    /// Replies to the requests that the step granted.
    pub(crate) fn release(&mut self) {
        for reply in self.replies.drain(..) {
            // A caller that has gone does not need the reply.
            let _unheard = reply.send(Ok(()));
        }
    }
}

/// Returns the statuses by which a record comes to that of its script.
fn way(from: Status, to: FlowStatus) -> Vec<Status> {
    let is_running = matches!(to, FlowStatus::Running | FlowStatus::Resuming);
    let mut way = match from {
        Status::Requested | Status::Delayed => vec![Status::Scheduled, Status::Running],
        Status::Scheduled | Status::Resuming => vec![Status::Running],
        Status::Pausing if is_running => vec![Status::Paused, Status::Resuming, Status::Running],
        Status::Paused if is_running => vec![Status::Resuming, Status::Running],
        Status::Running
        | Status::Pending
        | Status::Pausing
        | Status::Paused
        | Status::Canceling
        | Status::Canceled
        | Status::Succeeded
        | Status::Failed
        | Status::Timeout
        | Status::Abandoned => Vec::new(),
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
