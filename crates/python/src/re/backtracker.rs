//! A pattern that is matched by backtracking. Compiling one costs a few microseconds, so that the
//! formats of thousands of aliases can wait as text.

use super::compile::compile;
use super::machine::{self, Exhausted, Match, Start};
use super::op::Program;
use super::parse::{Parsed, parse};
use super::source::Error;

/// A compiled pattern.
#[derive(Debug)]
pub struct Backtracker {
    program: Program,
    names: Vec<(String, usize)>,
}

impl Backtracker {
    /// Compiles a pattern.
    pub fn new(pattern: &str, flags: u8) -> Result<Self, Error> {
        Self::from_parsed(parse(pattern, flags)?)
    }

    /// Compiles a parsed pattern.
    pub fn from_parsed(parsed: Parsed) -> Result<Self, Error> {
        let program = compile(&parsed)?;
        Ok(Self { program, names: parsed.names })
    }

    /// Returns the names of groups with their numbers, in order.
    #[must_use]
    pub fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// Finds the first match.
    pub fn search(&self, text: &[char], budget: &mut u64) -> Result<Option<Match>, Exhausted> {
        self.find(text, Start::default(), budget)
    }

    /// Finds all matches, as `re.finditer` does.
    pub fn find_all(&self, text: &[char], budget: &mut u64) -> Result<Vec<Match>, Exhausted> {
        let mut all: Vec<Match> = Vec::new();
        let mut start = Start::default();
        while let Some(found) = self.find(text, start, budget)? {
            start = Start::after(&found);
            all.push(found);
        }
        Ok(all)
    }

    /// Finds the first match from a start on.
    pub(super) fn find(
        &self,
        text: &[char],
        start: Start,
        budget: &mut u64,
    ) -> Result<Option<Match>, Exhausted> {
        machine::search(&self.program, text, start, budget)
    }
}
