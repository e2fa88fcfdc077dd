//! Python's classes of characters.

use std::sync::LazyLock;

use regex::Regex;

static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}_]$").ok());
static IDENTIFIER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{XID_Start}_]\p{XID_Continue}*$").ok());

fn belongs(class: &Option<Regex>, c: char) -> bool {
    let mut buffer = [0; 4];
    class.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut buffer)))
}

/// Returns whether `\d` matches a character.
pub(super) fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { c.is_numeric() && belongs(&DIGIT, c) }
}

/// Returns whether `\w` matches a character.
pub(super) fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { belongs(&WORD, c) }
}

/// Returns whether a text can name a group.
pub(super) fn is_identifier(name: &str) -> bool {
    IDENTIFIER.as_ref().is_some_and(|class| class.is_match(name)) && !name.ends_with('\n')
}

/// Characters that Python holds equal where case is ignored, though their lower cases differ: each
/// with the one that stands for it.
const EQUAL: [(char, char); 18] = [
    ('\u{130}', 'i'),
    ('\u{131}', 'i'),
    ('\u{17f}', 's'),
    ('\u{b5}', '\u{3bc}'),
    ('\u{345}', '\u{3b9}'),
    ('\u{1fbe}', '\u{3b9}'),
    ('\u{1fd3}', '\u{390}'),
    ('\u{1fe3}', '\u{3b0}'),
    ('\u{3d0}', '\u{3b2}'),
    ('\u{3f5}', '\u{3b5}'),
    ('\u{3d1}', '\u{3b8}'),
    ('\u{3f0}', '\u{3ba}'),
    ('\u{3d6}', '\u{3c0}'),
    ('\u{3f1}', '\u{3c1}'),
    ('\u{3c2}', '\u{3c3}'),
    ('\u{3d5}', '\u{3c6}'),
    ('\u{1e9b}', '\u{1e61}'),
    ('\u{fb06}', '\u{fb05}'),
];

/// Returns the character that stands for all those that are equal where case is ignored.
#[inline]
#[must_use]
pub fn fold(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { fold_wide(c) }
}

fn fold_wide(c: char) -> char {
    let stands_for = |c: char| EQUAL.iter().find(|(other, _)| *other == c).map(|(_, one)| *one);
    if let Some(one) = stands_for(c) {
        return one;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => stands_for(one).unwrap_or(one),
        _ => c,
    }
}

/// Returns the upper case of a character, where it is one character.
fn unfold(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Returns the characters that are equal to one where case is ignored.
pub(super) fn other_cases(c: char) -> impl Iterator<Item = char> {
    let folded = fold(c);
    let is_plain = folded.is_ascii() && !matches!(folded, 'i' | 's');
    let others = if is_plain { &EQUAL[..0] } else { &EQUAL[..] };
    let others = others.iter().filter(move |(_, one)| *one == folded).map(|(other, _)| *other);
    [folded, unfold(folded)].into_iter().chain(others.flat_map(|c| [c, unfold(c)]))
}
