//! Sets in brackets.

use super::parse::Parser;
use super::source::{Error, Token};
use super::tree::{Item, Node, Set};

impl Parser {
    /// Parses a set, after its opening bracket.
    pub(super) fn class(&mut self) -> Result<Node, Error> {
        let here = self.source.tell() - 1;
        let negative = self.source.accept('^');
        let mut items = Vec::new();
        loop {
            let this = self.class_token(here)?;
            if this == Token::Char(']') && !items.is_empty() {
                break;
            }
            let low = self.class_item(this)?;
            if !self.source.accept('-') {
                items.push(low);
                continue;
            }
            let that = self.class_token(here)?;
            if that == Token::Char(']') {
                items.extend([low, Item::Char('-')]);
                break;
            }
            let high = self.class_item(that)?;
            match (low, high) {
                (Item::Char(low), Item::Char(high)) if low <= high => {
                    items.push(Item::Range(low, high));
                }
                _ => return Err(self.bad_range(this, that)),
            }
        }
        Ok(match items.as_slice() {
            [Item::Char(c)] if !negative => Node::Literal(*c),
            _ => Node::Set(Set { negative, items }),
        })
    }

    fn class_token(&mut self, here: usize) -> Result<Token, Error> {
        match self.source.take() {
            Some(token) => Ok(token),
            None => Err(self.source.error_at("unterminated character set", here)),
        }
    }

    fn class_item(&mut self, token: Token) -> Result<Item, Error> {
        match token {
            Token::Char(c) => Ok(Item::Char(c)),
            Token::Escape(c) => self.class_escape(c),
        }
    }

    fn bad_range(&self, this: Token, that: Token) -> Error {
        let mut message = "bad character range ".to_owned();
        this.push_to(&mut message);
        message.push('-');
        that.push_to(&mut message);
        self.source.error(message, this.len() + 1 + that.len())
    }
}
