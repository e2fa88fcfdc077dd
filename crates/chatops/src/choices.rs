//! Sentences that can mean several commands: what they can mean is kept until a number chooses.

use std::collections::HashMap;

use alias::Found;
use model::Timestamp;
use parking_lot::Mutex;

use crate::said::Heard;

/// How long a choice can be made, in milliseconds.
const CHOICE_MS: i64 = 10 * 60 * 1_000;
/// How many sentences wait for a choice.
const WAITING_MAX: usize = 1_000;

/// The sentences that wait for a choice, by adapter, room and account.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<(String, String, String), Choices>>);

/// What a sentence can mean.
#[derive(Debug)]
pub(crate) struct Choices {
    pub(crate) offered_at: Timestamp,
    pub(crate) sentence: String,
    pub(crate) found: Vec<Found>,
}

impl Waiting {
    pub(crate) fn keep(&self, heard: &Heard, choices: Choices) {
        let mut waiting = self.0.lock();
        if waiting.len() >= WAITING_MAX {
            waiting.clear();
        }
        waiting.insert(key(heard), choices);
    }

    /// Takes what was offered, if it was lately.
    pub(crate) fn take(&self, heard: &Heard, now: Timestamp) -> Option<Choices> {
        let choices = self.0.lock().remove(&key(heard))?;
        (now <= choices.offered_at.plus_ms(CHOICE_MS)).then_some(choices)
    }
}

fn key(heard: &Heard) -> (String, String, String) {
    (heard.adapter.clone(), heard.room.clone(), heard.account.clone())
}
