//! The one function in which an execution changes its status.
//!
//! [`Executions::step`] works on values: it holds no lock and writes nothing. Its [`Commit`] is
//! written by [`Executions::commit`].

use std::sync::Arc;

use model::{Execution, Id, Status, execution::LogEntry};
use store::{Transaction, output::Piece};

use crate::{
    Executions,
    commit::{Changed, Commit, Illegal},
    live::Slot,
};

impl Executions {
    /// Plans a change of an execution: the statuses of `to` one after the other, and the edit.
    /// The rows are written with it.
    pub fn step(
        &self,
        slot: &Arc<Slot>,
        to: &[Status],
        edit: impl FnOnce(&mut Execution),
        rows: Transaction,
    ) -> Result<Commit, Illegal> {
        self.step_with_output(slot, to, (edit, Vec::new()), rows)
    }

    /// Plans a change like [`Executions::step`] that comes with the rest of the output.
    pub(crate) fn step_with_output(
        &self,
        slot: &Arc<Slot>,
        to: &[Status],
        (edit, output): (impl FnOnce(&mut Execution), Vec<Piece>),
        rows: Transaction,
    ) -> Result<Commit, Illegal> {
        let mut next = Execution::clone(&slot.seen.borrow());
        let now = self.now();
        for to in to {
            if !next.status.may_become(*to) {
                return Err(Illegal { from: next.status, to: *to, rows });
            }
            next.status = *to;
            next.log.push(LogEntry { timestamp: now, status: *to });
        }
        if next.status.is_final() {
            next.end_timestamp = Some(now);
        }
        edit(&mut next);
        next.version += 1;
        let changed =
            Changed { slot: Arc::clone(slot), next: Arc::new(next), steps: to.to_vec(), output };
        Ok(Commit::of_change(changed, rows))
    }

    /// Returns the execution as it is now.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn execution(&self, id: Id) -> Result<Option<Arc<Execution>>, store::Error> {
        if let Some(slot) = self.inner.live.get(id) {
            return Ok(Some(Arc::clone(&slot.seen.borrow())));
        }
        let found = self.store().execution(id, store::execution::Results::Read).await?;
        Ok(found.map(Arc::new))
    }

    /// Waits until the execution has ended and returns it.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn ended(&self, id: Id) -> Result<Option<Arc<Execution>>, store::Error> {
        self.until(id, |_| false).await
    }

    /// Waits until the execution is as asked, or has ended, and returns it.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn until(
        &self,
        id: Id,
        is_it: impl Fn(&Execution) -> bool,
    ) -> Result<Option<Arc<Execution>>, store::Error> {
        if let Some(slot) = self.inner.live.get(id) {
            let mut seen = slot.seen.subscribe();
            // The sender lives in the slot that is held here.
            let reached =
                seen.wait_for(|execution| execution.status.is_final() || is_it(execution)).await;
            if let Ok(execution) = reached {
                return Ok(Some(Arc::clone(&execution)));
            }
        }
        self.execution(id).await
    }
}

/// Changes nothing but the status.
pub const fn no_edit(_: &mut Execution) {}
