//! Policies in force: concurrency limits and retries.
//!
//! **Concurrency.** Every execution passes the [`gate`] after its own delay and before it waits for a
//! worker. Under one lock the gate counts the permits of an action and grants one, or none:
//!
//! ```text
//! none ─┬─► held ──► gone            the end passes the permit to the next in line
//!       ├─► (waits) ─► granted ─► held
//!       └─► gone                     canceled by a policy, or on request
//!           held ─► yielded ─► held    paused, or waiting for an answer: others may run
//! ```
//!
//! A permit is taken before the start is written and returned after the end is, so the records never
//! exceed a threshold. An execution that waits is `delayed` in the records; the order is that of the
//! time at which it could have started. An action without policies costs one look into an empty
//! table.
//!
//! Failures: the gate is lost with its process, and the next process builds it from the records before
//! anything starts ([`Executions::restore_permits`]). A lost call is repeated by the sweep, and a
//! repeated call does no harm, since a start is reported once only. A permit cannot outlive its
//! execution, since the commit of the end returns it.
//!
//! **Retry.** The next run is requested in the commit of the end that led to it ([`retry`]).

mod gate;
mod group;
mod limit;
mod retry;

use std::sync::Arc;

use model::{Execution, Outcome, Status};
use serde_json::{Value, json};
use store::Transaction;

pub(crate) use self::gate::Gate;
use self::gate::{Call, Entry};
use crate::{Executions, agenda::run_at, live::Slot, step::no_edit};
use content::policy::Limit;

impl Executions {
    /// Returns whether an execution may start now; otherwise it waits, or is canceled.
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

    /// Returns, or takes again, the permit of an execution whose status has changed.
    pub(crate) fn keep_permit(&self, execution: &Execution) {
        let Some(slot) = self.inner.live.get(execution.id) else { return };
        self.answer(self.inner.gate.note(&slot, execution));
    }

    /// Puts the limits of the present catalog in force. A newcomer does so before it enters.
    pub(crate) fn enforce_limits(&self) {
        self.answer(self.inner.gate.adopt(&self.catalog(), &self.inner.live));
    }

    /// Restores the permits of the executions of an earlier process, before anything starts.
    pub(crate) fn restore_permits(&self, open: &[Arc<Slot>]) {
        self.enforce_limits();
        let now = self.now();
        let mut slots = Vec::new();
        for slot in open {
            let execution = slot.seen.borrow();
            let waits = matches!(execution.status, Status::Requested | Status::Delayed);
            // A scheduled execution starts again and asks for a permit anew. Of those that ran,
            // only workflows and questions go on.
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
        // One that was canceled, or got its permit in the meantime, does not wait.
        let _changed = self.change_surely(Transaction::new(), plan).await;
    }

    async fn cancel_by(&self, slot: &Arc<Slot>, limit: &Limit) {
        let edit = |execution: &mut Execution| {
            let applied = json!({"applied_policy": limit.policy, "threshold": limit.threshold});
            execution.context.insert("policies".to_owned(), json!({"concurrency": applied}));
        };
        let plan = |rows| self.step(slot, &[Status::Canceling], edit, rows);
        // It may have been canceled on request already.
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
