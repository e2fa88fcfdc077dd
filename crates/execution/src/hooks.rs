//! Hooks: the one way in which this room calls those above it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use model::{Execution, Object, TriggerInstance};
use runner::{Native, native::Returned};
use tokio::sync::OwnedSemaphorePermit;

use crate::{Commit, Executions, Slot};

/// Something that rules can follow.
#[derive(Debug)]
pub enum Happened<'a> {
    /// An execution has ended.
    End(&'a Execution),
    /// An event that is written in the same commit.
    Event(&'a TriggerInstance),
}

/// An execution that a leader takes over: a workflow or a question.
#[derive(Debug)]
pub struct Lead {
    /// The execution.
    pub slot: Arc<Slot>,
    /// Whether it had begun in an earlier process.
    pub is_restored: bool,
    /// The place in the queue, held until it has begun.
    pub place: Option<OwnedSemaphorePermit>,
}

/// What follows from something that happened. It borrows the room, so that the room does not own
/// itself.
type Follow = Box<dyn Fn(&Executions, &Happened<'_>) -> Commit + Send + Sync>;
/// Takes over an execution; resolves when it has begun.
type Leader = Box<dyn Fn(Lead) -> BoxFuture<'static, ()> + Send + Sync>;

/// Carries out a native action for an execution.
type NativeRun = Box<dyn Fn(Native, Arc<Execution>, Object) -> Returned + Send + Sync>;

/// The contributions of the rooms above.
pub struct Hooks {
    /// Returns what rules make of an end or an event.
    pub follow: Follow,
    /// Leads workflows and questions.
    pub lead: Leader,
    /// Runs native actions: those that Squall carries out itself.
    pub native: NativeRun,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
