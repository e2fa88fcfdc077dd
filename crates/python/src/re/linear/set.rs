//! Sets of characters: how they are written in a pattern, and what they hold.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

use super::parse::{Parser, Read, class};
use super::syntax::{Flags, Item, Set};

impl Parser {
    /// Reads a set behind its `[`.
    pub(super) fn set(&mut self, flags: Flags) -> Read<Set> {
        let begin = self.at - 1;
        let negated = self.take_if('^');
        let mut items = Vec::new();
        loop {
            let from = self.at;
            match self.take() {
                None => return Err(self.fail("unterminated character set", begin)),
                Some(']') if !items.is_empty() => break,
                Some(c) => {
                    let low = self.member(c, from)?;
                    self.range(low, (begin, from), &mut items)?;
                }
            }
        }
        Ok(Set { negated, items, flags })
    }

    /// Reads the upper end of a range, if there is one, and adds what was read.
    fn range(
        &mut self,
        low: Item,
        (begin, from): (usize, usize),
        items: &mut Vec<Item>,
    ) -> Read<()> {
        if !self.take_if('-') {
            items.push(low);
            return Ok(());
        }
        if self.peek() == Some(']') {
            items.push(low);
            items.push(Item::Range('-', '-'));
            return Ok(());
        }
        let at = self.at;
        let Some(c) = self.take() else {
            return Err(self.fail("unterminated character set", begin));
        };
        match (low, self.member(c, at)?) {
            (Item::Range(low, _), Item::Range(high, _)) if low <= high => {
                items.push(Item::Range(low, high));
                Ok(())
            }
            _ => {
                let message = format!("bad character range {}", self.text_from(from));
                Err(self.fail(&message, from))
            }
        }
    }

    fn member(&mut self, c: char, begin: usize) -> Read<Item> {
        if c != '\\' {
            return Ok(Item::Range(c, c));
        }
        let Some(c) = self.take() else {
            return Err(self.fail("bad escape (end of pattern)", begin));
        };
        let character = match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => return Ok(class(c)),
            'b' => '\u{8}',
            '0'..='7' => {
                let digits = self.take_while(2, |c| ('0'..='7').contains(&c));
                self.octal(&format!("{c}{digits}"), begin)?
            }
            '8' | '9' => return Err(self.fail(&format!("bad escape \\{c}"), begin)),
            c => self.character(c, begin)?,
        };
        Ok(Item::Range(character, character))
    }
}

/// The characters of a set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Characters {
    /// A bit for each ASCII character.
    ascii: u128,
    /// All ranges, in order.
    ranges: Vec<(char, char)>,
}

/// What Python's `\w` holds.
pub(super) static WORD: LazyLock<Option<Characters>> =
    LazyLock::new(|| Characters::new(r"[\p{L}\p{N}_]"));

impl Characters {
    /// Makes a set of the matcher's source for it.
    pub(super) fn new(source: &str) -> Option<Self> {
        let hir = regex_syntax::parse(source).ok()?;
        let ranges: Vec<(char, char)> = match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => {
                class.ranges().iter().map(|range| (range.start(), range.end())).collect()
            }
            HirKind::Class(Class::Bytes(class)) => {
                let char_range = |range: &regex_syntax::hir::ClassBytesRange| {
                    (char::from(range.start()), char::from(range.end()))
                };
                class.ranges().iter().map(char_range).collect()
            }
            HirKind::Literal(literal) => {
                let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
                vec![(c, c)]
            }
            HirKind::Empty
            | HirKind::Look(_)
            | HirKind::Repetition(_)
            | HirKind::Capture(_)
            | HirKind::Concat(_)
            | HirKind::Alternation(_) => return None,
        };
        let in_range = |c: &char| ranges.iter().any(|(low, high)| (low..=high).contains(&c));
        let ascii = ('\0'..='\x7f').filter(in_range).fold(0, |bits, c| bits | bit(c));
        Some(Self { ascii, ranges })
    }

    /// Returns whether a character is in the set.
    pub(super) fn holds(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii & bit(c) != 0;
        }
        let after = self.ranges.partition_point(|(low, _)| *low <= c);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, high)| c <= *high)
    }
}

/// Returns the bit of an ASCII character.
fn bit(c: char) -> u128 {
    1 << u32::from(c)
}
