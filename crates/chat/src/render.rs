//! One rich message into the lines of a dialect.
//!
//! The text may be the output of a command: megabytes, any bytes. So what is not shown is only
//! counted, and escape sequences and control characters never get through.

use std::borrow::Cow;

/// StackStorm's border between the text of a message and its attachment.
const BORDER: &str = "{~}";

/// What a dialect can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// How many lines a message may have, the one that says what is left out included.
    pub lines_max: usize,
    /// How many bytes of UTF-8 a line may have.
    pub line_bytes_max: usize,
    /// Whether blank lines are kept.
    pub blank_lines: bool,
}

impl Profile {
    /// A terminal: it wraps and scrolls by itself.
    pub const TERMINAL: Self =
        Self { lines_max: usize::MAX, line_bytes_max: usize::MAX, blank_lines: true };

    /// Returns the profile of IRC, where lines are short and blank ones do not exist.
    pub fn irc(lines_max: usize, line_bytes_max: usize) -> Self {
        Self { lines_max, line_bytes_max, blank_lines: false }
    }
}

/// Returns the lines that show `rich`.
pub fn render(rich: &crate::Rich, profile: &Profile) -> Vec<String> {
    let text = rich.text.replace(BORDER, "\n");
    let source: Vec<Cow<'_, str>> = logical_lines(&text, profile).collect();
    let lines_max = profile.lines_max.max(1);
    let mut kept = fill(&source, lines_max, profile);
    if kept.source_used == source.len() {
        return kept.lines;
    }
    // The marker takes lines too, how many depends on what it says.
    let mut marker = vec![String::new()];
    for _ in 0..3 {
        kept = fill(&source, lines_max.saturating_sub(marker.len()), profile);
        let mut next = wrap(&mark(&source, &kept, rich.more.as_deref()), profile.line_bytes_max);
        next.truncate(lines_max);
        let settled = next.len() <= marker.len();
        marker = next;
        if settled {
            break;
        }
    }
    kept.lines.append(&mut marker);
    kept.lines
}

/// The beginning of a text, wrapped.
struct Kept {
    lines: Vec<String>,
    /// How many whole source lines are in it.
    source_used: usize,
    /// How many bytes of the next source line are in it too.
    bytes_used: usize,
}

