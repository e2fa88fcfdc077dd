//! What one evaluation may use: steps, and bytes of text and items that it builds.
//!
//! The counters live in the thread that evaluates, so that every operation can
//! spend without carrying them around. An evaluation inside an evaluation
//! spends from the outer budget's remainder, and only as far as its own allows.

use std::cell::Cell;

use super::raise::{Class, Outcome, Raise};

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(u64::MAX) };
    static BYTES: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Puts the former budget back when an evaluation ends, less what that has spent.
pub struct Guard {
    outer: (u64, u64),
    given: (u64, u64),
}

/// Begins an evaluation with `steps` and `bytes` to spend.
#[must_use]
pub fn begin(steps: u64, bytes: u64) -> Guard {
    let outer = (STEPS.get(), BYTES.get());
    let given = (steps.min(outer.0), bytes.min(outer.1));
    STEPS.set(given.0);
    BYTES.set(given.1);
    Guard { outer, given }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (steps, bytes) = (self.given.0 - STEPS.get(), self.given.1 - BYTES.get());
        STEPS.set(self.outer.0.saturating_sub(steps));
        BYTES.set(self.outer.1.saturating_sub(bytes));
    }
}

/// Spends steps.
pub fn step(count: usize) -> Outcome<()> {
    spend(&STEPS, count, "the evaluation takes too many steps")
}

/// Spends bytes that are about to be built.
pub fn build(bytes: usize) -> Outcome<()> {
    spend(&BYTES, bytes, "the evaluation builds too much text or too many items")
}

fn spend(
    counter: &'static std::thread::LocalKey<Cell<u64>>,
    amount: usize,
    message: &str,
) -> Outcome<()> {
    let left = counter.get();
    match left.checked_sub(amount as u64) {
        Some(rest) => {
            counter.set(rest);
            Ok(())
        }
        None => Err(Raise::new(Class::Limit, message)),
    }
}
