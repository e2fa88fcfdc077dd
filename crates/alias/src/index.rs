//! Which of many formats a command may match: a look-up by how it begins, a search for a text
//! that it must contain, and the few formats of which nothing is known.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use crate::literals::Literals;

/// The index. Formats are numbers.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_prefix: HashMap<Box<str>, Vec<u32>>,
    /// The lengths of prefixes, ascending.
    lengths: Vec<usize>,
    inner: Option<AhoCorasick>,
    by_inner: Vec<Vec<u32>>,
    blank: Vec<u32>,
    others: Vec<u32>,
}

impl Index {
    /// Builds the index of formats' literals.
    pub(crate) fn build(all: &[Literals]) -> Self {
        let mut index = Self::default();
        let mut inner: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, literals) in (0_u32..).zip(all) {
            let longest = literals.needs.iter().max_by_key(|need| need.len());
            if literals.blank {
                index.blank.push(number);
            } else if !literals.prefixes.is_empty() {
                for prefix in &literals.prefixes {
                    let key = prefix.as_str().into();
                    index.by_prefix.entry(key).or_default().push(number);
                }
            } else if let Some(need) = longest {
                inner.entry(need).or_default().push(number);
            } else {
                index.others.push(number);
            }
        }
        index.lengths = index.by_prefix.keys().map(|prefix| prefix.len()).collect();
        index.lengths.sort_unstable();
        index.lengths.dedup();
        index.build_inner(inner);
        index
    }

    fn build_inner(&mut self, inner: HashMap<&str, Vec<u32>>) {
        if inner.is_empty() {
            return;
        }
        match AhoCorasick::new(inner.keys()) {
            Ok(automaton) => {
                self.inner = Some(automaton);
                self.by_inner = inner.into_values().collect();
            }
            Err(_) => self.others.extend(inner.into_values().flatten()),
        }
    }

    /// Returns the formats that a command in small letters may match, ascending.
    pub(crate) fn candidates(&self, text: &str) -> Vec<u32> {
        let mut found = self.others.clone();
        if text.is_empty() {
            found.extend(&self.blank);
        }
        for length in &self.lengths {
            if *length > text.len() {
                break;
            }
            let prefix = text.get(..*length);
            found
                .extend(prefix.and_then(|prefix| self.by_prefix.get(prefix)).into_iter().flatten());
        }
        if let Some(automaton) = &self.inner {
            for hit in automaton.find_overlapping_iter(text) {
                found.extend(&self.by_inner[hit.pattern().as_usize()]);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Returns whether a text contains others, one after another.
pub(crate) fn contains_in_order(text: &str, needs: &[Box<str>]) -> bool {
    let mut rest = text;
    for need in needs {
        match rest.find(&**need) {
            Some(at) => rest = &rest[at + need.len()..],
            None => return false,
        }
    }
    true
}
