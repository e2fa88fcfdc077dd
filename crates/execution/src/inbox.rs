//! The inbox of a workflow: signals from its children, and requests to pause or resume it.
//!
//! It is a part of the workflow's slot. It exists before the workflow can request anything and before
//! anything is restored, so no signal is lost before the driver starts to read. Signals that are left
//! when the driver has ended are dropped; a caller that waits for a reply then gets none.

use parking_lot::Mutex;
use std::sync::Arc;

use access::Refusal;
use model::{Execution, Status};
use tokio::sync::{mpsc, oneshot};

/// The reply to a request that a workflow decides about.
pub type Reply = oneshot::Sender<Result<(), Refusal>>;

/// A signal to a workflow.
#[derive(Debug)]
pub enum Signal {
    /// An execution that it requested has another status.
    Child(Arc<Execution>),
    /// It is to pause or to resume, on behalf of a user.
    Ask(Ask, String, Reply),
    /// Its time is up.
    Time,
}

/// A request to a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// To pause.
    Pause,
    /// To resume.
    Resume,
}

/// The inbox of a workflow.
#[derive(Debug)]
pub struct Inbox {
    sender: mpsc::UnboundedSender<Signal>,
    /// The receiver, until the driver takes it.
    receiver: Mutex<Option<mpsc::UnboundedReceiver<Signal>>>,
}

impl Inbox {
    pub(crate) fn open() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }

    /// Returns the end that the one driver of the workflow reads from.
    pub fn take(&self) -> Option<mpsc::UnboundedReceiver<Signal>> {
        self.receiver.lock().take()
    }

    /// Gives the signal back when the driver has ended.
    pub fn send(&self, signal: Signal) -> Result<(), Signal> {
        self.sender.send(signal).map_err(|error| error.0)
    }
}

/// Tells whether a workflow needs to know that an execution that it requested took these steps.
pub(crate) fn matters(child: &Execution, steps: &[Status]) -> bool {
    child.status.is_final()
        || matches!(child.status, Status::Pending | Status::Paused)
        || steps.contains(&Status::Resuming)
}
