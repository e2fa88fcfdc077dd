//! Escapes, outside and inside of sets.

use super::parse::Parser;
use super::source::Error;
use super::tree::{At, Category, Item, Node, Set};

impl Parser {
    /// Parses what an escape outside of sets means.
    pub(super) fn escape(&mut self, c: char) -> Result<Node, Error> {
        let node = match c {
            'A' => Node::At(At::BeginText),
            'Z' => Node::At(At::EndText),
            'b' => Node::At(At::Word),
            'B' => Node::At(At::NotWord),
            '0' => {
                let digits = self.source.take_while(2, is_octal);
                Node::Literal(number(&digits, 8).unwrap_or('\0'))
            }
            '1'..='9' => self.numbered(c)?,
            c => match self.shared_escape(c)? {
                item @ Item::Category { .. } => {
                    Node::Set(Set { negative: false, items: vec![item] })
                }
                Item::Char(c) | Item::Range(c, _) => Node::Literal(c),
            },
        };
        Ok(node)
    }

    /// Parses what an escape in a set means.
    pub(super) fn class_escape(&mut self, c: char) -> Result<Item, Error> {
        match c {
            'b' => Ok(Item::Char('\u{8}')),
            '0'..='7' => {
                let digits = format!("{c}{}", self.source.take_while(2, is_octal));
                self.octal(&digits).map(Item::Char)
            }
            '8' | '9' => Err(self.source.error(format!("bad escape \\{c}"), 2)),
            c => self.shared_escape(c),
        }
    }

    fn octal(&self, digits: &str) -> Result<char, Error> {
        let code = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
        if code > 0o377 {
            let message = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.source.error(message, digits.len() + 1));
        }
        Ok(char::from_u32(code).unwrap_or('\0'))
    }

    /// Parses a reference to a group, or an octal number.
    fn numbered(&mut self, c: char) -> Result<Node, Error> {
        let mut digits = String::from(c);
        digits.push_str(&self.source.take_while(1, char::is_ascii_digit));
        let octal = digits.len() == 2 && digits.chars().all(|digit| is_octal(&digit));
        if octal && let Some(third) = self.source.peek_char().filter(is_octal) {
            self.source.take();
            digits.push(third);
            return self.octal(&digits).map(Node::Literal);
        }
        let group = digits.parse().unwrap_or(usize::MAX);
        if group >= self.closed.len() {
            let message = format!("invalid group reference {group}");
            return Err(self.source.error(message, digits.len()));
        }
        if !self.closed[group] {
            return Err(self.source.error("cannot refer to an open group", digits.len() + 1));
        }
        self.check_lookbehind(group)?;
        Ok(Node::Backref(group))
    }

    /// Refuses a reference inside of a look-behind to what the same look-behind captures.
    pub(super) fn check_lookbehind(&self, group: usize) -> Result<(), Error> {
        let Some(first) = self.lookbehind else { return Ok(()) };
        if !self.closed.get(group).copied().unwrap_or(false) {
            return Err(self.source.error("cannot refer to an open group", 0));
        }
        if group >= first {
            let message = "cannot refer to group defined in the same lookbehind subpattern";
            return Err(self.source.error(message, 0));
        }
        Ok(())
    }

    fn shared_escape(&mut self, c: char) -> Result<Item, Error> {
        let category = |category, negative| Ok(Item::Category { category, negative });
        match c {
            'd' => category(Category::Digit, false),
            'D' => category(Category::Digit, true),
            's' => category(Category::Space, false),
            'S' => category(Category::Space, true),
            'w' => category(Category::Word, false),
            'W' => category(Category::Word, true),
            'a' => Ok(Item::Char('\u{7}')),
            'f' => Ok(Item::Char('\u{c}')),
            'n' => Ok(Item::Char('\n')),
            'r' => Ok(Item::Char('\r')),
            't' => Ok(Item::Char('\t')),
            'v' => Ok(Item::Char('\u{b}')),
            'x' => self.hexadecimal(c, 2).map(Item::Char),
            'u' => self.hexadecimal(c, 4).map(Item::Char),
            'U' => self.hexadecimal(c, 8).map(Item::Char),
            'N' => self.named(),
            c if c.is_ascii_alphabetic() => Err(self.source.error(format!("bad escape \\{c}"), 2)),
            c => Ok(Item::Char(c)),
        }
    }

    fn named(&mut self) -> Result<Item, Error> {
        if !self.source.accept('{') {
            return Err(self.source.error("missing {", 0));
        }
        let name = self.source.name('}')?;
        let back = name.chars().count() + 4;
        Err(self.source.error(format!("undefined character name '{name}'"), back))
    }

    fn hexadecimal(&mut self, c: char, count: usize) -> Result<char, Error> {
        let digits = self.source.take_while(count, char::is_ascii_hexdigit);
        let back = digits.len() + 2;
        if digits.len() != count {
            return Err(self.source.error(format!("incomplete escape \\{c}{digits}"), back));
        }
        let message = || format!("bad escape \\{c}{digits}");
        number(&digits, 16).ok_or_else(|| self.source.error(message(), back))
    }
}

fn is_octal(c: &char) -> bool {
    ('0'..='7').contains(c)
}

fn number(digits: &str, radix: u32) -> Option<char> {
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
}
