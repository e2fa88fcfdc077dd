//! A command prepared for matching: its trailing pairs cut off, the rest padded.

use python::is_space;
use python::re::fold;

use crate::pairs::{self, Pair, any_key, plain_key};

/// How a command is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As StackStorm reads it.
    Strict,
    /// As a person means it: an address or an option is no pair.
    Lenient,
}

/// A command.
#[derive(Debug)]
pub(crate) struct Sentence {
    pub(crate) original: String,
    pub(crate) pairs: Vec<Pair>,
    /// What is left, with a blank before and behind.
    pub(crate) text: Vec<char>,
    /// Whether nothing but blanks is left.
    pub(crate) blank: bool,
}

impl Sentence {
    /// Prepares a command.
    pub(crate) fn new(command: &str, reading: Reading) -> Self {
        let original = command.to_owned();
        let chars: Vec<char> = command.chars().collect();
        let is_key = if reading == Reading::Strict { any_key } else { plain_key };
        let (pairs, rest) = match pairs::run_start(&chars, is_key) {
            None => (Vec::new(), chars),
            Some(start) if reading == Reading::Lenient => {
                (pairs::find(&chars[start..], is_key), chars[..start].to_vec())
            }
            Some(start) => {
                // The run is cut out wherever it occurs, not only at the end.
                let run: String = chars[start..].iter().collect();
                let rest = command.replace(&run, "").chars().collect();
                (pairs::find(&chars[start..], is_key), rest)
            }
        };
        let mut text = Vec::with_capacity(rest.len() + 2);
        text.push(' ');
        text.extend(rest);
        text.push(' ');
        let blank = text.iter().all(|c| is_space(*c));
        Self { original, pairs, text, blank }
    }

    /// Returns the text in small letters, without leading blanks.
    pub(crate) fn folded(&self) -> String {
        self.text.iter().skip_while(|c| is_space(**c)).map(|c| fold(*c)).collect()
    }
}
