//! The help: what the aliases say of themselves, page by page, and a search that forgives typos.

use python::re::{self, BUDGET, Backtracker, Exhausted, IGNORECASE, fold};
use serde_json::Value;

use crate::matcher::Matcher;
use crate::phrase::distance;

/// One line of help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HelpString {
    /// The pack.
    pub pack: String,
    /// What to say.
    pub display: String,
    /// What it does.
    pub description: Option<String>,
}

/// A page of help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Help {
    /// How many lines there are on all pages.
    pub available: usize,
    /// The lines of this page.
    pub helpstrings: Vec<HelpString>,
}

/// Why there is no help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelpError {
    /// The filter is no regular expression; the text is Python's.
    #[error("{0}")]
    Filter(String),
    /// The filter takes too many steps.
    #[error("the filter took too long")]
    Exhausted,
}

impl From<re::Error> for HelpError {
    fn from(error: re::Error) -> Self {
        Self::Filter(error.to_string())
    }
}

impl From<Exhausted> for HelpError {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl Matcher {
    /// Returns the help of all enabled aliases, in the order in which they were given: of one pack
    /// where that is wanted, and of displays in which the filter, a regular expression, is found. A limit below one
    /// means no limit.
    pub fn help(
        &self,
        filter: Option<&str>,
        pack: Option<&str>,
        limit: i64,
        offset: i64,
    ) -> Result<Help, HelpError> {
        let filter = match filter {
            None | Some("") => None,
            Some(filter) => Some(Backtracker::new(filter, IGNORECASE)?),
        };
        let pack = pack.filter(|pack| !pack.is_empty());
        let mut budget = 4 * BUDGET;
        let mut available = 0;
        let mut helpstrings = Vec::new();
        for line in
            self.lines().into_iter().filter(|line| pack.is_none_or(|pack| line.pack == pack))
        {
            if let Some(filter) = &filter {
                let display: Vec<char> = line.display.chars().collect();
                if filter.search(&display, &mut budget)?.is_none() {
                    continue;
                }
            }
            if shown(available, limit, offset) {
                helpstrings.push(line);
            }
            available += 1;
        }
        let available = usize::try_from(available).unwrap_or(usize::MAX);
        Ok(Help { available, helpstrings })
    }

    /// Returns the help that words are about, best first. A word may have a typo.
    pub fn search(&self, words: &str) -> Vec<HelpString> {
        let wanted: Vec<String> = split(words).take(WORDS_MAX).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(usize, HelpString)> = Vec::new();
        for line in self.lines() {
            let said: Vec<String> = split(&line.display).chain(split(&line.pack)).collect();
            let description: Vec<String> =
                split(line.description.as_deref().unwrap_or_default()).collect();
            let costs = wanted.iter().map(|word| {
                let said = closest(word, &said);
                said.or_else(|| closest(word, &description).map(|cost| cost + 1))
            });
            if let Some(cost) = costs.sum::<Option<usize>>() {
                hits.push((cost, line));
            }
        }
        hits.sort_by_key(|(cost, _)| *cost);
        hits.into_iter().map(|(_, line)| line).collect()
    }

    /// Returns every line of help, in order.
    fn lines(&self) -> Vec<HelpString> {
        let mut out = Vec::new();
        for alias in self.aliases.iter().filter(|alias| alias.enabled) {
            for format in &alias.formats {
                let display = format.get("display").unwrap_or(format);
                let display = display.as_str().filter(|display| !display.is_empty());
                out.extend(display.map(|display| HelpString {
                    pack: alias.pack.clone(),
                    display: display.to_owned(),
                    description: alias.description.clone(),
                }));
            }
        }
        out
    }
}

const WORDS_MAX: usize = 16;

/// Returns whether the line with a number is on the page.
fn shown(number: i64, limit: i64, offset: i64) -> bool {
    match (offset, limit) {
        (0, limit) if limit > 0 => number < limit,
        (offset, 0) if offset > 0 => number >= offset,
        (offset, limit) if offset > 0 && limit > 0 => {
            number >= offset && number < offset.saturating_add(limit)
        }
        _ => true,
    }
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(|word| word.chars().map(fold).collect())
}

/// Returns how far the closest of the words is: none at all, or a beginning, or a typo or two.
fn closest(word: &str, words: &[String]) -> Option<usize> {
    let length = word.chars().count();
    let typos = if length >= 8 { 2 } else { usize::from(length >= 4) };
    let cost = |other: &String| {
        if other == word {
            return Some(0);
        }
        if length >= 2 && other.starts_with(word) {
            return Some(1);
        }
        if length >= 4 && other.contains(word) {
            return Some(2);
        }
        distance(word, other, typos).map(|typos| 2 + typos)
    };
    words.iter().filter_map(cost).min()
}

impl Help {
    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
