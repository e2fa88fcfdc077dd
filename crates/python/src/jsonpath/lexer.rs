//! The tokens of a path.

use super::limit;
use crate::raise::{Class, Outcome, Raise};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A field's name, bare or quoted.
    Name(String),
    /// A number.
    Number(i64),
    /// A name between backquotes.
    Operator(String),
    /// `..`.
    DoubleDot,
    /// `where`.
    Where,
    /// Any other mark.
    Mark(char),
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// The line, from 1.
    pub(super) line: usize,
    /// The column, from 0.
    pub(super) column: usize,
}

impl Token {
    /// Returns the error that this token does not belong here.
    pub(super) fn misplaced(&self) -> Raise {
        let (token, kind) = match &self.kind {
            Kind::Name(name) => (name.clone(), "ID"),
            Kind::Number(number) => (number.to_string(), "NUMBER"),
            Kind::Operator(name) => (name.clone(), "NAMED_OPERATOR"),
            Kind::DoubleDot => ("..".to_owned(), "DOUBLEDOT"),
            Kind::Where => ("where".to_owned(), "WHERE"),
            Kind::Mark(mark) => return self.misplaced_as(mark.to_string(), mark.to_string()),
        };
        self.misplaced_as(token, kind.to_owned())
    }

    fn misplaced_as(&self, token: String, kind: String) -> Raise {
        let Self { line, column, .. } = self;
        let message = format!("Parse error at {line}:{column} near token {token} ({kind})");
        Raise::new(Class::Exception, message)
    }
}

/// Splits a path into tokens.
pub(super) fn tokens(text: &str) -> Outcome<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line, mut line_start) = (0, 1, 0);
    while let Some(&c) = chars.get(at) {
        let begin = at;
        let kind = match c {
            ' ' | '\t' => {
                at += 1;
                continue;
            }
            '\n' => {
                at += 1;
                (line, line_start) = (line + 1, begin);
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' | '@' => name(&chars, &mut at),
            '\'' | '"' | '`' => quoted(&chars, &mut at)?,
            '.' if chars.get(at + 1) == Some(&'.') => {
                at += 2;
                Kind::DoubleDot
            }
            '*' | '.' | '[' | ']' | '(' | ')' | '$' | ',' | ':' | '|' | '&' => {
                at += 1;
                Kind::Mark(c)
            }
            c => match number(&chars, &mut at)? {
                Some(number) => Kind::Number(number),
                None => {
                    let column = begin - line_start;
                    let message =
                        format!("Error on line {line}, col {column}: Unexpected character: {c} ");
                    return Err(Raise::new(Class::JsonPath, message));
                }
            },
        };
        // A quoted name is known by its closing quote.
        let from = if matches!(c, '\'' | '"' | '`') { at - 1 } else { begin };
        tokens.push(Token { kind, line, column: from.saturating_sub(line_start) });
    }
    Ok(tokens)
}

fn name(chars: &[char], at: &mut usize) -> Kind {
    let begin = *at;
    while chars.get(*at).is_some_and(|c| c.is_ascii_alphanumeric() || "_@-".contains(*c)) {
        *at += 1;
    }
    let name: String = chars[begin..*at].iter().collect();
    if name == "where" { Kind::Where } else { Kind::Name(name) }
}

fn number(chars: &[char], at: &mut usize) -> Outcome<Option<i64>> {
    let begin = *at;
    let mut end = begin + usize::from(chars[begin] == '-');
    let digits = end;
    while chars.get(end).is_some_and(char::is_ascii_digit) {
        end += 1;
    }
    if end == digits {
        return Ok(None);
    }
    *at = end;
    let text: String = chars[begin..end].iter().collect();
    text.parse().map(Some).map_err(|_| limit())
}

fn quoted(chars: &[char], at: &mut usize) -> Outcome<Kind> {
    let quote = chars[*at];
    let mut text = String::new();
    *at += 1;
    loop {
        match chars.get(*at) {
            None => return Err(open_quote()),
            Some('\\') => {
                let escaped = chars.get(*at + 1).filter(|c| **c != '\n').ok_or_else(open_quote)?;
                text.push(*escaped);
                *at += 2;
            }
            Some(c) if *c == quote => {
                *at += 1;
                let operator = quote == '`';
                return Ok(if operator { Kind::Operator(text) } else { Kind::Name(text) });
            }
            Some(c) => {
                text.push(*c);
                *at += 1;
            }
        }
    }
}

fn open_quote() -> Raise {
    Raise::new(Class::JsonPath, "Unexpected EOF in string literal or identifier")
}
