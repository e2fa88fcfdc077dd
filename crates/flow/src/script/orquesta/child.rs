//! An execution of a task, and what it runs for.

use crate::protocol::Kind;

/// An execution that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Child {
    pub(super) target: Target,
    pub(super) kind: Kind,
}

/// What an execution runs for: a task in a route, or one of its items.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The index of the task's entry in the sequence.
    pub(super) entry: usize,
    pub(super) task: String,
    pub(super) route: usize,
    pub(super) item: Option<usize>,
}
