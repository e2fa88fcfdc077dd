//! Moments that are to come, each with what is due then.

use std::{collections::BTreeSet, sync::Arc};

use model::{Execution, Id, Timestamp, Wake};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Executions by the moment at which each is due.
#[derive(Debug, Default)]
pub struct Agenda {
    waiting: Mutex<BTreeSet<(Timestamp, Id)>>,
    bell: Arc<Notify>,
}

impl Agenda {
    /// Adds an execution, and rings the bell.
    pub fn add(&self, at: Timestamp, id: Id) {
        self.waiting.lock().insert((at, id));
        self.bell.notify_one();
    }

    /// Returns the bell of the loop that ticks.
    pub fn bell(&self) -> &Arc<Notify> {
        &self.bell
    }

    /// Takes out what is due now, in the order of time, and returns when to look again.
    pub fn tick(&self, now: Timestamp) -> (Vec<Id>, Wake) {
        let mut waiting = self.waiting.lock();
        let mut due = Vec::new();
        while let Some((at, id)) = waiting.first().copied() {
            if at > now {
                return (due, Wake::At(at));
            }
            waiting.pop_first();
            due.push(id);
        }
        (due, Wake::Rung)
    }
}

/// Returns when the execution may start.
pub const fn run_at(execution: &Execution) -> Timestamp {
    match execution.delay_ms {
        Some(delay_ms) => execution.start_timestamp.plus_ms(delay_ms),
        None => execution.start_timestamp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_out_in_the_order_of_its_time() {
        let id = |n: u8| Id::from_bytes([n; 12]);
        let at = Timestamp::from_micros;
        let agenda = Agenda::default();
        agenda.add(at(30), id(3));
        agenda.add(at(10), id(1));
        agenda.add(at(20), id(2));
        assert_eq!(agenda.tick(at(20)), (vec![id(1), id(2)], Wake::At(at(30))));
        assert_eq!(agenda.tick(at(31)), (vec![id(3)], Wake::Rung));
    }
}
