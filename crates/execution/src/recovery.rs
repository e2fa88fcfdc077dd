//! Executions that an earlier process left: each goes on, or ends with a reason.
//!
//! - requested, delayed, scheduled: it never started; it takes its place in the queue again.
//! - running: it is `abandoned`, since nobody knows how far it came, and its notification is sent.
//!   Harmless runs are never recorded as running, so they simply run again.
//! - a question that waits, and a workflow that has begun: their leader goes on from the records.
//! - canceling: it is canceled.
//!
//! The process groups of abandoned actions ended with the process that ran them, or go on
//! unobserved; nothing is started twice.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use model::{Execution, Outcome, Status, runner::Leader};
use serde_json::json;
use store::Transaction;

use crate::{Executions, Lead, Slot, agenda::run_at, step::no_edit};

impl Executions {
    /// Takes up the executions that an earlier process left. The hooks must be set.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub fn recover(&self) -> BoxFuture<'_, Result<(), store::Error>> {
        Box::pin(async move {
            let mut settle = Transaction::new();
            settle.settle_deliveries();
            settle.delete_tokens_before(self.now());
            self.store().write(settle).await?;
            let open = self.store().open_executions().await?;
            if !open.is_empty() {
                tracing::info!(
                    count = open.len(),
                    "Taking up executions that an earlier process left"
                );
            }
            let open: Vec<_> = open.into_iter().map(Arc::new).collect();
            // All slots are there before anything is taken up: what ends from here on finds the inbox
            // of the workflow that waits for it.
            let slots: Vec<_> =
                open.iter().map(|execution| self.inner.live.insert(execution)).collect();
            self.restore_permits(&slots);
            for (execution, slot) in open.into_iter().zip(slots) {
                let executions = self.clone();
                self.store().keep_snapshot(&execution.snapshot);
                self.spawn(async move { executions.take_up(&execution, slot).await });
            }
            Ok(())
        })
    }

    async fn take_up(&self, execution: &Execution, slot: Arc<Slot>) {
        if is_led_on(execution) {
            self.lead(Lead { slot, is_restored: true, place: None }).await;
            return;
        }
        match execution.status {
            Status::Requested => self.enqueue(slot),
            Status::Delayed => self.inner.live.delays.add(run_at(execution), execution.id),
            Status::Scheduled => self.start_again(slot).await,
            Status::Canceling => {
                let outcome = Outcome::new(Status::Canceled, json!({}));
                self.finish(&slot, &[], outcome, Vec::new()).await;
            }
            Status::Running
            | Status::Pending
            | Status::Pausing
            | Status::Paused
            | Status::Resuming => {
                self.abandon(&slot).await;
            }
            Status::Canceled
            | Status::Succeeded
            | Status::Failed
            | Status::Timeout
            | Status::Abandoned => {}
        }
    }

    async fn start_again(&self, slot: Arc<Slot>) {
        let plan = |rows| self.step(&slot, &[Status::Requested], no_edit, rows);
        if self.change_surely(Transaction::new(), plan).await.is_ok() {
            self.enqueue(slot);
        }
    }

    async fn abandon(&self, slot: &Arc<Slot>) {
        let reason = "the process that ran this action ended before the action did; \
                      how far it came is not known, and it was not started again";
        let outcome = Outcome::new(Status::Abandoned, json!({"error": reason}));
        self.finish(slot, &[], outcome, Vec::new()).await;
    }
}

/// Tells whether a leader goes on with an execution that had begun.
fn is_led_on(execution: &Execution) -> bool {
    let has_begun =
        !matches!(execution.status, Status::Requested | Status::Delayed | Status::Scheduled);
    match execution.leader() {
        Some(Leader::Workflow(_)) => has_begun && !execution.status.is_final(),
        Some(Leader::Question) => execution.status == Status::Pending,
        None => false,
    }
}
