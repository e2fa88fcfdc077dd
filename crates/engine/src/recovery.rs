//! What an earlier process left: everything goes on, or ends with a reason.
//!
//! - requested, delayed, scheduled: it never started; it takes its place in the queue again.
//! - running: it is `abandoned`, since nobody knows how far it came, and its notification is sent.
//!   Runs that leave nothing behind are never on record as running, so they simply run again.
//! - pending: it waits on for its answer.
//! - a workflow that has begun: it goes on from its records, whatever its status.
//! - canceling: it is canceled.
//!
//! The process groups of abandoned actions ended with the process that ran them, or go on without
//! being heard; nothing is started twice.

use std::sync::Arc;

use model::{Execution, Outcome, Status, runner::Leader};
use serde_json::json;
use store::Transaction;

use crate::{
    engine::Engine,
    inquiry::Inquiry,
    transition::{no_edit, run_at},
};

impl Engine {
    pub(crate) async fn recover(&self) -> Result<(), store::Error> {
        let mut settle = Transaction::new();
        settle.settle_deliveries();
        settle.delete_tokens_before(self.now());
        self.store.write(settle).await?;
        let open = self.store.open_executions().await?;
        if !open.is_empty() {
            tracing::info!(count = open.len(), "Taking up executions that an earlier process left");
        }
        let open: Vec<_> = open.into_iter().map(Arc::new).collect();
        // All slots are there before anything is taken up: what ends from here on finds the inbox
        // of the workflow that waits for it.
        let slots: Vec<_> = open.iter().map(|execution| self.live.insert(execution)).collect();
        self.restore_places(&slots);
        for (execution, slot) in open.into_iter().zip(slots) {
            let engine = self.clone();
            self.store.keep_snapshot(&execution.snapshot);
            self.tasks.spawn(async move { engine.take_up(&execution, &slot).await });
        }
        Ok(())
    }

    async fn take_up(&self, execution: &Execution, slot: &Arc<crate::live::Slot>) {
        let has_begun =
            !matches!(execution.status, Status::Requested | Status::Delayed | Status::Scheduled);
        if let Some(Leader::Workflow(language)) = execution.leader()
            && has_begun
            && !execution.status.is_final()
        {
            self.restore_workflow(slot, execution, language).await;
            return;
        }
        match execution.status {
            Status::Requested => self.enqueue(Arc::clone(slot)),
            Status::Delayed => self.live.delays.add(run_at(execution), execution.id),
            Status::Scheduled => self.start_again(slot).await,
            Status::Canceling => {
                self.finish(slot, &[], Outcome::new(Status::Canceled, json!({})), Vec::new()).await;
            }
            Status::Pending if Inquiry::of(Arc::clone(&slot.seen.borrow())).is_ok() => {
                self.await_answer(slot);
            }
            Status::Running
            | Status::Pending
            | Status::Pausing
            | Status::Paused
            | Status::Resuming => {
                self.abandon(slot).await;
            }
            Status::Canceled
            | Status::Succeeded
            | Status::Failed
            | Status::Timeout
            | Status::Abandoned => {}
        }
    }

    async fn start_again(&self, slot: &Arc<crate::live::Slot>) {
        let plan = |rows| self.step(slot, &[Status::Requested], no_edit, rows);
        if self.change_surely(Transaction::new(), plan).await.is_ok() {
            self.enqueue(Arc::clone(slot));
        }
    }

    async fn abandon(&self, slot: &Arc<crate::live::Slot>) {
        let reason = "the process that ran this action ended before the action did; \
                      how far it came is not known, and it was not started again";
        let outcome = Outcome::new(Status::Abandoned, json!({"error": reason}));
        self.finish(slot, &[], outcome, Vec::new()).await;
    }
}
