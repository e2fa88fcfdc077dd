//! Policies in time: what holds executions back, and what runs them again.
//!
//! **Concurrency.** Every execution passes the [`gate`] after its own delay and before it waits for
//! a worker. Under one lock the gate counts what has a place and gives one, or none:
//!
//! ```text
//! outside ─┬─► taken ──► gone          the end gives the place to the next who waits
//!          ├─► (waits) ─► granted ─► taken
//!          └─► gone                    a policy that cancels, or a person who does
//!             taken ─► resting ─► taken   paused, or waiting for an answer: others may run
//! ```
//!
//! A place is taken before the start is written and given back after the end is, so what the
//! records say never exceeds a threshold. Who waits is `delayed` in the records; the order is that
//! of the time at which it could have started. An action without policies costs one look into an
//! empty table.
//!
//! Failures: a process that dies loses the gate, and the next builds it from the records before
//! anything starts ([`Executions::restore_places`]). A call that got lost is found by the sweep. A
//! start is told once only, so that a call too many does no harm. A place whose execution is over
//! cannot stay, since the same change that ends it gives the place back.
//!
//! **Retry.** What runs again is requested in the transaction of the end that led to it
//! ([`retry`]).

mod gate;
mod group;
mod limit;
mod retry;

use std::sync::Arc;

use model::{Execution, Outcome, Status};
use serde_json::{Value, json};
use store::Transaction;

use self::gate::{Call, Entry};
pub(crate) use self::gate::{Gate, Place};
use crate::{
    Executions,
    live::Slot,
    step::{no_edit, run_at},
};
use content::policy::Limit;

impl Executions {
    /// Tells whether an execution is to start now. One that is not waits, or is canceled.
    pub(crate) async fn passes_policies(&self, slot: &Arc<Slot>) -> bool {
        self.enforce_limits();
        match self.inner.gate.enter(slot) {
            Entry::Starts => return true,
            Entry::Known => {}
            Entry::Waits => self.delay(slot).await,
            Entry::Canceled(limit) => self.cancel_by(slot, &limit).await,
        }
        false
    }

    /// Gives back, or takes again, the place of an execution whose status has changed.
    pub(crate) fn keep_place(&self, execution: &Execution) {
        let Some(slot) = self.inner.live.get(execution.id) else { return };
        self.answer(self.inner.gate.note(&slot, execution));
    }

    /// Puts the limits of the present catalog in force. A newcomer does so before it enters.
    pub(crate) fn enforce_limits(&self) {
        self.answer(self.inner.gate.adopt(&self.catalog(), &self.inner.live));
    }

    /// Gives what an earlier process left its places, before anything starts.
    pub(crate) fn restore_places(&self, open: &[Arc<Slot>]) {
        self.enforce_limits();
        let now = self.now();
        let mut slots = Vec::new();
        for slot in open {
            let execution = slot.seen.borrow();
            let waits = matches!(execution.status, Status::Requested | Status::Delayed);
            // What is scheduled is asked for once more, and comes to the gate as a newcomer. Of
            // what ran, only workflows and questions go on.
            let goes_on = execution.status != Status::Scheduled
                && (execution.is_workflow() || execution.status == Status::Pending);
            if waits && run_at(&execution) <= now || !waits && goes_on {
                slots.push((Arc::clone(slot), goes_on && !waits));
            }
        }
        self.answer(self.inner.gate.restore(&slots));
    }

    pub(crate) fn answer(&self, calls: Vec<Call>) {
        for Call { slot, canceled } in calls {
            match canceled {
                None => self.enqueue(slot),
                Some(limit) => {
                    let executions = self.clone();
                    self.spawn(async move { executions.cancel_by(&slot, &limit).await });
                }
            }
        }
    }

    async fn delay(&self, slot: &Arc<Slot>) {
        if slot.seen.borrow().status != Status::Requested {
            return;
        }
        let plan = |rows| self.step(slot, &[Status::Delayed], no_edit, rows);
        // One that was canceled, or got its place in the meantime, does not wait.
        let _changed = self.change_surely(Transaction::new(), plan).await;
    }

    async fn cancel_by(&self, slot: &Arc<Slot>, limit: &Limit) {
        let edit = |execution: &mut Execution| {
            let applied = json!({"applied_policy": limit.policy, "threshold": limit.threshold});
            execution.context.insert("policies".to_owned(), json!({"concurrency": applied}));
        };
        let plan = |rows| self.step(slot, &[Status::Canceling], edit, rows);
        // A person may have been faster.
        if self.change_surely(Transaction::new(), plan).await.is_ok() {
            self.finish(slot, &[], Outcome::new(Status::Canceled, json!({})), Vec::new()).await;
        }
    }
}

/// Returns the result of an execution that a policy canceled.
pub(crate) fn cancellation(execution: &Execution) -> Option<Value> {
    let applied = execution.context.get("policies")?.get("concurrency")?;
    let (policy, threshold) = (applied.get("applied_policy")?.as_str()?, applied.get("threshold")?);
    let message = format!(
        "Action canceled by policy \"{policy}\": {threshold} of \"{}\" may run at a time, and as many do.",
        execution.action_ref()
    );
    Some(json!({"message": message, "policy": policy}))
}
