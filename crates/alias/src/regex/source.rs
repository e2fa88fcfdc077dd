//! A pattern read token by token, with one token of foresight.

use super::chars::{is_identifier, quote};

/// What is wrong with a pattern, in Python's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Problem(pub(crate) String);

/// A character, or an escaped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    Escape(char),
}

impl Token {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Char(_) => 1,
            Self::Escape(_) => 2,
        }
    }

    pub(crate) fn push_to(self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(c),
            Self::Escape(c) => out.extend(['\\', c]),
        }
    }

    /// Returns the plain character.
    pub(crate) fn plain(self) -> Option<char> {
        match self {
            Self::Char(c) => Some(c),
            Self::Escape(_) => None,
        }
    }
}

/// The reader.
#[derive(Debug)]
pub(crate) struct Source {
    text: Vec<char>,
    index: usize,
    next: Option<Token>,
    torn: bool,
}

impl Source {
    pub(crate) fn new(pattern: &str) -> Self {
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
    pub(crate) fn is_torn(&self) -> bool {
        self.torn
    }

    pub(crate) fn peek(&self) -> Option<Token> {
        self.next
    }

    /// Returns the coming plain character.
    pub(crate) fn peek_char(&self) -> Option<char> {
        self.next.and_then(Token::plain)
    }

    pub(crate) fn take(&mut self) -> Option<Token> {
        let token = self.next;
        self.advance();
        token
    }

    /// Takes a plain character if it comes next.
    pub(crate) fn accept(&mut self, wanted: char) -> bool {
        let found = self.next == Some(Token::Char(wanted));
        if found {
            self.advance();
        }
        found
    }

    /// Takes up to `count` plain characters of a kind.
    pub(crate) fn take_while(&mut self, count: usize, kind: fn(&char) -> bool) -> String {
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
    pub(crate) fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes back to a place.
    pub(crate) fn seek(&mut self, place: usize) {
        self.index = place;
        self.torn = false;
        self.advance();
    }

    /// Makes an error `back` characters before the next token.
    pub(crate) fn error(&self, message: impl Into<String>, back: usize) -> Problem {
        self.error_at(message, self.tell().saturating_sub(back))
    }

    /// Makes an error at a place.
    pub(crate) fn error_at(&self, message: impl Into<String>, place: usize) -> Problem {
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
        Problem(out)
    }

    /// Takes the name of a group and what ends it.
    pub(crate) fn name(&mut self, end: char) -> Result<String, Problem> {
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
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Problem> {
        if is_identifier(name) {
            return Ok(());
        }
        let message = format!("bad character in group name {}", quote(name));
        Err(self.error(message, name.chars().count() + 1))
    }
}