fn fill(source: &[Cow<'_, str>], lines_max: usize, profile: &Profile) -> Kept {
    let mut kept = Kept { lines: Vec::new(), source_used: 0, bytes_used: 0 };
    for line in source {
        let mut rest: &str = line;
        loop {
            if kept.lines.len() == lines_max {
                kept.bytes_used = line.len() - rest.len();
                return kept;
            }
            let (piece, next) = split(rest, profile.line_bytes_max);
            kept.lines.push(piece.to_owned());
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        kept.source_used += 1;
    }
    kept
}

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

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000.. => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn logical_lines<'a>(
    text: &'a str,
    profile: &Profile,
) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
    let blank_lines = profile.blank_lines;
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
    // A character has at most four bytes: with less room than that nothing would move.
    let bytes_max = bytes_max.max(4);
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
    use crate::Rich;

    fn check(text: &str, profile: Profile, expected: &[&str]) {
        let rich = Rich { text: text.to_owned(), ..Rich::default() };
        assert_eq!(render(&rich, &profile), expected, "{text:?}");
    }

    #[test]
    fn lines_are_kept_and_blank_ones_dropped() {
        check("one\r\n\n  two \n\n", Profile::irc(9, 80), &["one", "  two"]);
        check("one\n\ntwo", Profile::TERMINAL, &["one", "", "two"]);
        check(" \n", Profile::irc(9, 80), &[]);
    }

    #[test]
    fn border_between_text_and_attachment_is_a_line_break() {
        check("done{~}all fine", Profile::irc(9, 80), &["done", "all fine"]);
    }

    #[test]
    fn long_lines_are_wrapped_at_words() {
        check("aaa bbb ccc", Profile::irc(9, 7), &["aaa bbb", "ccc"]);
        check("aaa bbb ccc", Profile::irc(9, 6), &["aaa", "bbb", "ccc"]);
        check("  aaaaaaaa", Profile::irc(9, 6), &["  aaaa", "aaaa"]);
        check("äöüäöü", Profile::irc(9, 5), &["äö", "üä", "öü"]);
        check("🦀🦀", Profile::irc(9, 1), &["🦀", "🦀"]);
        check("aaae\u{301}x", Profile::irc(9, 4), &["aaa", "e\u{301}x"]);
        let marks = format!("a{}", "\u{301}".repeat(3));
        check(&marks, Profile::irc(9, 4), &["a\u{301}", "\u{301}\u{301}"]);
    }

    #[test]
    fn escape_sequences_and_controls_never_get_through() {
        check("\u{1b}[31mred\u{1b}[0m\u{7}\u{1}\u{9b}", Profile::TERMINAL, &["red"]);
        check("a\tb", Profile::irc(9, 80), &["a    b"]);
        check("a\u{2028}b \u{202e}cod.exe\u{2066}", Profile::TERMINAL, &["a b cod.exe"]);
        check("\u{1}ACTION waves\u{1}", Profile::irc(9, 80), &["ACTION waves"]);
    }

    #[test]
    fn long_text_says_how_much_is_left_out_and_how_to_get_it() {
        let text: String = (1..=30).map(|n| format!("line {n:02}\n")).collect();
        let more = Some("`result 3f2a1c` shows the rest".to_owned());
        let lines = render(&Rich { text, more, ..Rich::default() }, &Profile::irc(4, 80));
        let marker = "… 27 more lines (216 B): `result 3f2a1c` shows the rest";
        assert_eq!(lines, ["line 01", "line 02", "line 03", marker]);
    }

    #[test]
    fn marker_that_is_long_takes_lines_of_the_text() {
        let text = "word ".repeat(100);
        let more = Some("a long explanation of how to get the rest".to_owned());
        let lines = render(&Rich { text, more, ..Rich::default() }, &Profile::irc(5, 30));
        assert_eq!(lines.len(), 5);
        assert!(lines[2].starts_with("… 1 more line (4"), "{lines:?}");
        assert!(lines.iter().all(|line| line.len() <= 30), "{lines:?}");
    }

    #[test]
    fn text_that_fits_exactly_is_whole() {
        check("1\n2\n3", Profile::irc(3, 80), &["1", "2", "3"]);
        check("1\n2\n3\n4", Profile::irc(3, 80), &["1", "2", "… 2 more lines (4 B)"]);
        check("1\n2", Profile::irc(0, 80), &["… 2 more lines (4 B)"]);
    }

    #[test]
    fn megabyte_is_cut_to_a_screen() {
        let text = "0123456789 ".repeat(100_000);
        let lines = render(&Rich { text, ..Rich::default() }, &Profile::irc(20, 400));
        assert_eq!(lines.len(), 20);
        assert_eq!(lines[19], "… 1 more line (1.0 MB)");
    }

    #[test]
    fn marker_is_cut_to_the_lines_of_a_message() {
        let rich =
            Rich { text: "1\n2\n3".to_owned(), more: Some("x ".repeat(99)), ..Rich::default() };
        assert_eq!(render(&rich, &Profile::irc(2, 8)), ["… 3", "more"]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_long_or_lost(text in "[a-zäé🦀 \n]{0,300}", bytes in 4_usize..40) {
            let rich = Rich { text: text.clone(), ..Rich::default() };
            let lines = render(&rich, &Profile::irc(usize::MAX, bytes));
            proptest::prop_assert!(lines.iter().all(|line| line.len() <= bytes));
            let solid = |text: &str| text.replace([' ', '\n'], "");
            proptest::prop_assert_eq!(solid(&lines.concat()), solid(&text));
        }

        #[test]
        fn any_text_is_rendered_within_its_limits(text in proptest::prelude::any::<String>(), lines_max in 1_usize..5) {
            let lines = render(&Rich { text, ..Rich::default() }, &Profile::irc(lines_max, 60));
            proptest::prop_assert!(lines.len() <= lines_max);
            proptest::prop_assert!(!lines.iter().any(|line| line.contains(char::is_control)));
        }
    }
}
