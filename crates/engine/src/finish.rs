//! The end of an execution: status, result, output, announcements, and what the rules make of it,
//! in one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use model::{Execution, Object, Outcome, Status};
use serde_json::{Value, json};
use store::{Transaction, output::Piece};

use crate::{
    engine::Engine,
    live::Slot,
    policy,
    transition::{Error, Step},
};

/// An end, with what is written together with it.
pub(crate) struct End<'a> {
    /// Statuses that are taken on the way and were not written before.
    pub(crate) through: &'a [Status],
    /// What it gave.
    pub(crate) outcome: Outcome,
    /// What is left of its output.
    pub(crate) pieces: &'a [Piece],
    /// What its record says from then on, unless it is canceled.
    pub(crate) context: Object,
    /// Other changes.
    pub(crate) more: &'a Transaction,
}

impl Engine {
    /// Ends an execution; `through` are statuses that it takes on the way and that were not
    /// written before.
    pub(crate) async fn finish(
        &self,
        slot: &Arc<Slot>,
        through: &[Status],
        outcome: Outcome,
        pieces: &[Piece],
    ) {
        self.finish_with(slot, through, (outcome, pieces), &Transaction::new()).await;
    }

    /// Ends an execution together with other changes.
    pub(crate) async fn finish_with(
        &self,
        slot: &Arc<Slot>,
        through: &[Status],
        (outcome, pieces): (Outcome, &[Piece]),
        more: &Transaction,
    ) {
        let end = End { through, outcome, pieces, context: Object::new(), more };
        if let Err(error) = self.try_finish(slot, end).await {
            tracing::error!(execution.id = %slot.id, %error, "an execution could not be ended");
        }
    }

    /// Ends an execution, or says why it does not end so.
    pub(crate) async fn try_finish(
        &self,
        slot: &Arc<Slot>,
        end: End<'_>,
    ) -> Result<Arc<Execution>, Error> {
        let End { through, outcome, pieces, context, more } = end;
        let now = self.now();
        let info = (!through.is_empty()).then(|| self.runner_info());
        // An end that meets a request to cancel on its way is a cancellation.
        let edit = |execution: &mut Execution| {
            let is_canceled = execution.status == Status::Canceled;
            let result = if is_canceled {
                canceled_result(execution, &outcome.result)
            } else {
                execution.context.extend(context.clone());
                outcome.result.clone()
            };
            execution.result_size = result.to_string().len() as u64;
            execution.result = Some(Arc::new(result));
            execution.runner_info.extend(info.clone().unwrap_or_default());
        };
        let decisions = Mutex::new((Vec::new(), None));
        let with = |execution: &Execution| {
            let mut transaction = more.clone();
            transaction.insert_output(execution.id, pieces);
            for announcement in &outcome.announcements {
                transaction.insert_announcement(execution.id, announcement, now);
                self.insert_deliveries(&mut transaction, execution, announcement);
            }
            let mut made = Vec::new();
            for instance in self.events_of_end(execution) {
                transaction.insert_carried_trigger_instance(&instance);
                made.push(self.decide_into(&mut transaction, &instance));
            }
            let retried = self.retry_into(&mut transaction, execution);
            *decisions.lock().unwrap_or_else(PoisonError::into_inner) = (made, retried);
            transaction
        };
        let mut to = through.to_vec();
        to.push(outcome.status);
        let step = Step { to: &to, edit: &edit, with: &with, output: pieces };
        let (execution, receipt) = match self.change_surely(slot, &step).await {
            Err(Error::Illegal { from: Status::Canceling, .. }) => {
                let step = Step { to: &[Status::Canceled], ..step };
                self.change_surely(slot, &step).await?
            }
            other => other?,
        };
        self.announce(&outcome.announcements, &receipt.sequences);
        count_end(&execution);
        let (decisions, retried) = decisions.into_inner().unwrap_or_else(PoisonError::into_inner);
        for decision in decisions {
            self.accept_decision(decision);
        }
        self.accept_retried(retried);
        Ok(execution)
    }
}

/// Says who canceled an execution, and keeps what it wrote until then.
fn canceled_result(execution: &Execution, partial: &Value) -> Value {
    let user = execution.context.get("cancelled_by").cloned().unwrap_or(Value::Null);
    let by_user = || json!({"message": "Action canceled by user.", "user": user});
    let mut result = policy::cancellation(execution).unwrap_or_else(by_user);
    for key in ["stdout", "stderr"] {
        if let (Some(value), Some(object)) = (partial.get(key), result.as_object_mut()) {
            object.insert(key.to_owned(), value.clone());
        }
    }
    result
}

fn count_end(execution: &Execution) {
    let status = execution.status.as_str();
    metrics::counter!(crate::metrics::EXECUTIONS_ENDED, "status" => status).increment(1);
    if let Some(seconds) = execution.elapsed_seconds() {
        metrics::histogram!(crate::metrics::EXECUTION_SECONDS).record(seconds);
    }
}
