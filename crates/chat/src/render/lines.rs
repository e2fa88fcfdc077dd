//! A text into lines that fit.
//!
//! The text may be the output of a command: megabytes, any bytes. So what is not shown is only
//! counted, and escape sequences and control characters never get through.

use std::borrow::Cow;

use crate::Limits;

/// StackStorm's border between the text of a message and its attachment.
const BORDER: &str = "{~}";
/// How many bytes a character has at most.
const CHARACTER_BYTES_MAX: usize = 4;
/// How often the line about what is left out is adapted to what is left out.
const ROUNDS_MAX: usize = 8;

/// Returns `text` in lines within `limits`; when it is cut, the last line says how much is left
/// out, and `more` how to get it.
pub(super) fn fit(text: &str, more: Option<&str>, limits: &Limits) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = text.replace(BORDER, "\n");
    let source: Vec<Cow<'_, str>> = logical_lines(&text, limits.blank_lines).collect();
    let limits = Limits { lines_max: limits.lines_max.max(1), ..*limits };
    let mut kept = fill(&source, &limits);
    if kept.source_used == source.len() {
        return kept.lines;
    }
    // The marker takes room too, how much depends on what it says.
    let mut marker = vec![String::new()];
    let mut marker_bytes = 0;
    for _ in 0..ROUNDS_MAX {
        let left = Limits {
            lines_max: limits.lines_max.saturating_sub(marker.len()),
            bytes_max: limits.bytes_max.saturating_sub(marker_bytes),
            ..limits
        };
        kept = fill(&source, &left);
        let next = wrap_within(&mark(&source, &kept, more), &limits);
        let is_settled = next.len() <= marker.len()
            && (bytes(&next) <= marker_bytes || limits.bytes_max == usize::MAX);
        marker_bytes = marker_bytes.max(bytes(&next));
        marker = next;
        if is_settled {
            break;
        }
    }
    kept.lines.append(&mut marker);
    kept.lines
}

/// Returns how many bytes these lines take, a line break after each included.
pub(super) fn bytes(lines: &[String]) -> usize {
    lines.iter().map(|line| line.len() + 1).sum()
}

/// Wraps a text and drops the lines that go beyond the limits.
fn wrap_within(text: &str, limits: &Limits) -> Vec<String> {
    let mut lines = wrap(text, limits.line_bytes_max.min(limits.bytes_max.saturating_sub(1)));
    lines.truncate(limits.lines_max);
    while lines.len() > 1 && bytes(&lines) > limits.bytes_max {
        lines.pop();
    }
    lines
}

/// The beginning of a text, wrapped.
#[derive(Default)]
struct Kept {
    lines: Vec<String>,
    /// How many bytes the lines take, a line break after each included.
    bytes: usize,
    /// Whether nothing more fits.
    is_full: bool,
    /// How many source lines are in it from end to end.
    source_used: usize,
    /// How many bytes of the next source line are in it too.
    bytes_used: usize,
}

fn fill(source: &[Cow<'_, str>], limits: &Limits) -> Kept {
    let mut kept = Kept::default();
    for line in source {
        let mut rest: Option<&str> = Some(line);
        while let Some(text) = rest {
            rest = kept.add(text, limits);
            if let Some(left) = rest.filter(|_| kept.is_full) {
                kept.bytes_used = line.len() - left.len();
                return kept;
            }
        }
        kept.source_used += 1;
    }
    kept
}

impl Kept {
    /// Adds the first piece of `text`, if there is room for it. Returns what is left of it.
    fn add<'t>(&mut self, text: &'t str, limits: &Limits) -> Option<&'t str> {
        let bytes_left = limits.bytes_max.checked_sub(self.bytes);
        let bytes_left = bytes_left.filter(|left| *left >= text.len().min(CHARACTER_BYTES_MAX));
        let Some(bytes_left) = bytes_left.filter(|_| self.lines.len() < limits.lines_max) else {
            self.is_full = true;
            return Some(text);
        };
        let (piece, rest) = split(text, limits.line_bytes_max.min(bytes_left));
        self.lines.push(piece.to_owned());
        self.bytes += piece.len() + 1;
        // A word that would fit into a line is not broken for the last bytes.
        self.is_full = rest.is_some() && bytes_left < limits.line_bytes_max;
        rest
    }
}

