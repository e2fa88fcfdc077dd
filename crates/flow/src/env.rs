//! What surrounds the evaluations of a step. The caller gives it anew with each step: nothing in
//! this crate has a clock, a source of chance or a datastore.

use expr::jinja::{Limits, Lookup};
use jiff::Timestamp;
use serde_json::Value;

/// The surroundings of a step.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The time, which `now()` returns.
    pub now: Timestamp,
    /// The seed of random numbers.
    pub seed: u64,
    /// The datastore behind `st2kv` and `system`.
    pub lookup: Option<&'a dyn Lookup>,
    /// The key file for encrypted values.
    pub crypto_key: Option<&'a str>,
    /// The records of the tasks' executions, behind `task()`.
    pub records: Option<&'a dyn Records>,
    /// Whether data is evaluated too, as Orquesta does: the inputs, and texts that come out of
    /// expressions.
    pub again: bool,
    /// Returns whether there is an action of this reference.
    pub has_action: &'a dyn Fn(&str) -> bool,
    /// Makes an id that nothing else has.
    pub make_id: &'a dyn Fn() -> String,
    /// The limits of one evaluation.
    pub limits: Limits,
}

impl Env<'_> {
    /// Makes surroundings without a datastore, at the beginning of 1970, where every action exists.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            seed: 0,
            lookup: None,
            crypto_key: None,
            records: None,
            again: false,
            has_action: &|_| true,
            make_id: &String::new,
            limits: Limits::default(),
        }
    }
}

impl Default for Env<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The records of what was run for tasks.
pub trait Records {
    /// Returns what `task()` gives for the entry at this index of the sequence.
    fn record(&self, entry: usize) -> Option<Value>;
}
