//! Executions that have not ended, in memory: each with its record, its stop signal and its
//! place in the queue.

use parking_lot::{Mutex, MutexGuard};
use std::{collections::HashMap, sync::Arc};

use model::{Execution, Id, Status, runner::Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    Agenda,
    inbox::{self, Inbox, Signal},
    permit::Permit,
};

/// How many executions that stay inside Squall run at once.
const INTERNAL_MAX: usize = 256;

/// The executions that have not ended.
#[derive(Debug)]
pub(crate) struct Live {
    slots: Mutex<HashMap<Id, Arc<Slot>>>,
    outside: Arc<Semaphore>,
    inside: Arc<Semaphore>,
    pub(crate) delays: Agenda,
}

/// One execution that has not ended.
#[derive(Debug)]
pub struct Slot {
    /// The id.
    pub id: Id,
    /// The record. A writer holds the lock until its change is durable.
    pub(crate) record: tokio::sync::Mutex<Arc<Execution>>,
    /// Stops the run.
    pub cancel: CancellationToken,
    /// The record as readers see it.
    pub seen: watch::Sender<Arc<Execution>>,
    /// Its permit under the policies.
    permit: Mutex<Permit>,
    /// What reaches its driver; none for an execution that is no workflow.
    pub inbox: Option<Inbox>,
}

impl Slot {
    pub(crate) fn permit(&self) -> Permit {
        *self.permit.lock()
    }

    pub(crate) fn set_permit(&self, place: Permit) {
        *self.permit.lock() = place;
    }
}

impl Live {
    pub(crate) fn new(concurrency_max: usize) -> Self {
        Self {
            slots: Mutex::default(),
            outside: Arc::new(Semaphore::new(concurrency_max.max(1))),
            inside: Arc::new(Semaphore::new(INTERNAL_MAX)),
            delays: Agenda::default(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Id, Arc<Slot>>> {
        self.slots.lock()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots().len()
    }

    pub(crate) fn get(&self, id: Id) -> Option<Arc<Slot>> {
        self.slots().get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.slots().values().cloned().collect()
    }

    pub(crate) fn insert(&self, execution: &Arc<Execution>) -> Arc<Slot> {
        let slot = Arc::new(Slot {
            id: execution.id,
            record: tokio::sync::Mutex::new(Arc::clone(execution)),
            cancel: CancellationToken::new(),
            seen: watch::Sender::new(Arc::clone(execution)),
            permit: Mutex::default(),
            inbox: execution.is_workflow().then(Inbox::open),
        });
        self.slots().insert(execution.id, Arc::clone(&slot));
        slot
    }

    pub(crate) fn remove(&self, id: Id) {
        self.slots().remove(&id);
    }

    /// Tells a workflow that an execution that it requested took these steps, if that matters to it.
    pub(crate) fn tell(&self, parent: Id, child: &Arc<Execution>, steps: &[Status]) {
        if !inbox::matters(child, steps) {
            return;
        }
        let Some(slot) = self.get(parent) else { return };
        if let Some(inbox) = &slot.inbox {
            // A workflow that has ended does not need to know.
            let _unheard = inbox.send(Signal::Child(Arc::clone(child)));
        }
    }

    /// Waits, first come first served, for a place to run; none when Squall is stopping.
    pub(crate) async fn place(&self, pool: Pool) -> Option<OwnedSemaphorePermit> {
        let places = match pool {
            Pool::Inside => &self.inside,
            Pool::Outside => &self.outside,
        };
        Arc::clone(places).acquire_owned().await.ok()
    }
}
