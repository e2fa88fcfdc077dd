//! Names and texts as IRC has them: which names are equal, which colors to drop, and whether a
//! text is meant for the robot.

use crate::{address, render};

/// Which letters a server compares as equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Casemapping {
    Ascii,
    /// RFC 1459: `{}|^` are the lower case of `[]\~`.
    #[default]
    Rfc1459,
}

impl Casemapping {
    /// Returns the form of `name` that all equal names share.
    pub(super) fn fold(self, name: &str) -> String {
        name.chars().map(|character| self.fold_character(character)).collect()
    }

    /// Returns whether two names are the same.
    pub(super) fn equal(self, one: &str, other: &str) -> bool {
        self.fold(one) == self.fold(other)
    }

    fn fold_character(self, character: char) -> char {
        match (self, character) {
            (Self::Rfc1459, '[') => '{',
            (Self::Rfc1459, ']') => '}',
            (Self::Rfc1459, '\\') => '|',
            (Self::Rfc1459, '~') => '^',
            (_, other) => other.to_ascii_lowercase(),
        }
    }
}

/// Returns `text` without colors, formats and other control characters.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{3}' => skip_color(&mut characters, 2, |c| c.is_ascii_digit()),
            '\u{4}' => skip_color(&mut characters, 6, |c| c.is_ascii_hexdigit()),
            '\t' | '\u{2028}' | '\u{2029}' => plain.push(' '),
            character if render::is_deceptive(character) => {}
            character => plain.push(character),
        }
    }
    plain
}

/// Skips the foreground and, after a comma, the background.
fn skip_color(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    digits_max: usize,
    is_digit: fn(&char) -> bool,
) {
    let skip = |characters: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        (0..digits_max).take_while(|_| characters.next_if(is_digit).is_some()).count()
    };
    if skip(characters) == 0 {
        return;
    }
    let mut ahead = characters.clone();
    if ahead.next_if_eq(&',').is_some() && skip(&mut ahead) > 0 {
        *characters = ahead;
    }
}

/// Returns what is said to the robot, when `text` is addressed to it by name or by prefix.
pub(super) fn addressed<'a>(
    text: &'a str,
    nick: &str,
    prefix: &str,
    casemapping: Casemapping,
) -> Option<&'a str> {
    address::addressed(text, nick, prefix, |one, other| casemapping.equal(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bot_is_addressed_by_every_spelling_of_its_name() {
        let rfc = |text| addressed(text, "Robot[1]", "!", Casemapping::Rfc1459);
        assert_eq!(rfc("rOBOT{1}: deploy"), Some("deploy"));
        assert_eq!(rfc("!deploy"), Some("deploy"));
        let ascii = |text| addressed(text, "Robot[1]", "!", Casemapping::Ascii);
        assert_eq!(ascii("robot{1}: deploy"), None);
    }

    #[test]
    fn colors_and_formats_are_dropped() {
        assert_eq!(plain("\u{2}bold\u{2} \u{3}04,01red\u{3} \u{3}4x \u{4}ff0000y"), "bold red x y");
        assert_eq!(plain("\u{3}04,red"), ",red");
        assert_eq!(plain("a\tb\u{0}c\u{7f}\u{9b}d\u{202e}e"), "a bcde");
    }

    #[test]
    fn names_are_equal_as_the_server_says() {
        assert!(Casemapping::Rfc1459.equal("Bot[1]~", "bot{1}^"));
        assert!(!Casemapping::Ascii.equal("bot[1]", "bot{1}"));
        assert!(Casemapping::Ascii.equal("BOT", "bot"));
    }
}
