//! A pattern with both engines behind it: linear time where that is possible, else backtracking
//! with a budget.

use std::sync::Arc;

use regex::RegexBuilder;

use super::backtracker::Backtracker;
use super::compile::width;
use super::linear;
use super::machine::{BUDGET, Exhausted, Match, Start};
use super::parse::parse;
use super::source::Error;

/// How large the form of a pattern for the `regex` crate may be.
const COMPILED_BYTES_MAX: usize = 2 << 20;

/// What a pattern is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To tell whether it is found anywhere: `re.search`.
    Search,
    /// To tell whether it matches at the start: `re.match`.
    Match,
    /// To find where it matches, and its groups.
    Captures,
}

/// The byte offsets of a match and of each of its groups.
pub type Spans = Vec<Option<(usize, usize)>>;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Regex {
    /// The form that matches in linear time, where there is one.
    linear: Option<regex::Regex>,
    /// Whether `linear` agrees with Python in ASCII only.
    is_ascii_only: bool,
    /// Whether matches of nothing are to be found, which `linear` does not find as Python does.
    may_be_empty: bool,
    /// The form that is matched by backtracking, where it may be needed.
    backtracker: Option<Arc<Backtracker>>,
    purpose: Purpose,
    groups: usize,
    names: Vec<(String, usize)>,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &str, flags: u8, purpose: Purpose) -> Result<Self, Error> {
        let parsed = parse(pattern, flags)?;
        let (groups, names) = (parsed.groups, parsed.names.clone());
        let source = linear::source(&parsed, purpose == Purpose::Captures);
        let is_ascii_only = source.as_ref().is_some_and(|source| source.has_boundaries);
        let linear = source.and_then(|source| {
            let text = match purpose {
                Purpose::Match => format!(r"\A(?:{})", source.text),
                Purpose::Search | Purpose::Captures => source.text,
            };
            RegexBuilder::new(&text).size_limit(COMPILED_BYTES_MAX).build().ok()
        });
        let may_be_empty = purpose == Purpose::Captures && width(&parsed.tree).0 == 0;
        let is_enough = linear.is_some() && !is_ascii_only && !may_be_empty;
        let backtracker =
            if is_enough { None } else { Some(Arc::new(Backtracker::from_parsed(parsed)?)) };
        Ok(Self { linear, is_ascii_only, may_be_empty, backtracker, purpose, groups, names })
    }

    /// Returns the number of groups; group 0 is the match itself.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Returns the names of groups with their numbers, in order.
    #[must_use]
    pub fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// Returns whether the pattern is found in a text, or matches at its start.
    pub fn is_match(&self, text: &str) -> Result<bool, Exhausted> {
        if let Some(linear) = self.linear(text) {
            return Ok(linear.is_match(text));
        }
        let Some(backtracker) = &self.backtracker else { return Ok(false) };
        let text: Vec<char> = text.chars().collect();
        let start = Start { is_fixed: self.purpose == Purpose::Match, ..Start::default() };
        backtracker.find(&text, start, &mut { BUDGET }).map(|found| found.is_some())
    }

    /// Finds all matches, as `re.finditer` does.
    pub fn find_all<'r, 't>(&'r self, text: &'t str) -> Matches<'r, 't> {
        match self.linear(text).filter(|_| !self.may_be_empty) {
            Some(linear) => Matches(Engine::Linear(linear.captures_iter(text))),
            None => Matches(Engine::Backtracker {
                backtracker: self.backtracker.as_deref(),
                text: text.chars().collect(),
                offsets: offsets(text),
                start: Start::default(),
            }),
        }
    }

    /// Returns the linear form where it agrees with Python on a text: about word boundaries they
    /// differ beyond ASCII, and in the empty text.
    fn linear(&self, text: &str) -> Option<&regex::Regex> {
        let agrees = !self.is_ascii_only || (text.is_ascii() && !text.is_empty());
        self.linear.as_ref().filter(|_| agrees)
    }
}

/// Returns the byte offset of each character and of the end; none where they count alike.
fn offsets(text: &str) -> Option<Vec<usize>> {
    let offsets = || text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect();
    (!text.is_ascii()).then(offsets)
}

/// The matches of a pattern in a text.
pub struct Matches<'r, 't>(Engine<'r, 't>);

enum Engine<'r, 't> {
    Linear(regex::CaptureMatches<'r, 't>),
    Backtracker {
        /// The pattern; none once a search took too many steps.
        backtracker: Option<&'r Backtracker>,
        text: Vec<char>,
        /// The byte offset of each character, where it differs from its index.
        offsets: Option<Vec<usize>>,
        /// Where the next search begins.
        start: Start,
    },
}

impl Iterator for Matches<'_, '_> {
    type Item = Result<Spans, Exhausted>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Engine::Linear(matches) => {
                let captures = matches.next()?;
                let spans = captures.iter().map(|group| group.map(|g| (g.start(), g.end())));
                Some(Ok(spans.collect()))
            }
            Engine::Backtracker { backtracker, text, offsets, start } => {
                let found = match backtracker.as_ref()?.find(text, *start, &mut { BUDGET }) {
                    Ok(found) => found?,
                    Err(exhausted) => {
                        *backtracker = None;
                        return Some(Err(exhausted));
                    }
                };
                *start = Start::after(&found);
                Some(Ok(spans(&found, offsets.as_deref())))
            }
        }
    }
}

fn spans(found: &Match, offsets: Option<&[usize]>) -> Spans {
    let byte = |at: usize| offsets.map_or(at, |offsets| offsets[at]);
    let groups = (0..found.groups()).map(|group| found.group(group));
    groups.map(|group| group.map(|(from, to)| (byte(from), byte(to)))).collect()
}
