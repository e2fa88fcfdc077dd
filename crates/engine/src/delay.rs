//! Executions that wait for their time.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use model::{Id, Timestamp};
use tokio::sync::Notify;

use crate::engine::Engine;

/// The executions that wait, by their time.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    waiting: Mutex<BTreeSet<(Timestamp, Id)>>,
    /// Wakes the loop when an earlier time came in.
    pub(crate) earlier: Notify,
}

/// What is due, and when to look again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) due: Vec<Id>,
    pub(crate) next: Option<Timestamp>,
}

impl Engine {
    /// Looks again at what waits for its time: the clock was set.
    pub fn look_at_clock(&self) {
        self.live.delays.earlier.notify_one();
    }
}

impl Delays {
    pub(crate) fn add(&self, at: Timestamp, id: Id) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert((at, id));
        self.earlier.notify_one();
    }

    /// Takes out what is due now.
    pub(crate) fn tick(&self, now: Timestamp) -> Tick {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        while let Some(first) = waiting.first().copied() {
            if first.0 > now {
                return Tick { due, next: Some(first.0) };
            }
            waiting.pop_first();
            due.push(first.1);
        }
        Tick { due, next: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_out_in_the_order_of_its_time() {
        let id = |n: u8| Id::from_bytes([n; 12]);
        let at = Timestamp::from_micros;
        let delays = Delays::default();
        delays.add(at(30), id(3));
        delays.add(at(10), id(1));
        delays.add(at(20), id(2));
        assert_eq!(delays.tick(at(20)), Tick { due: vec![id(1), id(2)], next: Some(at(30)) });
        assert_eq!(delays.tick(at(31)), Tick { due: vec![id(3)], next: None });
    }
}
