//! Python's regular expressions, read by Python's grammar and with Python's errors. A pattern
//! without look-around and references becomes one that runs in time linear in the text; the
//! others, and word boundaries beyond ASCII, go to a matcher of our own, which goes back as
//! Python's does and gives up after a number of steps.

mod emit;
mod escape;
mod group;
mod machine;
mod parse;
mod program;
mod set;
mod syntax;

use std::sync::Arc;

use crate::raise::{Class, Outcome, Raise};
use program::Program;

/// How long a pattern may be.
const PATTERN_BYTES_MAX: usize = 32 * 1024;
/// How large the compiled form may be.
const COMPILED_BYTES_MAX: usize = 2 << 20;

/// How an operator uses its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Anywhere in the text.
    Search,
    /// Anywhere, in whatever case.
    SearchFolded,
    /// From the start, and dots match line breaks.
    MatchAll,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Regex {
    /// The form that runs in linear time, where there is one.
    linear: Option<regex::Regex>,
    /// The form for the backtracking matcher, where it may be needed.
    program: Option<Arc<Program>>,
    at_start: bool,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &str, mode: Mode) -> Outcome<Self> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(error("the pattern is too long"));
        }
        let flags = syntax::Flags {
            ignore_case: mode == Mode::SearchFolded,
            dot_all: mode == Mode::MatchAll,
            ..syntax::Flags::default()
        };
        let parsed = parse::parse(pattern, flags)?;
        let at_start = mode == Mode::MatchAll;
        let source = emit::source(&parsed, at_start);
        let linear = source.as_ref().and_then(|source| {
            let mut builder = regex::RegexBuilder::new(&source.text);
            builder.size_limit(COMPILED_BYTES_MAX).build().ok()
        });
        let suffices = linear.is_some() && source.is_some_and(|source| !source.has_boundaries);
        let program = if suffices { None } else { Some(Arc::new(Program::new(&parsed)?)) };
        Ok(Self { linear, program, at_start })
    }

    /// Returns whether the pattern fits the text.
    pub fn is_match(&self, text: &str) -> Outcome<bool> {
        match (&self.linear, &self.program) {
            // Both agree on word boundaries in ASCII, except in the empty text.
            (Some(linear), Some(_)) if text.is_ascii() && !text.is_empty() => {
                Ok(linear.is_match(text))
            }
            (_, Some(program)) => machine::is_match(program, text, self.at_start),
            (Some(linear), None) => Ok(linear.is_match(text)),
            (None, None) => Ok(false),
        }
    }
}

/// Creates the error that Python calls `re.error`.
fn error(message: impl Into<String>) -> Raise {
    Raise::new(Class::Regex, message)
}