/// Says what is left out.
fn mark(source: &[Cow<'_, str>], kept: &Kept, more: Option<&str>) -> String {
    let left = source.get(kept.source_used..).unwrap_or_default();
    let bytes = left.iter().map(|line| line.len() + 1).sum::<usize>() - kept.bytes_used;
    let noun = if left.len() == 1 { "line" } else { "lines" };
    let what = format!("… {} more {noun} ({})", left.len(), size(bytes));
    match more {
        Some(more) => format!("{what}: {}", clean(&more.replace('\n', " "))),
        None => what,
    }
}

/// Returns a size as people read it.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000.. => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn logical_lines(text: &str, blank_lines: bool) -> impl Iterator<Item = Cow<'_, str>> {
    // A lone carriage return draws a progress bar: each state of it is a line.
    text.split('\n')
        .flat_map(|line| line.trim_end_matches('\r').split('\r'))
        .map(|line| match clean(line) {
            Cow::Borrowed(line) => Cow::Borrowed(line.trim_end()),
            Cow::Owned(line) => Cow::Owned(line.trim_end().to_owned()),
        })
        .filter(move |line| blank_lines || !line.is_empty())
}

/// Returns `text` wrapped at word borders into pieces of at most `bytes_max` bytes.
pub(crate) fn wrap(text: &str, bytes_max: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (piece, next) = split(text, bytes_max);
        pieces.push(piece.to_owned());
        rest = next;
    }
    pieces
}

/// Splits off the first piece; never inside a character, and in a word only when that is longer
/// than a line.
fn split(text: &str, bytes_max: usize) -> (&str, Option<&str>) {
    // With less room than that nothing would move.
    let bytes_max = bytes_max.max(CHARACTER_BYTES_MAX);
    if text.len() <= bytes_max {
        return (text, None);
    }
    let hard = hard_border(text, bytes_max);
    let indent = text.len() - text.trim_start_matches(' ').len();
    // The space that ends the piece may be the first byte that no longer fits.
    let window = text.get(..=hard).or_else(|| text.get(..hard)).unwrap_or(text);
    let soft = window.rfind(' ').filter(|&at| at > indent);
    let (piece, rest) = text.split_at(soft.unwrap_or(hard));
    let rest = rest.trim_start_matches(' ');
    (piece.trim_end_matches(' '), (!rest.is_empty()).then_some(rest))
}

/// Returns where to split inside a word: not between a letter and its accents if that can be.
fn hard_border(text: &str, bytes_max: usize) -> usize {
    let last = text.floor_char_boundary(bytes_max);
    let mut at = last;
    while at > bytes_max / 2 {
        let (before, after) = text.split_at(at);
        if !after.starts_with(is_joined) && !before.ends_with('\u{200d}') {
            return at;
        }
        at = text.floor_char_boundary(at - 1);
    }
    last
}

