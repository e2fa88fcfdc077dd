//! What a check rests on, and the violations that it finds.

use std::{collections::HashMap, fmt, time::Duration};

use model::{Id, Timestamp};
use serde::Serialize;

use super::{
    ledger::{Notes, Round},
    listener::Listener,
    seen::View,
    trace::Trace,
};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Violation {
    /// The execution, or what else it is about.
    pub(super) id: String,
    /// What is wrong.
    pub(super) what: String,
}

/// What is known from outside: files and stream.
#[derive(Debug)]
pub(super) struct Outside {
    pub(super) starts: Trace,
    pub(super) messages: Trace,
    pub(super) listener: Listener,
}

impl Outside {
    /// Reads what came in since.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        self.starts.read()?;
        self.messages.read()
    }

    /// Returns what happened twice outside, in all rounds.
    pub(super) fn twice(&self) -> Vec<Violation> {
        let mut found = Found::default();
        for (counts, what) in [
            (&self.starts.first, "was started more than once: lines in the file"),
            (&self.messages.first, "is a message that was started more than once: lines"),
            (&self.messages.second, "was told more than once: lines in the file"),
        ] {
            for (id, count) in counts.iter().filter(|(_, count)| **count > 1) {
                found.add(id, format_args!("{what}: {count}"));
            }
        }
        self.listener.heard(|heard| {
            for place in &heard.twice {
                found.add(place, "is an announcement that came twice on one reader's stream");
            }
            for (id, count) in heard.announced.iter().filter(|(_, count)| **count > 1) {
                found.add(id, format_args!("was announced {count} times"));
            }
        });
        found.0
    }
}

/// The violations that were found.
#[derive(Debug, Default)]
pub(super) struct Found(pub(super) Vec<Violation>);

impl Found {
    pub(super) fn add(&mut self, id: impl fmt::Display, what: impl fmt::Display) {
        self.0.push(Violation { id: id.to_string(), what: what.to_string() });
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) round: &'a Round,
    pub(super) notes: &'a Notes,
    pub(super) view: &'a View,
    pub(super) outside: &'a Outside,
    /// The executions that were seen before, with whether they had ended.
    pub(super) known: &'a HashMap<Id, bool>,
    /// When a Squall was killed or stopped.
    pub(super) deaths: &'a [Timestamp],
    pub(super) now: Timestamp,
    /// How long anything may take that nobody is waited for.
    pub(super) settle: Duration,
    /// Whether executions may wait for people.
    pub(super) may_wait: bool,
}
