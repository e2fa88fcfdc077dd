//! Reads sets of characters.

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
