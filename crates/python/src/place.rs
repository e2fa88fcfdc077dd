//! Places in a document: paths of keys and indices, and the lines and columns they stand on.

use std::{collections::HashMap, fmt};

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Position {
    /// The start of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One step of a path into a value. Indices sort before keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The index of a list.
    Index(usize),
    /// The key of an object.
    Key(String),
}

impl Step {
    /// Returns the step to the value of `key`.
    pub fn key(key: impl Into<String>) -> Self {
        Self::Key(key.into())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Key(key) => f.write_str(key),
        }
    }
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::key(key)
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Where a value, its key and everything in it stand.
#[derive(Debug, Clone)]
pub(crate) struct Marks {
    pub(crate) value: Position,
    pub(crate) key: Option<Position>,
    pub(crate) inside: HashMap<Step, Self>,
}

impl Marks {
    pub(crate) fn value_at(&self, path: &[Step]) -> Position {
        self.nearest(path).value
    }

    pub(crate) fn key_at(&self, path: &[Step]) -> Position {
        let nearest = self.nearest(path);
        nearest.key.unwrap_or(nearest.value)
    }

    fn nearest(&self, path: &[Step]) -> &Self {
        let mut marks = self;
        for step in path {
            match marks.inside.get(step) {
                Some(inside) => marks = inside,
                None => return marks,
            }
        }
        marks
    }
}
