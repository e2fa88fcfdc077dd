//! Complaints: what is wrong with a file, where, and what to do about it.

use std::{fmt, path::PathBuf};

use python::place::Position;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The content is used, but something about it is not as its author thinks.
    Warning,
    /// The content is not used.
    Error,
}

impl Level {
    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// How bad it is.
    pub level: Level,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, why, and what to do.
    pub message: String,
}

impl Complaint {
    pub(crate) fn new(level: Level, file: PathBuf, at: Position, message: String) -> Self {
        Self { level, file, line: at.line, column: at.column, message }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, level) = (self.file.display(), self.level.as_str());
        write!(f, "{file}:{}:{}: {level}: {}", self.line, self.column, self.message)
    }
}
