//! The matcher over all aliases.
//!
//! StackStorm tries every format of every alias. Here an index names the formats that a command
//! can match at all, and only these are compiled, when they are first needed, and tried.

use std::fmt;
use std::sync::{Arc, OnceLock};

use model::ActionAlias;
use model::Ref;
use model::action_alias;
use python::re::{BUDGET, Backtracker};
use serde_json::Value;

use crate::format::{Error, Format, translate};
use crate::index::{Index, contains_in_order};
use crate::literals::{self, Literals};
use crate::phrase::Phrase;
use crate::sentence::{Reading, Sentence};

/// The steps that all candidates of one command may take together.
const FIND_BUDGET: u64 = 2 * BUDGET;

/// All aliases, ready to be matched.
#[derive(Debug)]
pub struct Matcher {
    pub(crate) aliases: Vec<Arc<ActionAlias>>,
    pub(crate) entries: Vec<Entry>,
    index: Index,
}

/// One format of one alias.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) alias: usize,
    pub(crate) format: action_alias::Format,
    pub(crate) phrase: Phrase,
    passes: Passes,
    needs: Box<[Box<str>]>,
    strict: OnceLock<Option<Box<Format>>>,
    lenient: OnceLock<Option<Box<Format>>>,
}

/// In which rounds the formats of an alias are tried.
#[derive(Debug, Clone, Copy)]
struct Passes {
    single: bool,
    multi: bool,
}

/// A format that cannot be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The alias.
    pub alias: Ref,
    /// The format, as text.
    pub format: String,
    /// What is wrong with it.
    pub error: Error,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alias, format, error } = self;
        write!(f, "format `{format}` of alias `{alias}` cannot be matched: {error}")
    }
}

/// What a command matched.
#[derive(Debug, Clone)]
pub struct Found {
    /// The alias.
    pub alias: Arc<ActionAlias>,
    /// The format of it.
    pub format: action_alias::Format,
}

/// Why a command leads to no alias.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotFound {
    /// No format matches.
    #[error("Command '{command}' matched no patterns")]
    None {
        /// The command.
        command: String,
    },
    /// Several formats match, and there is no best one.
    #[error("Command '{command}' matched more than 1 {}pattern", if *multi { "(multi) " } else { "" })]
    Ambiguous {
        /// The command.
        command: String,
        /// Whether these are formats that may match several times.
        multi: bool,
        /// All that match.
        candidates: Vec<Found>,
    },
}

impl Matcher {
    /// Builds a matcher. Disabled aliases are left out; a format that is broken is reported and
    /// left out, and disturbs nothing else.
    pub fn build(aliases: Vec<Arc<ActionAlias>>) -> (Self, Vec<Complaint>) {
        let mut complaints = Vec::new();
        let mut entries = Vec::new();
        let mut literals = Vec::new();
        for (number, alias) in aliases.iter().enumerate().filter(|(_, alias)| alias.enabled) {
            let passes = passes(alias);
            for given in alias.formats.iter().filter(|format| takes_part(format)) {
                if !given.is_string() && !given.is_object() {
                    complaints.push(odd(alias, given));
                    continue;
                }
                for format in expand(given) {
                    match prepare(&format.representation) {
                        Ok(found) => {
                            entries.push(entry(number, format, passes, &found));
                            literals.push(found.literals);
                        }
                        Err(error) => complaints.push(complaint(alias, format, error)),
                    }
                }
            }
        }
        let index = Index::build(&literals);
        (Self { aliases, entries, index }, complaints)
    }

    /// Finds the one format that a command matches, as StackStorm does: first among aliases with a
    /// format for single matches, then among those with a format for several.
    pub fn find(&self, command: &str) -> Result<Found, NotFound> {
        self.find_as(command, Reading::Strict)
    }

    /// Finds a format as [`Matcher::find`] does, and if nothing matches, as
    /// [`extract_lenient`](crate::format::extract_lenient) understands the command.
    pub fn find_lenient(&self, command: &str) -> Result<Found, NotFound> {
        match self.find(command) {
            Err(NotFound::None { .. }) => self.find_as(command, Reading::Lenient),
            other => other,
        }
    }

