//! YAML as PyYAML's safe loader reads it: the scalars of YAML 1.1 (`yes`, `010`, `1:30`,
//! timestamps), merge keys, the last of equal keys wins. The events come from a YAML 1.2
//! parser; what they mean is decided here. Every value keeps its position, so that later
//! complaints can point into the file.
//!
//! Hostile input meets limits on size, depth and the number of values that aliases expand to.

use serde_json::Value;

use super::{build, compose};
use crate::place::{Marks, Position, Step};

/// How many bytes a file may have.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;
/// How deep values may be nested.
pub const DEPTH_MAX: usize = 96;
/// How many values a document may hold once its aliases are expanded.
pub const VALUES_MAX: usize = 500_000;

/// What happens to a mapping that holds one key twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The last value counts, as in PyYAML; [`Document::duplicates`] lists the others.
    KeepLast,
    /// The document is refused, as StackStorm refuses workflow definitions and content.
    Refuse,
}

/// A document that was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The value, its keys in order, all of them texts.
    pub value: Value,
    /// The keys that were written twice in one mapping.
    pub duplicates: Vec<Duplicate>,
    /// Where merge keys (`<<`) stand.
    pub merges: Vec<Position>,
    /// The keys that were no texts before JSON made them so.
    pub odd_keys: Vec<OddKey>,
    pub(super) marks: Marks,
}

/// A key that was written twice in one mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The key as it was written.
    pub key: String,
    /// Where it stands first.
    pub first: Position,
    /// Where it stands again.
    pub second: Position,
}

/// A key that was no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddKey {
    /// The path of its value.
    pub path: Vec<Step>,
    /// The text that stands for it.
    pub key: String,
    /// The key as it was written.
    pub written: String,
    /// Where it stands.
    pub position: Position,
}

/// A text that could not be read as YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct Error {
    /// What is wrong and what to do about it.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>, at: Position) -> Self {
        Self { message: message.into(), line: at.line, column: at.column }
    }
}

impl Document {
    /// Returns where the value at `path` stands, or the nearest value around it.
    pub fn value_at(&self, path: &[Step]) -> Position {
        self.marks.value_at(path)
    }

    /// Returns where the key of the value at `path` stands, or the nearest value around it.
    pub fn key_at(&self, path: &[Step]) -> Position {
        self.marks.key_at(path)
    }
}

/// Reads one document.
pub fn read(text: &[u8], duplicates: Duplicates) -> Result<Document, Error> {
    let text = decode(text)?;
    let nodes = compose::compose(text)?;
    let document = build::build(&nodes)?;
    match document.duplicates.first() {
        Some(duplicate) if duplicates == Duplicates::Refuse => Err(Error::new(
            format!(
                "found duplicate key \"{}\": it stands on line {} already; keep one of the two",
                duplicate.key, duplicate.first.line
            ),
            duplicate.second,
        )),
        _ => Ok(document),
    }
}

fn decode(text: &[u8]) -> Result<&str, Error> {
    if text.len() > BYTES_MAX {
        let message = format!("the file has {} bytes: at most {BYTES_MAX} are read", text.len());
        return Err(Error::new(message, Position::START));
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&text[..error.valid_up_to()]).into_owned();
            let at = end_of(&before);
            return Err(Error::new("the file is not UTF-8 text: save it as UTF-8", at));
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((offset, character)) = text.char_indices().find(|(_, c)| !is_allowed(*c)) {
        let code = u32::from(character);
        let message = format!(
            "the character U+{code:04X} is not allowed in YAML: remove it, or write it as an \
             escape in a double-quoted text"
        );
        return Err(Error::new(message, end_of(&text[..offset])));
    }
    Ok(text)
}

fn is_allowed(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n'
            | '\r'
            | ' '..='~'
            | '\u{85}'
            | '\u{a0}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..
    )
}

/// Returns the position after `text`.
fn end_of(text: &str) -> Position {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Position { line, column }
}
