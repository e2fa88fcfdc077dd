//! Parentheses: groups, flags, look-around, conditions and comments.

use super::parse::Parser;
use super::source::{Error, Token};
use super::tree::{ASCII, DOTALL, IGNORECASE, MULTILINE, Node, TEMPLATE, UNICODE, VERBOSE};
use crate::text::quote;

const UNTERMINATED: &str = "missing ), unterminated subpattern";

/// A parenthesis that was opened.
#[derive(Debug, Clone, Copy)]
struct Open {
    start: usize,
    verbose: bool,
    nested: usize,
}

impl Parser {
    /// Parses a group after its parenthesis; none where it matches nothing by itself.
    pub(super) fn group(
        &mut self,
        verbose: &mut bool,
        nested: usize,
        first: bool,
    ) -> Result<Option<Node>, Error> {
        let open = Open { start: self.source.tell() - 1, verbose: *verbose, nested };
        if !self.source.accept('?') {
            return self.capture(open, None).map(Some);
        }
        let c = self.extension("")?;
        match c {
            'P' => self.named_extension(open).map(Some),
            ':' => {
                let body = self.body(open)?;
                Ok(Some(Node::Group { index: None, add: 0, remove: 0, body }))
            }
            '>' => self.body(open).map(|body| Some(Node::Atomic(body))),
            '#' => self.comment(open).map(|()| None),
            '=' | '!' => self.look(open, c == '!', false).map(Some),
            '<' => match self.extension("<")? {
                c @ ('=' | '!') => self.look(open, c == '!', true).map(Some),
                c => Err(self.unknown("<", c)),
            },
            '(' => self.conditional(open).map(Some),
            c if c == '-' || flag(c).is_some() => {
                let Some((add, remove)) = self.inline_flags(c)? else {
                    if !first {
                        let message = "global flags not at the start of the expression";
                        return Err(self.source.error_at(message, open.start));
                    }
                    *verbose = self.flags & VERBOSE != 0;
                    return Ok(None);
                };
                let verbose = (open.verbose || add & VERBOSE != 0) && remove & VERBOSE == 0;
                let body = self.body(Open { verbose, ..open })?;
                Ok(Some(Node::Group { index: None, add, remove, body }))
            }
            c => Err(self.unknown("", c)),
        }
    }

    /// Takes the character that says what kind of group this is.
    fn extension(&mut self, before: &str) -> Result<char, Error> {
        match self.source.take() {
            Some(Token::Char(c)) => Ok(c),
            Some(Token::Escape(c)) => Err(self
                .source
                .error(format!("unknown extension ?{before}\\{c}"), before.len() + 3)),
            None => Err(self.source.error("unexpected end of pattern", 0)),
        }
    }

    fn unknown(&self, before: &str, c: char) -> Error {
        self.source.error(format!("unknown extension ?{before}{c}"), before.len() + 2)
    }

    fn body(&mut self, open: Open) -> Result<Vec<Node>, Error> {
        let body = self.alternatives(open.verbose, open.nested + 1)?;
        self.close(open)?;
        Ok(body)
    }

    fn close(&mut self, open: Open) -> Result<(), Error> {
        if self.source.accept(')') {
            return Ok(());
        }
        Err(self.source.error_at(UNTERMINATED, open.start))
    }

    fn capture(&mut self, open: Open, name: Option<String>) -> Result<Node, Error> {
        let index = self.closed.len();
        self.closed.push(false);
        if let Some(name) = name {
            if let Some((_, known)) = self.names.iter().find(|(known, _)| *known == name) {
                let quoted = quote(&name);
                let message = format!(
                    "redefinition of group name {quoted} as group {index}; was group {known}"
                );
                return Err(self.source.error(message, name.chars().count() + 1));
            }
            self.names.push((name, index));
        }
        let body = self.body(open)?;
        self.closed[index] = true;
        Ok(Node::Group { index: Some(index), add: 0, remove: 0, body })
    }

    fn named_extension(&mut self, open: Open) -> Result<Node, Error> {
        if self.source.accept('<') {
            let name = self.source.name('>')?;
            self.source.check_name(&name)?;
            return self.capture(open, Some(name));
        }
        if !self.source.accept('=') {
            let c = self.extension("P")?;
            return Err(self.unknown("P", c));
        }
        let name = self.source.name(')')?;
        self.source.check_name(&name)?;
        let group = self.known(&name)?;
        if !self.closed[group] {
            let back = name.chars().count() + 1;
            return Err(self.source.error("cannot refer to an open group", back));
        }
        self.check_lookbehind(group)?;
        Ok(Node::Backref(group))
    }

