//! Backslash sequences, outside and inside sets.

use super::Error;
use super::ast::{At, Class, Item, Node, Set};
use super::lexer::{Lexer, Token};
use super::parse::Parser;
use super::unicode;

impl Parser {
    /// Reads what a backslash stands for outside a set.
    pub(super) fn escape(&mut self, token: Token) -> Result<Node, Error> {
        if let Some(at) = place(token.c) {
            return Ok(Node::At(at));
        }
        if let Some(item) = category(token.c) {
            return Ok(Node::Set(Set { negate: false, items: vec![item] }));
        }
        if let Some(code) = control(token.c) {
            return Ok(Node::Literal(code));
        }
        if let Some(code) = coded(&mut self.lexer, token)? {
            return Ok(Node::Literal(code));
        }
        match token.c {
            '0' => {
                let digits = self.lexer.get_while(2, is_octal)?;
                Ok(Node::Literal(number(&digits, 8)))
            }
            '1'..='9' => self.numbered(token),
            _ => plain(&self.lexer, token).map(Node::Literal),
        }
    }

    /// Reads an octal code or a reference to a group.
    fn numbered(&mut self, token: Token) -> Result<Node, Error> {
        let mut digits = String::from(token.c);
        if let Some(second) = self.lexer.peek_char(|c| c.is_ascii_digit()) {
            digits.push(second);
            self.lexer.get()?;
            let octal = is_octal(token.c) && is_octal(second);
            if let Some(third) = self.lexer.peek_char(is_octal).filter(|_| octal) {
                digits.push(third);
                self.lexer.get()?;
                return octal_code(&self.lexer, &digits).map(Node::Literal);
            }
        }
        let group = number(&digits, 10) as usize;
        let length = digits.len() + 1;
        if group >= self.groups() {
            let message = format!("invalid group reference {group}");
            return Err(self.lexer.error(message, length - 1));
        }
        self.check_reference(group, length)?;
        Ok(Node::Backreference(group))
    }
}

/// Reads what a backslash stands for inside a set.
pub(super) fn in_set(lexer: &mut Lexer, token: Token) -> Result<Item, Error> {
    let control = if token.c == 'b' { Some(8) } else { control(token.c) };
    if let Some(code) = control {
        return Ok(Item::One(code));
    }
    if let Some(item) = category(token.c) {
        return Ok(item);
    }
    if let Some(code) = coded(lexer, token)? {
        return Ok(Item::One(code));
    }
    if is_octal(token.c) {
        let digits = format!("{}{}", token.c, lexer.get_while(2, is_octal)?);
        return octal_code(lexer, &digits).map(Item::One);
    }
    if token.c.is_ascii_digit() {
        return Err(lexer.error(format!("bad escape {}", token.text()), 2));
    }
    plain(lexer, token).map(Item::One)
}

fn plain(lexer: &Lexer, token: Token) -> Result<u32, Error> {
    if token.c.is_ascii_alphabetic() {
        return Err(lexer.error(format!("bad escape {}", token.text()), 2));
    }
    Ok(u32::from(token.c))
}

/// Reads the escapes that spell a code point.
fn coded(lexer: &mut Lexer, token: Token) -> Result<Option<u32>, Error> {
    let length = match token.c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        'N' => return named(lexer).map(Some),
        _ => return Ok(None),
    };
    let digits = lexer.get_while(length, |c| c.is_ascii_hexdigit())?;
    let text = format!("{}{digits}", token.text());
    if digits.len() != length {
        return Err(lexer.error(format!("incomplete escape {text}"), text.len()));
    }
    let code = number(&digits, 16);
    if code > 0x10_ffff {
        return Err(lexer.error(format!("bad escape {text}"), text.len()));
    }
    Ok(Some(code))
}

/// Refuses a character's name: the names are not known here.
fn named(lexer: &mut Lexer) -> Result<u32, Error> {
    if !lexer.accept('{')? {
        return Err(lexer.error("missing {", 0));
    }
    let name = lexer.get_until('}', "character name")?;
    let message = format!("undefined character name {}", unicode::repr(&name));
    Err(lexer.error(message, name.chars().count() + 4))
}

fn octal_code(lexer: &Lexer, digits: &str) -> Result<u32, Error> {
    let code = number(digits, 8);
    if code > 0o377 {
        let message = format!("octal escape value \\{digits} outside of range 0-0o377");
        return Err(lexer.error(message, digits.len() + 1));
    }
    Ok(code)
}

fn number(digits: &str, radix: u32) -> u32 {
    u32::from_str_radix(digits, radix).unwrap_or(if digits.is_empty() { 0 } else { u32::MAX })
}

fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}

fn control(c: char) -> Option<u32> {
    let code = match c {
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => 92,
        _ => return None,
    };
    Some(code)
}

fn category(c: char) -> Option<Item> {
    let class = match c.to_ascii_lowercase() {
        'd' => Class::Digit,
        's' => Class::Space,
        'w' => Class::Word,
        _ => return None,
    };
    Some(Item::Category { class, negate: c.is_ascii_uppercase() })
}

fn place(c: char) -> Option<At> {
    let at = match c {
        'A' => At::BeginningOfText,
        'Z' => At::EndOfText,
        'b' => At::Boundary,
        'B' => At::NoBoundary,
        _ => return None,
    };
    Some(at)
}
