//! Names and texts as IRC has them: which names are equal, which colors to drop, and whether a
//! text is meant for the bot.

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
            '\t' => plain.push(' '),
            character if character.is_control() => {}
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
