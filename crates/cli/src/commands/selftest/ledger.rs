//! The ledger: what Squall has acknowledged, and what came back from it by other ways.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use model::Id;

/// How many old executions are kept to be run again.
const OLD_MAX: usize = 64;

/// What was acknowledged in a round.
#[derive(Debug, Default, Clone)]
pub(super) struct Round {
    /// Requests, each with what it was.
    pub(super) requested: Vec<(Id, &'static str)>,
    /// Cancelations.
    pub(super) canceled: Vec<Id>,
    /// Requests that were refused for a reason that there is not.
    pub(super) refused: Vec<String>,
}

/// What is noted while the load runs.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    round: Mutex<Round>,
    old: Mutex<Vec<Id>>,
}

impl Ledger {
    /// Notes that a request was acknowledged.
    pub(super) fn requested(&self, id: Id, what: &'static str) {
        lock(&self.round).requested.push((id, what));
        let mut old = lock(&self.old);
        if old.len() == OLD_MAX {
            old.swap_remove(0);
        }
        old.push(id);
    }

    /// Notes that a cancelation was acknowledged.
    pub(super) fn canceled(&self, id: Id) {
        lock(&self.round).canceled.push(id);
    }

    /// Notes that a request was refused.
    pub(super) fn refused(&self, what: &str, error: &client::Error) {
        lock(&self.round).refused.push(format!("{what}: {error}"));
    }

    /// Returns one of the executions that were requested lately.
    pub(super) fn old(&self, number: u64) -> Option<Id> {
        let old = lock(&self.old);
        let index = usize::try_from(number).unwrap_or_default().checked_rem(old.len())?;
        old.get(index).copied()
    }

    /// Returns what was noted since the last call.
    pub(super) fn take(&self) -> Round {
        std::mem::take(&mut lock(&self.round))
    }
}

/// Takes a lock; what a panic left is still a list.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file to which actions append lines, read as it grows: how often each word began or ended one.
#[derive(Debug)]
pub(super) struct Trace {
    path: PathBuf,
    offset: u64,
    /// How often each id was the first word of a line.
    pub(super) first: HashMap<Id, u32>,
    /// How often each id was the second word of a line.
    pub(super) second: HashMap<Id, u32>,
}

impl Trace {
    /// Returns a reader of a file that may not exist yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, offset: 0, first: HashMap::new(), second: HashMap::new() }
    }

    /// Reads the lines that were added.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        let Ok(mut file) = File::open(&self.path) else { return Ok(()) };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            let mut words = line.split(' ').map(str::parse);
            for counts in [&mut self.first, &mut self.second] {
                if let Some(Ok(id)) = words.next() {
                    *counts.entry(id).or_default() += 1;
                }
            }
        }
        self.offset += u64::try_from(whole)?;
        Ok(())
    }
}
