//! Reads a pattern token by token: a character, or a backslash with the character after it. Knows
//! the position for messages, counted in characters.

use super::Error;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) c: char,
    pub(super) escaped: bool,
}

impl Token {
    pub(super) fn len(self) -> usize {
        1 + usize::from(self.escaped)
    }

    pub(super) fn is(self, c: char) -> bool {
        !self.escaped && self.c == c
    }

    pub(super) fn text(self) -> String {
        if self.escaped { format!("\\{}", self.c) } else { self.c.to_string() }
    }
}

/// The tokens of a pattern.
pub(super) struct Lexer {
    chars: Vec<char>,
    index: usize,
    next: Option<Token>,
}

impl Lexer {
    pub(super) fn new(pattern: &str) -> Result<Self, Error> {
        let mut lexer = Self { chars: pattern.chars().collect(), index: 0, next: None };
        lexer.advance()?;
        Ok(lexer)
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.next
    }

    pub(super) fn peeks(&self, c: char) -> bool {
        self.next.is_some_and(|token| token.is(c))
    }

    /// Returns the next token if it is a bare character that the test accepts.
    pub(super) fn peek_char(&self, accepts: impl Fn(char) -> bool) -> Option<char> {
        self.next.filter(|token| !token.escaped && accepts(token.c)).map(|token| token.c)
    }

    pub(super) fn get(&mut self) -> Result<Option<Token>, Error> {
        let token = self.next;
        self.advance()?;
        Ok(token)
    }

    pub(super) fn accept(&mut self, c: char) -> Result<bool, Error> {
        let found = self.peeks(c);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Takes up to `limit` characters that the test accepts.
    pub(super) fn get_while(
        &mut self,
        limit: usize,
        accepts: impl Fn(char) -> bool,
    ) -> Result<String, Error> {
        let mut out = String::new();
        while out.len() < limit {
            let Some(c) = self.peek_char(&accepts) else { break };
            out.push(c);
            self.advance()?;
        }
        Ok(out)
    }

    /// Takes a name up to its terminator, and the terminator.
    pub(super) fn get_until(&mut self, terminator: char, noun: &str) -> Result<String, Error> {
        let mut name = String::new();
        loop {
            let token = self.get()?;
            let Some(token) = token else {
                if name.is_empty() {
                    return Err(self.error(format!("missing {noun}"), 0));
                }
                let message = format!("missing {terminator}, unterminated name");
                return Err(self.error(message, name.chars().count()));
            };
            if token.is(terminator) {
                if name.is_empty() {
                    return Err(self.error(format!("missing {noun}"), 1));
                }
                return Ok(name);
            }
            name.push_str(&token.text());
        }
    }

    pub(super) fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    pub(super) fn seek(&mut self, index: usize) -> Result<(), Error> {
        self.index = index;
        self.advance()
    }

    /// Returns an error that lies `back` characters before the next token.
    pub(super) fn error(&self, message: impl Into<String>, back: usize) -> Error {
        self.error_at(message, self.tell().saturating_sub(back))
    }

    pub(super) fn error_at(&self, message: impl Into<String>, position: usize) -> Error {
        Error::at(message.into(), position, &self.chars)
    }

    fn advance(&mut self) -> Result<(), Error> {
        let Some(&c) = self.chars.get(self.index) else {
            self.next = None;
            return Ok(());
        };
        if c != '\\' {
            self.index += 1;
            self.next = Some(Token { c, escaped: false });
            return Ok(());
        }
        let Some(&c) = self.chars.get(self.index + 1) else {
            let last = self.chars.len() - 1;
            return Err(self.error_at("bad escape (end of pattern)", last));
        };
        self.index += 2;
        self.next = Some(Token { c, escaped: true });
        Ok(())
    }
}
