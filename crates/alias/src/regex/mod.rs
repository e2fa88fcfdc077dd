//! Python's regular expressions, as far as formats need them: the same syntax, the same errors and
//! the same choice among matches.
//!
//! The tree is what Python's own parser would show, because StackStorm looks for anchors in it. It
//! is matched by backtracking with a budget, so that nothing runs away, and compiling one costs a
//! few microseconds, so that thousands can wait as text.

mod chars;
mod class;
mod compile;
mod escape;
mod group;
mod machine;
mod op;
mod parse;
mod source;
mod tree;

pub(crate) use chars::{fold, is_space};
pub(crate) use machine::{BUDGET, Exhausted, Match};
pub(crate) use parse::{Parsed, parse};
pub(crate) use source::Problem;
pub(crate) use tree::{At, Category, DOTALL, IGNORECASE, Item, MULTILINE, Node, Set, has_anchor};

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Regex {
    program: op::Program,
    names: Vec<(String, usize)>,
}

impl Regex {
    /// Compiles a pattern.
    pub(crate) fn new(pattern: &str, flags: u8) -> Result<Self, Problem> {
        Self::from_parsed(parse(pattern, flags)?)
    }

    /// Compiles what was parsed.
    pub(crate) fn from_parsed(parsed: Parsed) -> Result<Self, Problem> {
        let program = compile::compile(&parsed)?;
        Ok(Self { program, names: parsed.names })
    }

    /// Returns the names of groups, in order, with their numbers.
    pub(crate) fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// Finds the first match at or after a place.
    pub(crate) fn search(
        &self,
        text: &[char],
        from: usize,
        budget: &mut u64,
    ) -> Result<Option<Match>, Exhausted> {
        machine::search(&self.program, text, machine::Start { from, advance: false }, budget)
    }

    /// Finds all matches, as `finditer` does.
    pub(crate) fn find_all(
        &self,
        text: &[char],
        budget: &mut u64,
    ) -> Result<Vec<Match>, Exhausted> {
        let mut all: Vec<Match> = Vec::new();
        let mut start = machine::Start { from: 0, advance: false };
        while let Some(found) = machine::search(&self.program, text, start, budget)? {
            let (from, to) = found.whole();
            start = machine::Start { from: to, advance: from == to };
            all.push(found);
        }
        Ok(all)
    }
}
