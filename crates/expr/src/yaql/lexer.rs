//! Cuts a YAQL expression into tokens.

use python::number::{decimal_digit, parse_float, parse_int};
use python::raise::{Class, Outcome, Raise};

/// A token and where it begins, as a byte offset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A text in quotes.
    Text(String),
    /// A whole number.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// A bare word.
    Word(String),
    /// A word with the parenthesis that opens its arguments.
    Function(String),
    /// `$` and the name after it.
    Dollar(String),
    /// A sign or an operator that is a word.
    Sign(&'static str),
}

/// The signs; a longer one stands before its beginning.
const SIGNS: [&str; 21] = [
    "?.", "=~", "!~", "->", ">=", "<=", "!=", "=>", ".", "+", "-", "*", "[", ">", "<", "=", "/",
    "{", "(", ")", "]",
];
const WORDS: [&str; 5] = ["mod", "in", "not", "and", "or"];

/// Cuts an expression into tokens.
pub(super) fn tokens(source: &str) -> Outcome<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            at += 1;
            continue;
        }
        let (kind, length) = token(&source[at..])
            .map_err(|raise| raise.at(at))?
            .ok_or_else(|| illegal(source, at, c))?;
        tokens.push(Token { at, kind });
        at += length;
    }
    Ok(tokens)
}

fn illegal(source: &str, at: usize, c: char) -> Raise {
    let position = source[..at].chars().count();
    let message = format!("Lexical error: illegal character '{c}' at position {position}");
    Raise::new(Class::Lexical, message).at(at)
}

/// Returns the token at the beginning of a text, and its length.
fn token(rest: &str) -> Outcome<Option<(TokenKind, usize)>> {
    let Some(first) = rest.chars().next() else { return Ok(None) };
    if first == '$' {
        let length = 1 + word_length(&rest[1..]);
        return Ok(Some((TokenKind::Dollar(rest[1..length].to_owned()), length)));
    }
    if decimal_digit(first).is_some() {
        return number(rest);
    }
    if is_word(first) {
        return Ok(word(rest));
    }
    if let '\'' | '"' | '`' = first {
        let Some(length) = quoted_length(rest, first) else { return Ok(None) };
        let inside = &rest[1..length - 1];
        let text =
            if first == '`' { inside.replace("\\`", "`") } else { super::escapes::decode(inside)? };
        return Ok(Some((TokenKind::Text(text), length)));
    }
    let extra = [",", "}"];
    let sign = SIGNS.iter().chain(&extra).find(|sign| rest.starts_with(**sign));
    Ok(sign.map(|sign| (TokenKind::Sign(sign), sign.len())))
}

/// Returns whether a character may be part of a word.
fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

fn word(rest: &str) -> Option<(TokenKind, usize)> {
    let length = word_length(rest);
    let name = &rest[..length];
    if rest[length..].starts_with('(') {
        return Some((TokenKind::Function(name.to_owned()), length + 1));
    }
    if name.starts_with("__") {
        return None;
    }
    let kind = match WORDS.iter().find(|operator| **operator == name) {
        Some(operator) => TokenKind::Sign(operator),
        None => TokenKind::Word(name.to_owned()),
    };
    Some((kind, length))
}

fn digits_length(text: &str) -> usize {
    text.find(|c| decimal_digit(c).is_none()).unwrap_or(text.len())
}

fn number(rest: &str) -> Outcome<Option<(TokenKind, usize)>> {
    let whole = digits_length(rest);
    let ends = |length: usize| !rest[length..].starts_with(is_word);
    if let Some(fraction) = rest[whole..].strip_prefix('.') {
        let length = whole + 1 + digits_length(fraction);
        if length > whole + 1 && ends(length) {
            let number = parse_float(&rest[..length])?;
            return Ok(Some((TokenKind::Float(number), length)));
        }
    }
    if !ends(whole) {
        return Ok(None);
    }
    Ok(Some((TokenKind::Int(parse_int(&rest[..whole], 10)?), whole)))
}

/// Returns the length of a text in quotes, the quotes included.
fn quoted_length(rest: &str, quote: char) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some(at + 1);
        }
        if c == '\\' {
            chars.next().filter(|(_, escaped)| *escaped != '\n')?;
        }
    }
    None
}