    fn known(&self, name: &str) -> Result<usize, Error> {
        let known = self.names.iter().find(|(known, _)| known == name);
        known.map(|(_, group)| *group).ok_or_else(|| {
            let message = format!("unknown group name {}", quote(name));
            self.source.error(message, name.chars().count() + 1)
        })
    }

    fn comment(&mut self, open: Open) -> Result<(), Error> {
        loop {
            match self.source.take() {
                Some(Token::Char(')')) => return Ok(()),
                Some(_) => {}
                None => {
                    return Err(self
                        .source
                        .error_at("missing ), unterminated comment", open.start));
                }
            }
        }
    }

    fn look(&mut self, open: Open, negative: bool, behind: bool) -> Result<Node, Error> {
        let before = self.lookbehind;
        if behind && before.is_none() {
            self.lookbehind = Some(self.closed.len());
        }
        let body = self.alternatives(open.verbose, open.nested + 1)?;
        self.lookbehind = before;
        self.close(open)?;
        if negative && body.is_empty() {
            return Ok(Node::Fail);
        }
        Ok(Node::Look { behind, negative, body })
    }

    fn conditional(&mut self, open: Open) -> Result<Node, Error> {
        let name = self.source.name(')')?;
        let back = name.chars().count() + 1;
        let group = if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let group = name.parse::<usize>().unwrap_or(usize::MAX);
            if group == 0 {
                return Err(self.source.error("bad group number", back));
            }
            if group > PATTERN_GROUPS_MAX {
                return Err(self.source.error(format!("invalid group reference {name}"), back));
            }
            self.references.push((group, self.source.tell() - back));
            group
        } else {
            self.source.check_name(&name)?;
            self.known(&name)?
        };
        self.check_lookbehind(group)?;
        let yes = self.sequence(open.verbose, open.nested + 1, false)?;
        let no = if self.source.accept('|') {
            let no = self.sequence(open.verbose, open.nested + 1, false)?;
            if self.source.peek_char() == Some('|') {
                let message = "conditional backref with more than two branches";
                return Err(self.source.error(message, 0));
            }
            no
        } else {
            Vec::new()
        };
        self.close(open)?;
        Ok(Node::Conditional { group, yes, no })
    }

    /// Parses flags; none where they hold for the whole pattern.
    fn inline_flags(&mut self, c: char) -> Result<Option<(u8, u8)>, Error> {
        let mut add = 0;
        let mut c = c;
        while c != '-' {
            add |= self.flag_of(c)?;
            if add & ASCII != 0 && add & UNICODE != 0 {
                let message = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
                return Err(self.source.error(message, 0));
            }
            c = self.next_flag("missing -, : or )", ")-:")?;
            if c == ')' {
                self.flags |= add;
                return Ok(None);
            }
            if c == ':' {
                return Ok(Some((add, 0)));
            }
        }
        let mut remove = 0;
        let mut c = self.next_flag("missing flag", "")?;
        while c != ':' {
            let flag = self.flag_of(c)?;
            if flag & (ASCII | UNICODE) != 0 {
                let message = "bad inline flags: cannot turn off flags 'a', 'u' and 'L'";
                return Err(self.source.error(message, 0));
            }
            remove |= flag;
            c = self.next_flag("missing :", ":")?;
        }
        if add & remove != 0 {
            return Err(self.source.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, remove)))
    }

    fn flag_of(&self, c: char) -> Result<u8, Error> {
        flag(c).filter(|flag| *flag != 0).ok_or_else(|| {
            let message = "bad inline flags: cannot use 'L' flag with a str pattern";
            self.source.error(message, 0)
        })
    }

    /// Takes the next flag, or one of the characters that end flags.
    fn next_flag(&mut self, missing: &str, ends: &str) -> Result<char, Error> {
        match self.source.take() {
            Some(Token::Char(c)) if ends.contains(c) || flag(c).is_some() => Ok(c),
            Some(Token::Char(c)) if c.is_alphabetic() => Err(self.source.error("unknown flag", 1)),
            Some(token) => Err(self.source.error(missing, token.len())),
            None => Err(self.source.error(missing, 0)),
        }
    }
}

/// The largest number of a group that a condition may name.
const PATTERN_GROUPS_MAX: usize = 1_073_741_823;

/// Returns what a letter turns on; nothing for the one that texts refuse.
fn flag(c: char) -> Option<u8> {
    match c {
        'i' => Some(IGNORECASE),
        'm' => Some(MULTILINE),
        's' => Some(DOTALL),
        'x' => Some(VERBOSE),
        't' => Some(TEMPLATE),
        'a' => Some(ASCII),
        'u' => Some(UNICODE),
        'L' => Some(0),
        _ => None,
    }
}
