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
pub mod inquiry;
mod inspect;
mod plan;
mod record;
mod restore;
mod run;
mod settle;
mod tasks;

use std::{collections::HashSet, sync::Arc};

use content::{Catalog, Content};
use execution::{Agenda, Executions, Lead};
use model::{Id, Timestamp, runner::Leader};
use parking_lot::Mutex;
use store::Store;

/// The workflows and questions of a running Squall. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Workflows {
    inner: Arc<Inner>,
}

/// What a [`Workflows`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The executions.
    pub executions: Executions,
    /// What is registered.
    pub content: Content,
    /// The base address of the API, for expressions.
    pub api_url: String,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    /// The records that a run writes to; several executions can share them, one at a time.
    claimed: Mutex<HashSet<Id>>,
    plans: Mutex<plan::Plans>,
    /// The questions that wait, by the end of their time.
    deadlines: Agenda,
}

impl Workflows {
    /// Returns the room without workflows: executions hand theirs over through [`Workflows::lead`].
    pub fn new(parts: Parts) -> Self {
        let inner = Inner {
            parts,
            claimed: Mutex::default(),
            plans: Mutex::default(),
            deadlines: Agenda::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes an execution over: begins it, or goes on with one that an earlier process left.
    pub async fn lead(&self, lead: Lead) {
        let Lead { slot, is_restored, place } = lead;
        let execution = Arc::clone(&slot.seen.borrow());
        match (execution.leader(), is_restored) {
            (Some(Leader::Workflow(language)), false) => {
                self.begin_workflow(&slot, &execution, language).await;
            }
            (Some(Leader::Workflow(language)), true) => {
                self.restore_workflow(&slot, &execution, language).await;
            }
            (Some(Leader::Question), false) => self.begin_inquiry(&slot, &execution).await,
            (Some(Leader::Question), true) => self.await_answer(&slot),
            (None, _) => {
                tracing::error!(execution.id = %slot.id, "an action without a leader was to be led");
            }
        }
        drop(place);
    }

    pub(crate) fn executions(&self) -> &Executions {
        &self.inner.parts.executions
    }

    pub(crate) fn store(&self) -> &Store {
        self.executions().store()
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.inner.parts.content.catalog()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.executions().now()
    }

    pub(crate) fn make_id(&self) -> Id {
        self.executions().make_id()
    }

    pub(crate) fn api_url(&self) -> &str {
        &self.inner.parts.api_url
    }

    pub(crate) fn deadlines(&self) -> &Agenda {
        &self.inner.deadlines
    }

    /// Takes the records of a workflow for one run; tells whether they were free.
    fn claim(&self, records: Id) -> bool {
        self.inner.claimed.lock().insert(records)
    }

    fn release(&self, records: Id) {
        self.inner.claimed.lock().remove(&records);
    }
}
