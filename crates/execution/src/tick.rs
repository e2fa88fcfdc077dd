//! What this room does as time passes.

use model::{Timestamp, Wake};
use std::sync::Arc;
use tokio::sync::Notify;

use crate::Executions;

/// How often the gate is looked over for executions that were not let in, in milliseconds.
const SWEEP_MS: i64 = 5_000;

impl Executions {
    /// Gives executions whose delay is over their place in the queue.
    pub fn tick_delays(&self, now: Timestamp) -> Wake {
        let (due, wake) = self.inner.live.delays.tick(now);
        for slot in due.into_iter().filter_map(|id| self.slot(id)) {
            self.enqueue(slot);
        }
        wake
    }

    /// Returns the bell of delays.
    pub fn delays_bell(&self) -> &Arc<Notify> {
        self.inner.live.delays.bell()
    }

    /// Puts the limits of the present catalog in force for executions that wait already, and lets
    /// in those that were missed.
    pub fn tick_gate(&self, now: Timestamp) -> Wake {
        self.enforce_limits();
        self.answer(self.inner.gate.sweep(&self.inner.live));
        Wake::At(now.plus_ms(SWEEP_MS))
    }
}
