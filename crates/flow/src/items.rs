//! The items of a task: which have run, which run, which are next.

use crate::{machine, status::Status};

/// The statuses of a task's items.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Items {
    statuses: Vec<Status>,
    counts: [usize; Status::ALL.len()],
    /// No item before this one waits to be run.
    next: usize,
}

impl Items {
    pub(crate) fn new(count: usize) -> Self {
        let mut counts = [0; Status::ALL.len()];
        counts[Status::Unset as usize] = count;
        Self { statuses: vec![Status::Unset; count], counts, next: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.statuses.len()
    }

    pub(crate) fn get(&self, item: usize) -> Option<Status> {
        self.statuses.get(item).copied()
    }

    pub(crate) fn set(&mut self, item: usize, status: Status) {
        let Some(old) = self.statuses.get_mut(item) else { return };
        self.counts[*old as usize] -= 1;
        self.counts[status as usize] += 1;
        *old = status;
        if status == Status::Unset {
            self.next = self.next.min(item);
        }
    }

    pub(crate) fn has_active(&self) -> bool {
        self.active() > 0
    }

    pub(crate) fn active(&self) -> usize {
        self.count(Status::is_active)
    }

    /// Returns whether an item has not ended.
    pub(crate) fn has_incomplete(&self) -> bool {
        self.count(Status::is_completed) < self.statuses.len()
    }

    fn count(&self, is_it: impl Fn(Status) -> bool) -> usize {
        Status::ALL
            .into_iter()
            .filter(|status| is_it(*status))
            .map(|it| self.counts[it as usize])
            .sum()
    }

    /// Returns whether an item has not run.
    pub(crate) fn has_waiting(&self) -> bool {
        self.counts[Status::Unset as usize] > 0
    }

    /// Returns the first items that have not run, at most `limit`.
    pub(crate) fn waiting(&mut self, limit: usize) -> Vec<usize> {
        while self.statuses.get(self.next).is_some_and(|status| *status != Status::Unset) {
            self.next += 1;
        }
        let is_waiting = |item: &usize| self.statuses[*item] == Status::Unset;
        (self.next..self.statuses.len()).filter(is_waiting).take(limit).collect()
    }

    /// Returns the items that failed, or all.
    pub(crate) fn to_run_again(&self, all: bool) -> Vec<usize> {
        let is_wanted = |item: &usize| all || self.statuses[*item].is_abended();
        (0..self.statuses.len()).filter(is_wanted).collect()
    }

    /// Returns how the other items stand.
    pub(crate) fn others(&self, item: usize) -> machine::Items {
        let own = self.statuses.get(item).copied();
        let any = |is_it: &dyn Fn(Status) -> bool| {
            let own = usize::from(own.is_some_and(is_it));
            self.count(is_it) > own
        };
        let rest = self.statuses.len().saturating_sub(usize::from(own.is_some()));
        let completed =
            self.count(Status::is_completed) - usize::from(own.is_some_and(Status::is_completed));
        if any(&Status::is_active) {
            machine::Items::Active
        } else if any(&|status| matches!(status, Status::Pending | Status::Paused)) {
            machine::Items::Paused
        } else if any(&|status| status == Status::Canceled) {
            machine::Items::Canceled
        } else if any(&Status::is_abended) {
            machine::Items::Failed
        } else if completed < rest {
            machine::Items::Incomplete
        } else {
            machine::Items::Completed
        }
    }
}
