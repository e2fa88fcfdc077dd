//! Events: what happens, and what rules make of it.
//!
//! ```text
//! end of an execution ─► notifier ─► event ─┐
//! a question that waits ────────────► event ─┼─► rules ─► Commit ─► executions
//! Events::emit (webhook, timer, …) ─► event ─┘
//! ```
//!
//! [`Rules`] evaluates: it is a value in, [`execution::Commit`] out. What follows from the end of an execution is
//! part of the commit of that end. An event from outside is written by [`Events::emit`] and
//! evaluated by [`Events::tick`].

mod emit;
pub mod metrics;
mod notifier;
mod rules;
mod tick;

pub use self::rules::{Rules, Settings};

use std::sync::Arc;

use execution::Executions;
use tokio::sync::Notify;

/// The events of a running Squall. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Events {
    executions: Executions,
    rules: Rules,
    /// Rings when an event was written.
    bell: Arc<Notify>,
}

impl Events {
    /// Returns the room.
    pub fn new(executions: Executions, rules: Rules) -> Self {
        Self { executions, rules, bell: Arc::default() }
    }

    /// Returns the rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns the bell of events that wait.
    pub fn bell(&self) -> &Arc<Notify> {
        &self.bell
    }
}