/// Returns whether a character is drawn onto the one before it.
fn is_joined(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Returns whether a character changes what is seen of the others: control characters, and those
/// that turn the direction of writing around.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns `line` without escape sequences and control characters; tabs become spaces.
pub(crate) fn clean(line: &str) -> Cow<'_, str> {
    if !line.chars().any(|character| is_deceptive(character) || is_line_end(character)) {
        return Cow::Borrowed(line);
    }
    let mut cleaned = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\t' => cleaned.push_str("    "),
            character if is_line_end(character) => cleaned.push(' '),
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                // Parameters, then one letter that ends the sequence.
                while characters.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                characters.next_if(|c| matches!(c, '@'..='~'));
            }
            character if is_deceptive(character) => {}
            character => cleaned.push(character),
        }
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, limits: Limits, expected: &[&str]) {
        assert_eq!(fit(text, None, &limits), expected, "{text:?}");
    }

    /// Returns the limits of IRC, where lines are short and blank ones do not exist.
    fn irc(lines_max: usize, line_bytes_max: usize) -> Limits {
        Limits { lines_max, line_bytes_max, blank_lines: false, ..Limits::NONE }
    }

    /// Returns the limits of a network that counts only all bytes.
    fn in_all(bytes_max: usize) -> Limits {
        Limits { bytes_max, ..Limits::NONE }
    }

    #[test]
    fn lines_are_kept_and_blank_ones_dropped() {
        check("one\r\n\n  two \n\n", irc(9, 80), &["one", "  two"]);
        check("one\n\ntwo", Limits::NONE, &["one", "", "two"]);
        check(" \n", irc(9, 80), &[]);
    }

    #[test]
    fn border_between_text_and_attachment_is_a_line_break() {
        check("done{~}all fine", irc(9, 80), &["done", "all fine"]);
    }

    #[test]
    fn long_lines_are_wrapped_at_words() {
        check("aaa bbb ccc", irc(9, 7), &["aaa bbb", "ccc"]);
        check("aaa bbb ccc", irc(9, 6), &["aaa", "bbb", "ccc"]);
        check("  aaaaaaaa", irc(9, 6), &["  aaaa", "aaaa"]);
        check("äöüäöü", irc(9, 5), &["äö", "üä", "öü"]);
        check("🦀🦀", irc(9, 1), &["🦀", "🦀"]);
        check("aaae\u{301}x", irc(9, 4), &["aaa", "e\u{301}x"]);
        let marks = format!("a{}", "\u{301}".repeat(3));
        check(&marks, irc(9, 4), &["a\u{301}", "\u{301}\u{301}"]);
    }

    #[test]
    fn escape_sequences_and_controls_never_get_through() {
        check("\u{1b}[31mred\u{1b}[0m\u{7}\u{1}\u{9b}", Limits::NONE, &["red"]);
        check("a\tb", irc(9, 80), &["a    b"]);
        check("a\u{2028}b \u{202e}cod.exe\u{2066}", Limits::NONE, &["a b cod.exe"]);
        check("\u{1}ACTION waves\u{1}", irc(9, 80), &["ACTION waves"]);
    }

    #[test]
    fn long_text_says_how_much_is_left_out_and_how_to_get_it() {
        let text: String = (1..=30).map(|n| format!("line {n:02}\n")).collect();
        let lines = fit(&text, Some("`result 3f2a1c` shows the rest"), &irc(4, 80));
        let marker = "… 27 more lines (216 B): `result 3f2a1c` shows the rest";
        assert_eq!(lines, ["line 01", "line 02", "line 03", marker]);
    }

    #[test]
    fn marker_that_is_long_takes_lines_of_the_text() {
        let text = "word ".repeat(100);
        let lines = fit(&text, Some("a long explanation of how to get the rest"), &irc(5, 30));
        assert_eq!(lines.len(), 5);
        assert!(lines[2].starts_with("… 1 more line (4"), "{lines:?}");
        assert!(lines.iter().all(|line| line.len() <= 30), "{lines:?}");
    }

    #[test]
    fn text_that_fits_exactly_is_whole() {
        check("1\n2\n3", irc(3, 80), &["1", "2", "3"]);
        check("1\n2\n3\n4", irc(3, 80), &["1", "2", "… 2 more lines (4 B)"]);
        check("1\n2", irc(0, 80), &["… 2 more lines (4 B)"]);
    }

    #[test]
    fn megabyte_is_cut_to_a_screen() {
        let text = "0123456789 ".repeat(100_000);
        let lines = fit(&text, None, &irc(20, 400));
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[19], "… 1 more line (1.0 MB)");
    }

    #[test]
    fn marker_is_cut_to_the_lines_of_a_message() {
        assert_eq!(fit("1\n2\n3", Some(&"x ".repeat(99)), &irc(2, 8)), ["… 3", "more"]);
    }

    #[test]
    fn text_is_cut_to_the_bytes_of_a_message() {
        check("one\ntwo", in_all(7), &["one", "two"]);
        let text = "one two three four five six seven";
        check(text, in_all(30), &["one two", "… 1 more line (26 B)"]);
        check(text, in_all(33), &[text]);
        check("a\n\nb", in_all(4), &["a", "", "b"]);
        let text = "0123456789\n".repeat(100);
        let lines = fit(&text, Some("`result 3f2a1c` shows the rest"), &in_all(200));
        assert_eq!(lines.len(), 14);
        assert_eq!(lines[13], "… 88 more lines (958 B): `result 3f2a1c` shows the rest");
    }

    proptest::proptest! {
        #[test]
        fn no_message_is_too_long(text in "[a-zäé🦀 \n]{0,300}", bytes in 40_usize..200) {
            let limits = Limits { line_bytes_max: 50, ..in_all(bytes) };
            let joined = fit(&text, Some("more"), &limits).join("\n");
            proptest::prop_assert!(joined.len() <= bytes, "{} {joined:?}", joined.len());
        }

        #[test]
        fn no_line_is_too_long_or_lost(text in "[a-zäé🦀 \n]{0,300}", bytes in 4_usize..40) {
            let lines = fit(&text, None, &irc(usize::MAX, bytes));
            proptest::prop_assert!(lines.iter().all(|line| line.len() <= bytes));
            let solid = |text: &str| text.replace([' ', '\n'], "");
            proptest::prop_assert_eq!(solid(&lines.concat()), solid(&text));
        }

        #[test]
        fn any_text_is_rendered_within_its_limits(text in proptest::prelude::any::<String>(), lines_max in 1_usize..5) {
            let lines = fit(&text, None, &irc(lines_max, 60));
            proptest::prop_assert!(lines.len() <= lines_max);
            proptest::prop_assert!(!lines.iter().any(|line| line.contains(char::is_control)));
        }
    }
}
