//! Names and texts as IRC has them: which names are equal, which colors to drop, and whether a
//! text is meant for the bot.

use crate::render;

/// Which letters a server takes for equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Casemapping {
    Ascii,
    /// As in the first servers, from Finland: `{}|^` are the small `[]\~`.
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

/// Returns what is said to the bot, when `text` is addressed to it by name or by prefix.
pub(super) fn addressed<'a>(
    text: &'a str,
    nick: &str,
    prefix: &str,
    casemapping: Casemapping,
) -> Option<&'a str> {
    let text = text.trim();
    if !prefix.is_empty()
        && let Some(rest) = text.strip_prefix(prefix)
        // "!!!" is only excitement.
        && rest.chars().any(char::is_alphanumeric)
    {
        return Some(rest.trim_start());
    }
    by_name(text, nick, casemapping)
}

fn by_name<'a>(text: &'a str, nick: &str, casemapping: Casemapping) -> Option<&'a str> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let name = text.get(..nick.len()).filter(|name| casemapping.equal(name, nick))?;
    let rest = text.get(name.len()..)?;
    match rest.chars().next() {
        None => Some(""),
        Some(':' | ',') => Some(rest.get(1..)?.trim_start()),
        Some(next) if next.is_whitespace() => Some(rest.trim_start()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_addressed(text: &str, expected: Option<&str>) {
        assert_eq!(addressed(text, "Robot", "!", Casemapping::Rfc1459), expected, "{text}");
    }

    #[test]
    fn bot_is_addressed_by_its_name_or_the_prefix() {
        check_addressed("!deploy web", Some("deploy web"));
        check_addressed("!  deploy", Some("deploy"));
        check_addressed("robot: deploy", Some("deploy"));
        check_addressed("ROBOT,deploy", Some("deploy"));
        check_addressed("@robot deploy", Some("deploy"));
        check_addressed("@robot: deploy", Some("deploy"));
        check_addressed("robot deploy  ", Some("deploy"));
        check_addressed("robot", Some(""));
    }

    #[test]
    fn talk_among_people_is_not_addressed() {
        check_addressed("robots are nice", None);
        check_addressed("robot's turn", None);
        check_addressed("is robot here", None);
        check_addressed("!!!", None);
        check_addressed("!", None);
        check_addressed("", None);
        check_addressed("röbot: x", None);
        check_addressed("aaaaé", None);
    }

    #[test]
    fn empty_prefix_addresses_nobody() {
        assert_eq!(addressed("deploy", "robot", "", Casemapping::Ascii), None);
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
