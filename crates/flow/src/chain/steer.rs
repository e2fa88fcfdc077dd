//! What a chain can be asked for: to pause, to resume, to cancel, to fail.

use super::{Asked, Cell, Chain, Failure, Progress, is_waiting};
use crate::{protocol::Order, status::Status};

impl Chain {
    /// Asks the chain to pause once the running task has ended.
    ///
    /// Returns whether it can: not when it has ended, is to be canceled, or was asked already.
    pub fn pause(&mut self) -> bool {
        if self.is_over() || self.asked != Asked::Run {
            return false;
        }
        self.asked = Asked::Pause;
        self.changed.insert(Cell::Chain);
        true
    }

    /// Asks a paused chain to resume, and its execution with it, if that is paused.
    ///
    /// Returns whether it was paused, or was to be. A task that waits for a person waits on.
    pub fn resume(&mut self) -> bool {
        let is_asked = self.asked == Asked::Pause;
        let child = self.child().map(|child| child.status);
        let is_told = child == Some(Status::Paused) && self.asked != Asked::Cancel;
        if !is_asked && self.status() != Status::Paused {
            return false;
        }
        self.asked = Asked::Run;
        if is_told {
            self.progress = Progress::Active(Some(Order::Resume));
        }
        self.changed.insert(Cell::Chain);
        true
    }

    /// Asks the chain to end once the running task has ended; between tasks it ends at once.
    ///
    /// Returns whether it can: not when it has ended or was asked already.
    pub fn cancel(&mut self) -> bool {
        if self.is_over() || self.asked == Asked::Cancel {
            return false;
        }
        self.changed.insert(Cell::Chain);
        let Some(child) = self.child() else {
            self.finish(Status::Canceled);
            return true;
        };
        let order = is_waiting(child.status).then_some(Order::Cancel);
        self.asked = Asked::Cancel;
        self.progress = Progress::Active(order);
        true
    }

    /// Fails the chain for a reason outside its tasks, such as a parameter that cannot be cast: the
    /// result shows only that. A chain that has ended stays as it is.
    pub fn abort(&mut self, error: &str) {
        if !matches!(self.progress, Progress::Over(_)) {
            self.fail(Failure { is_alone: true, ..Failure::new(error.to_owned()) });
        }
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.finish(Status::Failed);
    }

    pub(super) fn finish(&mut self, status: Status) {
        self.asked = Asked::Run;
        self.progress = Progress::Over(status);
        self.changed.insert(Cell::Chain);
    }
}
