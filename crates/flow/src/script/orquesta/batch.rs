//! A task whose actions are being requested, one after the other.

use std::sync::Arc;

use serde_json::Value;

use super::child::Target;
use crate::conductor::{Action, Ready};

/// A task whose actions are being requested.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) entry: usize,
    pub(super) ready: Ready,
    /// The index of the action that is requested next.
    pub(super) next: usize,
    /// The actions that failed at once, with their results.
    pub(super) failed: Vec<(Target, Arc<Value>)>,
}

impl Batch {
    pub(super) fn action(&self) -> Option<&Action> {
        self.ready.actions.get(self.next)
    }

    pub(super) fn target(&self, item: Option<usize>) -> Target {
        let Ready { task, route, .. } = &self.ready;
        Target { entry: self.entry, task: task.clone(), route: *route, item }
    }
}
