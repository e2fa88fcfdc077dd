//! The ledger: what Squall has acknowledged, in this round and to those who still wait from
//! earlier ones.

use parking_lot::{Mutex, MutexGuard};
use std::collections::{HashMap, HashSet};

use model::Id;

use super::content::Flow;

/// How many old executions are kept to be run again.
const OLD_MAX: usize = 64;

/// What was acknowledged in a round.
#[derive(Debug, Default, Clone)]
pub(super) struct Round {
    /// Requests, each with what it was.
    pub(super) requested: Vec<(Id, &'static str)>,
    /// Cancelations.
    pub(super) canceled: Vec<Id>,
    /// What went wrong with a call though nothing should.
    pub(super) wrong: Vec<String>,
    /// Pauses.
    pub(super) pauses: usize,
    /// Resumes.
    pub(super) resumes: usize,
    /// Answers.
    pub(super) answers: usize,
}

/// What a workflow was asked for last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To pause, which was acknowledged.
    Pause,
    /// To resume, which was acknowledged.
    Resume,
    /// One of both, without an answer: it may have been heard or not.
    Unknown,
}

/// The answers to one question.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// How many were sent.
    pub(super) sent: usize,
    /// Those that were acknowledged.
    pub(super) taken: Vec<String>,
}

/// What is noted while the load runs.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Notes>);

/// The notes themselves.
#[derive(Debug, Default)]
pub(super) struct Notes {
    round: Round,
    /// Executions that were requested lately.
    old: Vec<Id>,
    /// By workflow, for those that have not ended.
    pub(super) asked: HashMap<Id, Asked>,
    /// By question, for those that have not ended.
    pub(super) answers: HashMap<Id, Answers>,
    /// Workflows that a caller has paused.
    pub(super) paused: Vec<Id>,
    /// Workflows that ended, of which tasks can be run again.
    pub(super) rerunnable: Vec<(Id, &'static Flow)>,
    /// Roots that a caller is working on.
    claimed: HashSet<Id>,
}

/// The exclusive right to pause, resume and answer in the tree below one root.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    ledger: &'a Ledger,
    root: Id,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.ledger.notes().claimed.remove(&self.root);
    }
}

impl Ledger {
    /// Returns the notes.
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock()
    }

    /// Notes that a request was acknowledged.
    pub(super) fn requested(&self, id: Id, what: &'static str) {
        let mut notes = self.notes();
        notes.round.requested.push((id, what));
        if notes.old.len() == OLD_MAX {
            notes.old.swap_remove(0);
        }
        notes.old.push(id);
    }

    /// Notes that a cancelation was acknowledged.
    pub(super) fn canceled(&self, id: Id) {
        self.notes().round.canceled.push(id);
    }

    /// Notes that a call went wrong though it should not.
    pub(super) fn wrong(&self, what: String) {
        self.notes().round.wrong.push(what);
    }

    /// Notes what a workflow was asked for; returns what it was asked for before.
    pub(super) fn ask(&self, id: Id, asked: Option<Asked>) -> Option<Asked> {
        let mut notes = self.notes();
        match asked {
            Some(Asked::Pause) => {
                notes.round.pauses += 1;
                notes.paused.push(id);
            }
            Some(Asked::Resume) => notes.round.resumes += 1,
            Some(Asked::Unknown) | None => {}
        }
        match asked {
            Some(asked) => notes.asked.insert(id, asked),
            None => notes.asked.remove(&id),
        }
    }

    /// Returns an answer that was not sent before, and notes that it is.
    pub(super) fn sends(&self, id: Id) -> String {
        let mut notes = self.notes();
        let answers = notes.answers.entry(id).or_default();
        answers.sent += 1;
        format!("answer-{}", answers.sent)
    }

    /// Notes that an answer was acknowledged.
    pub(super) fn answered(&self, id: Id, answer: &str) {
        let mut notes = self.notes();
        notes.round.answers += 1;
        notes.answers.entry(id).or_default().taken.push(answer.to_owned());
    }

    /// Claims the tree below a root; nothing when somebody works on it.
    pub(super) fn claim(&self, root: Id) -> Option<Claim<'_>> {
        let is_free = self.notes().claimed.insert(root);
        // Made only now: a claim that is dropped takes the lock.
        is_free.then(|| Claim { ledger: self, root })
    }

    /// Returns one of the executions that were requested lately.
    pub(super) fn old(&self, number: u64) -> Option<Id> {
        let notes = self.notes();
        notes.old.get(index(number, notes.old.len())?).copied()
    }

    /// Takes a workflow that a caller has paused.
    pub(super) fn take_paused(&self, number: u64) -> Option<Id> {
        take_any(&mut self.notes().paused, number)
    }

    /// Takes a workflow of which tasks can be run again.
    pub(super) fn take_rerunnable(&self, number: u64) -> Option<(Id, &'static Flow)> {
        take_any(&mut self.notes().rerunnable, number)
    }

    /// Returns what was acknowledged since the last call.
    pub(super) fn take(&self) -> Round {
        std::mem::take(&mut self.notes().round)
    }
}

fn take_any<T>(all: &mut Vec<T>, number: u64) -> Option<T> {
    Some(all.swap_remove(index(number, all.len())?))
}

fn index(number: u64, length: usize) -> Option<usize> {
    usize::try_from(number).ok()?.checked_rem(length)
}
