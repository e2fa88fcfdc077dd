//! Cancel: an execution that waits is canceled at once; one that runs is stopped first.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::{Refusal, Verb};
use model::{Execution, Id, Outcome, Principal, Status};
use serde_json::json;
use store::Transaction;

use crate::{Error, Executions};

/// The outcome of a request to cancel.
#[derive(Debug)]
pub enum Canceled {
    /// The execution is being canceled, or is canceled.
    Done(Arc<Execution>),
    /// The execution had already ended.
    TooLate(Arc<Execution>),
}

impl Executions {
    /// Cancels an execution.
    ///
    /// # Errors
    /// Fails when there is no such execution, `who` may not, or the change cannot be written.
    pub fn cancel<'a>(
        &'a self,
        who: &'a Principal,
        id: Id,
    ) -> BoxFuture<'a, Result<Canceled, Refusal>> {
        Box::pin(async move {
            let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
            let execution = self.execution(id).await?.ok_or_else(missing)?;
            self.check_execution(who, Verb::Cancel, &execution).await?;
            let (executions, user) = (self.clone(), who.person().to_owned());
            self.uninterrupted(async move { executions.cancel_now(id, &user).await }).await
        })
    }

    async fn cancel_now(&self, id: Id, user: &str) -> Result<Canceled, Refusal> {
        let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
        let Some(slot) = self.inner.live.get(id) else {
            let execution = self.execution(id).await?.ok_or_else(missing)?;
            return Ok(seen(execution));
        };
        let result = Arc::new(json!({"message": "Action canceled by user.", "user": user}));
        let edit = |execution: &mut Execution| {
            execution.context.insert("cancelled_by".to_owned(), json!(user));
            execution.result_size = result.to_string().len() as u64;
            execution.result = Some(Arc::clone(&result));
        };
        let status = slot.seen.borrow().status;
        let is_over = !status.is_cancelable() && status != Status::Pending;
        if is_over && status != Status::Canceling {
            return Ok(Canceled::TooLate(Arc::clone(&slot.seen.borrow())));
        }
        let plan = |rows| self.step(&slot, &[Status::Canceling], edit, rows);
        let execution = match self.change(Transaction::new(), plan).await {
            Ok(changed) => changed.ok_or_else(missing)?,
            // It has ended meanwhile, or another request to cancel was first.
            Err(Error::Illegal(_)) => {
                let execution = self.execution(id).await?.ok_or_else(missing)?;
                return Ok(seen(execution));
            }
            Err(Error::Write(error)) => return Err(error.into()),
        };
        slot.cancel.cancel();
        // A question that waits has no run to stop.
        let before = execution.log.iter().rev().nth(1).map(|entry| entry.status);
        let was_running = execution.log.iter().any(|entry| entry.status == Status::Running);
        if was_running && before != Some(Status::Pending) {
            return Ok(Canceled::Done(execution));
        }
        let outcome = Outcome::new(Status::Canceled, json!({}));
        self.finish(&slot, &[], outcome, Vec::new()).await;
        Ok(Canceled::Done(self.execution(id).await?.ok_or_else(missing)?))
    }
}

/// Returns the outcome for an execution that cannot be canceled any more.
fn seen(execution: Arc<Execution>) -> Canceled {
    if matches!(execution.status, Status::Canceled | Status::Canceling) {
        Canceled::Done(execution)
    } else {
        Canceled::TooLate(execution)
    }
}
