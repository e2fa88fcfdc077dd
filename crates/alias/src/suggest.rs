//! What somebody may have meant: formats whose literal text is within a typo or two of a command,
//! whatever the parameters are.

use std::sync::Arc;

use model::ActionAlias;

use crate::{
    matcher::{Entry, Matcher},
    phrase::{Closeness, Rows, words},
    sentence::{Reading, Sentence},
};

const COMMAND_CHARS_MAX: usize = 256;

/// An alias that may have been meant.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// The alias.
    pub alias: Arc<ActionAlias>,
    /// What to say.
    pub display: String,
    /// How close it is: 1 is exact.
    pub score: f64,
}

impl Matcher {
    /// Returns what may have been meant, closest first.
    pub fn suggest(&self, command: &str, count: usize) -> Vec<Suggestion> {
        let sentence = Sentence::new(command, Reading::Lenient);
        let text = words(&sentence.text);
        if text.is_empty() || text.len() > COMMAND_CHARS_MAX {
            return Vec::new();
        }
        let mut rows = Rows::new(&text);
        let mut close: Vec<(Closeness, &Entry)> = Vec::new();
        for entry in &self.entries {
            close.extend(entry.phrase.closeness(&mut rows).map(|closeness| (closeness, entry)));
        }
        close.sort_by_key(|(closeness, _)| *closeness);
        let mut out: Vec<Suggestion> = Vec::new();
        for (closeness, entry) in close {
            if out.len() >= count {
                break;
            }
            let suggestion = self.suggestion(closeness, entry);
            let known = |one: &Suggestion| {
                one.display == suggestion.display && Arc::ptr_eq(&one.alias, &suggestion.alias)
            };
            if !out.iter().any(known) {
                out.push(suggestion);
            }
        }
        out
    }

    fn suggestion(&self, closeness: Closeness, entry: &Entry) -> Suggestion {
        let found = self.found(entry);
        let display = found.format.display.filter(|display| !display.is_empty());
        let literals = usize::MAX - closeness.literals;
        Suggestion {
            alias: found.alias,
            display: display.unwrap_or(found.format.representation),
            score: 1.0 - f64::from(closeness.typos) / literals.max(1) as f64,
        }
    }
}