    fn find_as(&self, command: &str, reading: Reading) -> Result<Found, NotFound> {
        let sentence = Sentence::new(command, reading);
        let folded = sentence.folded();
        let mut candidates = self.index.candidates(&folded);
        candidates
            .retain(|number| contains_in_order(&folded, &self.entries[*number as usize].needs));
        let mut budget = FIND_BUDGET;
        for multi in [false, true] {
            let mut hits = Vec::new();
            for number in &candidates {
                let entry = &self.entries[*number as usize];
                let wanted = if multi { entry.passes.multi } else { entry.passes.single };
                if wanted && entry.matches(&sentence, reading, &mut budget) {
                    hits.push(self.found(entry));
                }
            }
            if hits.len() > 1 {
                let command = command.to_owned();
                return Err(NotFound::Ambiguous { command, multi, candidates: hits });
            }
            if let Some(hit) = hits.pop() {
                return Ok(hit);
            }
        }
        Err(NotFound::None { command: command.to_owned() })
    }

    pub(crate) fn found(&self, entry: &Entry) -> Found {
        Found { alias: Arc::clone(&self.aliases[entry.alias]), format: entry.format.clone() }
    }
}

impl Entry {
    fn matches(&self, sentence: &Sentence, reading: Reading, budget: &mut u64) -> bool {
        let cell = if reading == Reading::Strict { &self.strict } else { &self.lenient };
        let format = cell
            .get_or_init(|| Format::new(&self.format.representation, reading).ok().map(Box::new));
        format.as_ref().is_some_and(|format| format.extract(sentence, budget).is_ok())
    }
}

struct Prepared {
    literals: Literals,
    phrase: Phrase,
}

fn prepare(representation: &str) -> Result<Prepared, Error> {
    let parsed = translate(representation, Reading::Strict)?.parsed;
    let literals = literals::find(&parsed);
    let phrase = Phrase::new(&parsed.tree);
    Backtracker::from_parsed(parsed)?;
    Ok(Prepared { literals, phrase })
}

fn entry(alias: usize, format: action_alias::Format, passes: Passes, prepared: &Prepared) -> Entry {
    Entry {
        alias,
        format,
        phrase: prepared.phrase.clone(),
        passes,
        needs: prepared.literals.needs.iter().map(|need| need.as_str().into()).collect(),
        strict: OnceLock::new(),
        lenient: OnceLock::new(),
    }
}

fn passes(alias: &ActionAlias) -> Passes {
    let multi = |format: &Value| format.get("match_multiple") == Some(&Value::Bool(true));
    Passes { single: !alias.formats.iter().all(multi), multi: alias.formats.iter().any(multi) }
}

fn complaint(alias: &ActionAlias, format: action_alias::Format, error: Error) -> Complaint {
    Complaint { alias: alias.reference(), format: format.representation, error }
}

fn odd(alias: &ActionAlias, format: &Value) -> Complaint {
    let error = Error::Broken("it is neither a text nor an object".to_owned());
    Complaint { alias: alias.reference(), format: format.to_string(), error }
}

/// Returns whether a format has something to say.
fn takes_part(format: &Value) -> bool {
    let given = |key: &str| format.get(key).is_some_and(|value| !is_empty(value));
    !format.is_object() || given("display") || given("representation")
}

/// Returns the representations of one format, each with its display.
fn expand(format: &Value) -> Vec<action_alias::Format> {
    let display = format.get("display").unwrap_or(format).as_str().map(str::to_owned);
    let match_multiple = format.get("match_multiple").and_then(Value::as_bool).unwrap_or(false);
    let one = |representation: &str| action_alias::Format {
        display: display.clone(),
        representation: representation.to_owned(),
        match_multiple,
    };
    if let Some(text) = format.as_str() {
        return vec![one(text)];
    }
    match format.get("representation") {
        Some(Value::String(text)) => vec![one(text)],
        Some(Value::Array(texts)) if !texts.is_empty() => {
            texts.iter().filter_map(Value::as_str).map(one).collect()
        }
        _ => vec![one("")],
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
