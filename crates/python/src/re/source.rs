//! A pattern read token by token, with one token of foresight.

use super::chars::is_identifier;
use crate::raise::{Class, Raise};
use crate::text::quote;

/// Why a pattern does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is wrong or too large; the text is Python's.
    #[error("{0}")]
    Pattern(String),
    /// A count of a repetition is too high.
    #[error("the repetition number is too large")]
    Overflow,
}

impl From<Error> for Raise {
    fn from(error: Error) -> Self {
        let class = match error {
            Error::Pattern(_) => Class::Regex,
            Error::Overflow => Class::Overflow,
        };
        Self::new(class, error.to_string())
    }
}

/// A character, or an escaped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    Escape(char),
}

impl Token {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Char(_) => 1,
            Self::Escape(_) => 2,
        }
    }

    pub(super) fn push_to(self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(c),
            Self::Escape(c) => out.extend(['\\', c]),
        }
    }

    /// Returns the plain character.
    pub(super) fn plain(self) -> Option<char> {
        match self {
            Self::Char(c) => Some(c),
            Self::Escape(_) => None,
        }
    }
}

/// The reader.
#[derive(Debug)]
pub(super) struct Source {
    text: Vec<char>,
    index: usize,
    next: Option<Token>,
    torn: bool,
}

impl Source {
    pub(super) fn new(pattern: &str) -> Self {
        let mut source =
            Self { text: pattern.chars().collect(), index: 0, next: None, torn: false };
        source.advance();
        source
    }

    fn advance(&mut self) {
        let Some(&c) = self.text.get(self.index) else {
            self.next = None;
            return;
        };
        if c != '\\' {
            self.index += 1;
            self.next = Some(Token::Char(c));
        } else if let Some(&escaped) = self.text.get(self.index + 1) {
            self.index += 2;
            self.next = Some(Token::Escape(escaped));
        } else {
            self.next = None;
            self.torn = true;
        }
    }

    /// Returns whether the pattern ends in a lone backslash that has come into sight.
    pub(super) fn is_torn(&self) -> bool {
        self.torn
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.next
    }

    /// Returns the coming plain character.
    pub(super) fn peek_char(&self) -> Option<char> {
        self.next.and_then(Token::plain)
    }

    pub(super) fn take(&mut self) -> Option<Token> {
        let token = self.next;
        self.advance();
        token
    }

    /// Takes a plain character if it comes next.
    pub(super) fn accept(&mut self, wanted: char) -> bool {
        let found = self.next == Some(Token::Char(wanted));
        if found {
            self.advance();
        }
        found
    }

    /// Takes up to `count` plain characters of a kind.
    pub(super) fn take_while(&mut self, count: usize, kind: fn(&char) -> bool) -> String {
        let mut out = String::new();
        while out.len() < count
            && let Some(c) = self.peek_char().filter(kind)
        {
            out.push(c);
            self.advance();
        }
        out
    }

    /// Returns the place of the next token.
    pub(super) fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes back to a place.
    pub(super) fn seek(&mut self, place: usize) {
        self.index = place;
        self.torn = false;
        self.advance();
    }

    /// Makes an error `back` characters before the next token.
    pub(super) fn error(&self, message: impl Into<String>, back: usize) -> Error {
        self.error_at(message, self.tell().saturating_sub(back))
    }

    /// Makes an error at a place.
    pub(super) fn error_at(&self, message: impl Into<String>, place: usize) -> Error {
        let (message, place) = if self.torn {
            ("bad escape (end of pattern)".to_owned(), self.text.len() - 1)
        } else {
            (message.into(), place)
        };
        let mut out = format!("{message} at position {place}");
        if self.text.contains(&'\n') {
            let before = &self.text[..place.min(self.text.len())];
            let line = before.iter().filter(|c| **c == '\n').count() + 1;
            let last = before.iter().rposition(|c| *c == '\n');
            let column = last.map_or(place + 1, |last| place - last);
            out = format!("{out} (line {line}, column {column})");
        }
        Error::Pattern(out)
    }

    /// Takes the name of a group and what ends it.
    pub(super) fn name(&mut self, end: char) -> Result<String, Error> {
        let mut name = String::new();
        loop {
            let Some(token) = self.take() else {
                return Err(if name.is_empty() {
                    self.error("missing group name", 0)
                } else {
                    let length = name.chars().count();
                    self.error(format!("missing {end}, unterminated name"), length)
                });
            };
            if token == Token::Char(end) {
                break;
            }
            token.push_to(&mut name);
        }
        if name.is_empty() {
            return Err(self.error("missing group name", 1));
        }
        Ok(name)
    }

    /// Refuses a name that is no identifier.
    pub(super) fn check_name(&self, name: &str) -> Result<(), Error> {
        if is_identifier(name) {
            return Ok(());
        }
        let message = format!("bad character in group name {}", quote(name));
        Err(self.error(message, name.chars().count() + 1))
    }
}
