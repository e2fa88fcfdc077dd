//! The one function in which an execution changes its status, in one transaction with
//! everything that follows from it.

use std::{sync::Arc, time::Duration};

use model::{Execution, Id, Status, Timestamp, event::Change, execution::LogEntry};
use store::{Receipt, Transaction, WriteError, output::Piece};

use crate::{engine::Engine, live::Slot};

/// How long a change that must happen waits at most before it is tried again.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The table of legal changes has no such arrow.
    #[error("an execution that is {from} cannot become {to}")]
    Illegal {
        /// The status it has.
        from: Status,
        /// The status that was asked for.
        to: Status,
    },
    /// The change was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A change of an execution.
pub(crate) struct Step<'a> {
    /// The statuses that it takes, one after the other.
    pub(crate) to: &'a [Status],
    /// What else changes in the record.
    pub(crate) edit: &'a (dyn Fn(&mut Execution) + Sync),
    /// What else is written with it.
    pub(crate) with: &'a (dyn Fn(&Execution) -> Transaction + Sync),
    /// The output among it, which readers of the stream are told before the change.
    pub(crate) output: &'a [Piece],
}

pub(crate) const fn no_edit(_: &mut Execution) {}

pub(crate) fn nothing_else(_: &Execution) -> Transaction {
    Transaction::new()
}

impl Engine {
    /// Changes an execution that has not ended, and tells the readers of the stream.
    pub(crate) async fn change(
        &self,
        slot: &Slot,
        step: &Step<'_>,
    ) -> Result<(Arc<Execution>, Receipt), Error> {
        let mut record = slot.record.lock().await;
        let mut next = Execution::clone(&record);
        let now = self.now();
        for to in step.to {
            if !next.status.may_become(*to) {
                return Err(Error::Illegal { from: next.status, to: *to });
            }
            next.status = *to;
            next.log.push(LogEntry { timestamp: now, status: *to });
        }
        if next.status.is_final() {
            next.end_timestamp = Some(now);
        }
        (step.edit)(&mut next);
        next.version += 1;
        let mut transaction = Transaction::new();
        transaction.update_execution(&next, run_at(&next));
        transaction.extend((step.with)(&next));
        let receipt = self.store.write(transaction).await?;
        let next = Arc::new(next);
        *record = Arc::clone(&next);
        self.keep_place(&next);
        drop(record);
        if next.status.is_final() {
            self.live.remove(slot.id);
            if next.is_workflow() {
                self.workflows.close(slot.id);
            }
        }
        self.publish_output(&next, step.output);
        self.publish_execution(&next, Change::Update);
        slot.seen.send_replace(Arc::clone(&next));
        if let Some(parent) = next.parent {
            self.workflows.tell_of(parent, &next, step.to);
        }
        Ok((next, receipt))
    }

    /// Changes an execution, trying again for as long as the disk or the database refuses.
    pub(crate) async fn change_surely(
        &self,
        slot: &Slot,
        step: &Step<'_>,
    ) -> Result<(Arc<Execution>, Receipt), Error> {
        let mut wait = Duration::from_millis(50);
        loop {
            match self.change(slot, step).await {
                Err(Error::Write(error @ (WriteError::Full | WriteError::Database(_)))) => {
                    tracing::error!(execution.id = %slot.id, %error, "a change of an execution could not be written, trying again");
                }
                other => return other,
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Returns the execution as it is now.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn execution(&self, id: Id) -> Result<Option<Arc<Execution>>, store::Error> {
        if let Some(slot) = self.live.get(id) {
            return Ok(Some(Arc::clone(&slot.seen.borrow())));
        }
        let found = self.store.execution(id, store::execution::Results::Read).await?;
        Ok(found.map(Arc::new))
    }

    /// Waits until the execution has ended and returns it.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn ended(&self, id: Id) -> Result<Option<Arc<Execution>>, store::Error> {
        if let Some(slot) = self.live.get(id) {
            let mut seen = slot.seen.subscribe();
            // The sender lives in the slot that is held here.
            let _last = seen.wait_for(|execution| execution.status.is_final()).await;
        }
        self.execution(id).await
    }
}

/// Returns when the execution may start.
pub(crate) const fn run_at(execution: &Execution) -> Timestamp {
    match execution.delay_ms {
        Some(delay_ms) => execution.start_timestamp.plus_ms(delay_ms),
        None => execution.start_timestamp,
    }
}
