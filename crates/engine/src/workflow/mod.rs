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
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use model::{Execution, Id, Status};
use tokio::sync::{mpsc, oneshot};

use crate::refusal::Refusal;

/// The answer to a request that a workflow decides about.
type Reply = oneshot::Sender<Result<(), Refusal>>;

/// What a workflow hears.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something that it runs has another status.
    Child(Arc<Execution>),
    /// It is to pause, or to go on, on behalf of a user.
    Ask(Ask, String, Reply),
}

/// What a workflow can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Pause,
    Resume,
}

/// The workflows that run, with their inboxes.
#[derive(Debug, Default)]
pub(crate) struct Workflows {
    inboxes: Mutex<HashMap<Id, Inbox>>,
    /// The records that a run writes to; several executions can share them, one at a time.
    claimed: Mutex<HashSet<Id>>,
    plans: Mutex<plan::Plans>,
}

#[derive(Debug)]
struct Inbox {
    sender: mpsc::UnboundedSender<Message>,
    /// Waits for the run that reads it.
    receiver: Option<mpsc::UnboundedReceiver<Message>>,
}

impl Workflows {
    fn inboxes(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Inbox>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the inbox of a workflow, if it has none.
    pub(crate) fn open(&self, id: Id) {
        self.inboxes().entry(id).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            Inbox { sender, receiver: Some(receiver) }
        });
    }

    /// Returns the end of the inbox from which the one run of the workflow reads.
    fn take(&self, id: Id) -> Option<mpsc::UnboundedReceiver<Message>> {
        self.open(id);
        self.inboxes().get_mut(&id)?.receiver.take()
    }

    /// Takes the records of a workflow for one run; tells whether they were free.
    fn claim(&self, records: Id) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(records)
    }

    fn release(&self, records: Id) {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&records);
    }

    /// Removes the inbox of a workflow that has ended.
    pub(crate) fn close(&self, id: Id) {
        self.inboxes().remove(&id);
    }

    fn tell(&self, id: Id, message: Message) -> Result<(), Message> {
        match self.inboxes().get(&id) {
            Some(inbox) => inbox.sender.send(message).map_err(|error| error.0),
            None => Err(message),
        }
    }

    /// Tells a workflow how an execution stands that it runs, after these steps, where that
    /// matters to it.
    pub(crate) fn tell_of(&self, parent: Id, child: &Arc<Execution>, steps: &[Status]) {
        let matters = child.status.is_final()
            || matches!(child.status, Status::Pending | Status::Paused)
            || steps.contains(&Status::Resuming);
        if matters {
            // A workflow that has ended does not need to know.
            let _unheard = self.tell(parent, Message::Child(Arc::clone(child)));
        }
    }
}
