//! Python's regular expressions: the same syntax, the same errors and the same choice among
//! matches.
//!
//! The tree is what Python's own parser would build, because StackStorm looks for anchors in it.
//! It is matched by backtracking with a budget, and compiling one costs a few microseconds, so
//! that thousands can wait as text.

mod chars;
mod class;
mod compile;
mod escape;
mod group;
pub mod linear;
mod machine;
mod op;
mod parse;
mod source;
mod tree;

pub use chars::fold;
pub use machine::{BUDGET, Exhausted, Match};
pub use parse::{Parsed, parse};
pub use source::Error;
pub use tree::{
    ASCII, At, Category, DOTALL, IGNORECASE, Item, Kind, MULTILINE, Node, Set, TEMPLATE, UNICODE,
    UNLIMITED, VERBOSE,
};

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex {
    program: op::Program,
    names: Vec<(String, usize)>,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &str, flags: u8) -> Result<Self, Error> {
        Self::from_parsed(parse(pattern, flags)?)
    }

    /// Compiles a parsed pattern.
    pub fn from_parsed(parsed: Parsed) -> Result<Self, Error> {
        let program = compile::compile(&parsed)?;
        Ok(Self { program, names: parsed.names })
    }

    /// Returns the names of groups, in order, with their numbers.
    #[must_use]
    pub fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// Finds the first match at or after `from`.
    pub fn search(
        &self,
        text: &[char],
        from: usize,
        budget: &mut u64,
    ) -> Result<Option<Match>, Exhausted> {
        machine::search(&self.program, text, machine::Start { from, advance: false }, budget)
    }

    /// Finds all matches, as `re.finditer` does.
    pub fn find_all(&self, text: &[char], budget: &mut u64) -> Result<Vec<Match>, Exhausted> {
        let mut all: Vec<Match> = Vec::new();
        let mut start = machine::Start { from: 0, advance: false };
        while let Some(found) = machine::search(&self.program, text, start, budget)? {
            let (from, to) = found.bounds();
            start = machine::Start { from: to, advance: from == to };
            all.push(found);
        }
        Ok(all)
    }
}
