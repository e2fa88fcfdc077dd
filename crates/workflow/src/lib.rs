//! Workflows in time: what a script decides becomes executions, and what becomes of these goes back
//! to it.
//!
//! Each workflow that runs has a task of its own, its [`driver`], which reads the inbox of the
//! workflow's slot. A step takes the signals in the inbox, lets the script decide, and writes in one
//! commit: the cells that changed, the executions that are requested, the status, and the [`orders`]
//! to pause, resume or cancel. Only then do these executions start, and only then are others told.
//! Nothing else is kept: after a restart the cells and the executions are all that is needed
//! ([`begin`]).

mod begin;
mod control;
mod driver;
mod flaws;
pub mod inquiry;
mod inspect;
mod orders;
mod plan;
mod record;
mod report;
mod request;
mod surroundings;
mod tick;

use futures_util::future::BoxFuture;
use std::{collections::HashSet, sync::Arc};

use access::Refusal;
use content::{Catalog, Content};
use execution::{Agenda, Executions, Lead};
use model::{Execution, Id, Timestamp, runner::Leader};
use parking_lot::Mutex;
use serde_json::Value;
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
    /// The workflows whose cells a driver writes. Several executions can share the cells, one at a
    /// time.
    claimed: Mutex<HashSet<Id>>,
    plans: Mutex<plan::Plans>,
    /// The questions that wait and the workflows with a time limit, by the end of their time.
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
    pub fn lead(&self, lead: Lead) -> BoxFuture<'_, ()> {
        Box::pin(async move {
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
        })
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

    /// Claims the cells of a workflow; none if they are claimed already.
    fn claim(&self, workflow: Id) -> Option<Claim> {
        let is_free = self.inner.claimed.lock().insert(workflow);
        is_free.then(|| Claim { inner: Arc::clone(&self.inner), workflow })
    }

    /// Returns the runs of the tasks of a workflow, in the order in which they came to be.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn tasks_of(&self, execution: &Execution) -> Result<Vec<Value>, Refusal> {
        let Some(id) = workflow_of(execution) else { return Ok(Vec::new()) };
        let cells = self.store().cells(id).await?;
        Ok(flow::script::documents(&id.to_string(), &cells))
    }
}

/// The right to write the cells of a workflow. It ends when this is dropped.
#[derive(Debug)]
struct Claim {
    inner: Arc<Inner>,
    workflow: Id,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.inner.claimed.lock().remove(&self.workflow);
    }
}

/// Returns the id under which the cells of a workflow are kept.
fn workflow_of(execution: &Execution) -> Option<Id> {
    id_of(execution.context.get("workflow_execution")?)
}

/// Returns the id that a value holds.
fn id_of(value: &Value) -> Option<Id> {
    value.as_str()?.parse().ok()
}
