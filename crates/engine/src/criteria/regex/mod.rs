//! Python's regular expressions: read by Python's grammar, with Python's errors, and then written
//! in the dialect of the matcher. A pattern without look-around and references runs in time linear
//! in the text; the others give up after a number of steps back.

mod emit;
mod escape;
mod group;
mod parse;
mod set;
mod syntax;

use std::sync::Arc;

use super::raise::{Outcome, Raise};

/// How long a pattern may be.
const PATTERN_BYTES_MAX: usize = 32 * 1024;
/// How many steps back one match may take.
const BACKTRACKS_MAX: usize = 50_000;
/// How large the compiled form may be.
const COMPILED_BYTES_MAX: usize = 4 << 20;
/// How many instructions the matcher's program may have.
const INSTRUCTIONS_MAX: usize = 200_000;

/// How an operator uses its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Anywhere in the text.
    Search,
    /// Anywhere, in whatever case.
    SearchFolded,
    /// From the start, and dots match line breaks.
    MatchAll,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Regex {
    /// The form for ASCII.
    plain: Arc<fancy_regex::Regex>,
    /// The form for other texts, and for the empty one, when the pattern has word boundaries.
    exact: Option<Arc<fancy_regex::Regex>>,
}

impl Regex {
    /// Compiles a pattern.
    pub(super) fn new(pattern: &str, mode: Mode) -> Outcome<Self> {
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
        let plain = emit::source(&parsed, at_start, false);
        let exact = Some(emit::source(&parsed, at_start, true)).filter(|exact| *exact != plain);
        Ok(Self { plain: build(&plain)?, exact: exact.as_deref().map(build).transpose()? })
    }

    /// Returns whether the pattern fits the text.
    pub(super) fn is_match(&self, text: &str) -> Outcome<bool> {
        let exact = self.exact.as_ref().filter(|_| text.is_empty() || !text.is_ascii());
        let regex = exact.unwrap_or(&self.plain);
        regex.is_match(text).map_err(|problem| error(problem.to_string()))
    }
}

fn build(source: &str) -> Outcome<Arc<fancy_regex::Regex>> {
    fancy_regex::RegexBuilder::new(source)
        .backtrack_limit(BACKTRACKS_MAX)
        .delegate_size_limit(COMPILED_BYTES_MAX)
        .max_prog_size(INSTRUCTIONS_MAX)
        .build()
        .map(Arc::new)
        .map_err(|problem| error(problem.to_string()))
}

/// Creates the error that Python calls `re.error`.
fn error(message: impl Into<String>) -> Raise {
    Raise::new("error", message)
}
