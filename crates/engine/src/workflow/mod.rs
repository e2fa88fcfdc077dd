//! Workflows in time: what a conductor decides becomes executions, and what becomes of these goes
//! back to it.
//!
//! Each workflow that runs has a task of its own, its [`run`], and an inbox. A step takes what is
//! in the inbox, lets the conductor decide, and writes in one transaction: the cells of the
//! conductor that changed, the executions that are requested, and the status. Only then do these
//! start. Nothing else is kept: after a restart the cells and the executions say all
//! ([`restore`]).

mod cells;
mod chain;
mod control;
mod dispatch;
mod inspect;
mod plan;
mod record;
mod restore;
mod run;
mod settle;
mod tasks;

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use model::Id;

/// The state of the workflows that run, beside their slots.
#[derive(Debug, Default)]
pub(crate) struct Workflows {
    /// The records that a run writes to; several executions can share them, one at a time.
    claimed: Mutex<HashSet<Id>>,
    plans: Mutex<plan::Plans>,
}

impl Workflows {
    /// Takes the records of a workflow for one run; tells whether they were free.
    fn claim(&self, records: Id) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(records)
    }

    fn release(&self, records: Id) {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&records);
    }
}
