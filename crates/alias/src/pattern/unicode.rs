//! What Python's `re` and `str` think of characters: spaces, digits, words, case, identifiers and
//! the way a text is quoted in a message.

use std::sync::LazyLock;

use regex::Regex;

/// Returns whether `\s` matches the character in a Unicode pattern.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..='\x20' | '\u{85}' | '\u{a0}' | '\u{1680}')
        || matches!(c, '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}')
        || matches!(c, '\u{205f}' | '\u{3000}')
}

/// Returns whether `\d` matches the character in a Unicode pattern.
pub(crate) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && DIGIT.is_match(c.encode_utf8(&mut [0; 4])))
}

/// Returns whether `\w` matches the character in a Unicode pattern.
pub(crate) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    WORD.is_match(c.encode_utf8(&mut [0; 4]))
}

/// Returns whether Python takes the text for an identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    IDENTIFIER.is_match(text)
}

/// Returns the character that stands for all characters which differ from it by case alone.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    match lower {
        '\u{1fd3}' => return '\u{390}',
        '\u{1fe3}' => return '\u{3b0}',
        '\u{fb05}' => return '\u{fb06}',
        other => drop(other),
    }
    let mut upper = lower.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        (_, _) => lower,
    }
}

/// Returns the text as Python's `repr` writes it.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&escape(c)),
        }
    }
    out.push(quote);
    out
}

fn is_printable(c: char) -> bool {
    c == ' ' || !UNPRINTABLE.is_match(c.encode_utf8(&mut [0; 4]))
}

fn escape(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

static DIGIT: LazyLock<Regex> = LazyLock::new(|| class(r"\p{Nd}"));
static WORD: LazyLock<Regex> = LazyLock::new(|| class(r"[\p{L}\p{N}_]"));
static UNPRINTABLE: LazyLock<Regex> = LazyLock::new(|| class(r"[\p{C}\p{Z}]"));
static IDENTIFIER: LazyLock<Regex> =
    LazyLock::new(|| class(r"^[\p{XID_Start}_]\p{XID_Continue}*\z"));

fn class(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the classes above are well-formed")
}
