//! The trailing `key=value` pairs of a command.
//!
//! StackStorm finds them by `.*?((pair\s*)*)$`, where a pair is
//! `(?:^|\s+)\s*(\S+?)\s*=(""|''|"(.+?)"|'(.+?)'|({.+?})|(\S+))`. Tried as written, that takes
//! exponential time. Only where the run of pairs begins matters, and whether the rest of the text
//! from a place on can be read as pairs is found from right to left in one walk.

use python::is_space;

/// Whether a text may be a key.
pub(crate) type IsKey = fn(&[char]) -> bool;

/// A key and its value.
pub(crate) type Pair = (String, String);

/// Accepts every key, as StackStorm does.
pub(crate) fn any_key(_: &[char]) -> bool {
    true
}

/// Accepts keys that can name a parameter, and so no addresses and options.
pub(crate) fn plain_key(key: &[char]) -> bool {
    let inner = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    key.first().is_some_and(|c| c.is_alphabetic() || *c == '_') && key.iter().all(inner)
}

/// Returns where the longest run of pairs at the end begins.
pub(crate) fn run_start(text: &[char], is_key: IsKey) -> Option<usize> {
    if !text.contains(&'=') {
        return None;
    }
    let mut tail = Tail::new(text);
    let mut start = None;
    for at in (0..=text.len()).rev() {
        let pair = tail.pair_from(at, is_key);
        if pair && at < text.len() {
            start = Some(at);
        }
        tail.note(at, pair);
    }
    start
}

/// What is known about the text from a place on.
struct Tail<'a> {
    text: &'a [char],
    /// Whether the text from here on is blank or begins with blanks and is a run of pairs.
    good: Vec<bool>,
    /// Whether a closing mark that is followed by a good place lies here or later.
    closed: [Vec<bool>; 3],
    /// Where the blanks end, and where the word ends.
    word: Vec<usize>,
    end: Vec<usize>,
}

const CLOSING: [char; 3] = ['"', '\'', '}'];

impl<'a> Tail<'a> {
    fn new(text: &'a [char]) -> Self {
        let size = text.len();
        let flags = || vec![false; size + 2];
        let (mut word, mut end) = (vec![size; size + 1], vec![size; size + 1]);
        for at in (0..size).rev() {
            word[at] = if is_space(text[at]) { word[at + 1] } else { at };
            end[at] = if is_space(text[at]) { at } else { end[at + 1] };
        }
        Self { text, good: flags(), closed: [flags(), flags(), flags()], word, end }
    }

    /// Returns whether pairs up to the end begin here.
    fn pair_from(&self, at: usize, is_key: IsKey) -> bool {
        let blank = self.text.get(at).is_some_and(|c| is_space(*c));
        if at != 0 && !blank {
            return false;
        }
        let word = self.word[at];
        key_ends(self.text, word, self.end[word], self.word[self.end[word]])
            .any(|(key, value)| is_key(&self.text[word..key]) && self.value_from(value))
    }

    fn value_from(&self, at: usize) -> bool {
        let text = self.text;
        let empty = empty_quotes(text, at) && self.good[at + 2];
        let mark = text.get(at).and_then(|c| closing(*c));
        let quoted = mark.is_some_and(|mark| at + 2 <= text.len() && self.closed[mark][at + 2]);
        let bare = at < text.len() && self.end[at] > at && self.good[self.end[at]];
        empty || quoted || bare
    }

    fn note(&mut self, at: usize, pair: bool) {
        let blank = self.text.get(at).is_some_and(|c| is_space(*c));
        self.good[at] = self.word[at] == self.text.len() || (pair && blank);
        for (mark, closing) in CLOSING.iter().enumerate() {
            let here = self.text.get(at) == Some(closing) && self.good[at + 1];
            self.closed[mark][at] = here || self.closed[mark][at + 1];
        }
    }
}

fn closing(opening: char) -> Option<usize> {
    match opening {
        '"' => Some(0),
        '\'' => Some(1),
        '{' => Some(2),
        _ => None,
    }
}

fn empty_quotes(text: &[char], at: usize) -> bool {
    matches!(text.get(at..at + 2), Some(['"', '"'] | ['\'', '\'']))
}

/// Returns the ends of the key that begins at `word`, each with the place of its value.
fn key_ends(
    text: &[char],
    word: usize,
    end: usize,
    next: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let inside = (word + 1..end).filter(|at| text[*at] == '=').map(|at| (at, at + 1));
    let apart = end > word && next > end && text.get(next) == Some(&'=');
    inside.chain(apart.then_some((end, next + 1)))
}

/// Returns the pairs of a run, as `findall` does.
pub(crate) fn find(text: &[char], is_key: IsKey) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let blank = is_space(text[at]);
        let found = if at == 0 || blank { pair_at(text, at, is_key) } else { None };
        match found {
            Some((key, value, to)) => {
                pairs.push((key, value));
                at = to;
            }
            None if blank => at += text[at..].iter().take_while(|c| is_space(**c)).count(),
            None => at += text[at..].iter().take_while(|c| !is_space(**c)).count(),
        }
    }
    pairs
}

fn pair_at(text: &[char], at: usize, is_key: IsKey) -> Option<(String, String, usize)> {
    let skip = |at: usize, blank: bool| {
        at + text[at..].iter().take_while(|c| is_space(**c) == blank).count()
    };
    let word = skip(at, true);
    let end = skip(word, false);
    key_ends(text, word, end, skip(end, true)).find_map(|(key, place)| {
        let name = &text[word..key];
        let (value, to) = if is_key(name) { value_at(text, place) } else { None }?;
        Some((name.iter().collect(), value, to))
    })
}

fn value_at(text: &[char], at: usize) -> Option<(String, usize)> {
    if empty_quotes(text, at) {
        return Some((String::new(), at + 2));
    }
    let first = *text.get(at)?;
    if let Some(mark) = closing(first)
        && let Some(length) =
            text.get(at + 2..).and_then(|rest| rest.iter().position(|c| *c == CLOSING[mark]))
    {
        let end = at + 2 + length;
        let kept = if first == '{' { &text[at..=end] } else { &text[at + 1..end] };
        return Some((kept.iter().collect(), end + 1));
    }
    let word: String = text[at..].iter().take_while(|c| !is_space(**c)).collect();
    let to = at + word.chars().count();
    (to > at).then_some((word, to))
}
