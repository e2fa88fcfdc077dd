//! The lines of IRC, read and written.
//!
//! Reading takes any bytes. Writing lets no text become a second command: a line break or NUL in
//! the last parameter is replaced, and elsewhere refused.

/// How long a line may be without tags, CR LF included.
pub(super) const LINE_BYTES_MAX: usize = 512;

/// A line of this length may have been cut by the server.
const CUT_BYTES_MIN: usize = LINE_BYTES_MAX - 16;

/// How long a character may be.
const CHARACTER_BYTES_MAX: usize = 4;

/// How many parameters a line may have.
const PARAMETERS_MAX: usize = 15;

/// Who a line comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Prefix {
    /// The nick, or the name of a server.
    pub(super) nick: String,
    pub(super) user: Option<String>,
    pub(super) host: Option<String>,
}

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Message {
    pub(super) tags: Vec<(String, String)>,
    pub(super) prefix: Prefix,
    /// In upper case.
    pub(super) command: String,
    pub(super) parameters: Vec<String>,
}

/// A parameter that would become something else on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a parameter")]
pub(super) struct Unwritable(pub(super) String);

impl Message {
    /// Reads a line without its end; `None` if it has no command.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = decode(line);
        let mut rest = text.trim_matches(['\r', '\n', ' ']);
        let mut message = Self::default();
        if let Some(after) = rest.strip_prefix('@') {
            let (tags, after) = word(after);
            message.tags = tags.split(';').filter(|tag| !tag.is_empty()).map(tag).collect();
            rest = after;
        }
        if let Some(after) = rest.strip_prefix(':') {
            let (prefix, after) = word(after);
            message.prefix = Prefix::parse(prefix);
            rest = after;
        }
        let (command, rest) = word(rest);
        let known = !command.is_empty() && command.bytes().all(|b| b.is_ascii_alphanumeric());
        message.command = command.to_ascii_uppercase();
        message.parameters = parameters(rest);
        known.then_some(message)
    }

    /// Returns a parameter, or an empty text.
    pub(super) fn parameter(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", String::as_str)
    }

    /// Returns the last parameter, or an empty text.
    pub(super) fn last(&self) -> &str {
        self.parameters.last().map_or("", String::as_str)
    }

    /// Returns the value of a tag that is there.
    pub(super) fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Prefix {
    fn parse(text: &str) -> Self {
        let (text, host) = cut(text, '@');
        let (nick, user) = cut(text, '!');
        Self { nick: nick.to_owned(), user, host }
    }
}

/// Returns the line of a command whose parameters are all single words.
pub(super) fn words(command: &str, words: &[&str]) -> Result<String, Unwritable> {
    let mut line = command.to_owned();
    for word in words {
        let bad = |c: char| matches!(c, ' ' | '\r' | '\n' | '\0');
        if word.is_empty() || word.starts_with(':') || word.contains(bad) {
            return Err(Unwritable((*word).to_owned()));
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.len() > LINE_BYTES_MAX - 2 {
        return Err(Unwritable(words.concat()));
    }
    Ok(line)
}

/// Returns the line of a command whose last parameter is any text, cut to what fits. Fails when
/// nothing of it fits.
pub(super) fn with_text(command: &str, first: &[&str], text: &str) -> Result<String, Unwritable> {
    let mut line = words(command, first)?;
    line.push_str(" :");
    if line.len() > LINE_BYTES_MAX - 2 - CHARACTER_BYTES_MAX {
        return Err(Unwritable(first.concat()));
    }
    line.extend(text.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
    line.truncate(line.floor_char_boundary(LINE_BYTES_MAX - 2));
    Ok(line)
}

/// Reads UTF-8, or else Windows-1252, which can be any bytes.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // A long text was cut by the server, maybe inside its last character.
        Err(error) if error.error_len().is_none() && bytes.len() >= CUT_BYTES_MIN => {
            String::from_utf8_lossy(bytes).trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned()
        }
        Err(_) => bytes.iter().copied().map(windows_1252).collect(),
    }
}

/// Latin-1 where that has letters and signs; its second control characters are typographic signs.
fn windows_1252(byte: u8) -> char {
    const SIGNS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let sign = byte.checked_sub(0x80).and_then(|index| SIGNS.get(usize::from(index)));
    sign.copied().unwrap_or(char::from(byte))
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start_matches(' '))
}

fn cut(text: &str, border: char) -> (&str, Option<String>) {
    match text.split_once(border) {
        Some((before, after)) => (before, Some(after.to_owned())),
        None => (text, None),
    }
}

fn parameters(mut rest: &str) -> Vec<String> {
    let mut parameters = Vec::new();
    while !rest.is_empty() {
        if let Some(text) = rest.strip_prefix(':') {
            parameters.push(text.to_owned());
            break;
        }
        if parameters.len() + 1 == PARAMETERS_MAX {
            parameters.push(rest.to_owned());
            break;
        }
        let (parameter, after) = word(rest);
        parameters.push(parameter.to_owned());
        rest = after;
    }
    parameters
}

fn tag(text: &str) -> (String, String) {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    let mut unescaped = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            unescaped.push(character);
            continue;
        }
        match characters.next() {
            Some(':') => unescaped.push(';'),
            Some('s') => unescaped.push(' '),
            Some('r') => unescaped.push('\r'),
            Some('n') => unescaped.push('\n'),
            Some(other) => unescaped.push(other),
            None => {}
        }
    }
    (key.to_owned(), unescaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(line: &[u8]) -> Message {
        Message::parse(line).unwrap()
    }

    #[test]
    fn line_is_read_with_tags_and_prefix() {
        let message = parse(b"@msgid=a\\sb\\:;x :al!u@h.example PRIVMSG  #ops  :hello :there \r");
        assert_eq!(message.tag("msgid"), Some("a b;"));
        assert_eq!(message.tag("x"), Some(""));
        assert_eq!(message.prefix.nick, "al");
        assert_eq!(message.prefix.user.as_deref(), Some("u"));
        assert_eq!(message.prefix.host.as_deref(), Some("h.example"));
        assert_eq!(message.parameters, ["#ops", "hello :there"]);
    }

    #[test]
    fn command_is_in_upper_case_and_needed() {
        assert_eq!(parse(b"ping x").command, "PING");
        for line in [&b""[..], b"   ", b":prefix", b"@tag", b"\x01\x02", b"@a :b "] {
            assert_eq!(Message::parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn text_that_is_not_utf_8_is_windows_1252() {
        assert_eq!(parse(b"PRIVMSG x :caf\xe9 \x93\x94 \x80 \x9f\xa0").last(), "café “” € Ÿ\u{a0}");
        assert_eq!(parse("PRIVMSG x :café".as_bytes()).last(), "café");
    }

    #[test]
    fn text_that_was_cut_inside_a_character_is_still_utf_8() {
        let mut line = format!("PRIVMSG x :{}", "é".repeat(249)).into_bytes();
        line.push(0xc3);
        assert_eq!(parse(&line).last(), "é".repeat(249));
    }

    #[test]
    fn parameter_with_a_border_is_refused() {
        for bad in ["", " ", "a b", ":a", "a\r\nQUIT", "a\nQUIT", "a\0"] {
            assert!(words("JOIN", &[bad]).is_err(), "{bad:?}");
            assert!(with_text("PRIVMSG", &[bad], "x").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn line_without_room_for_its_text_is_refused() {
        let room = |bytes: usize| with_text("PRIVMSG", &[&"x".repeat(bytes)], "🦀");
        assert_eq!(parse(room(496).unwrap().as_bytes()).last(), "🦀");
        assert!(room(497).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(line in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(message) = Message::parse(&line) {
                prop_assert!(message.parameters.len() <= PARAMETERS_MAX);
            }
        }

        #[test]
        fn no_text_becomes_a_second_command(target in "\\PC{0,20}|[ -~\r\n]{0,20}", text in any::<String>()) {
            if let Ok(line) = with_text("PRIVMSG", &[&target], &text) {
                prop_assert!(!line.contains(['\r', '\n', '\0']));
                prop_assert!(line.len() <= LINE_BYTES_MAX - 2);
                let read = parse(line.as_bytes());
                prop_assert_eq!(read.command.as_str(), "PRIVMSG");
                prop_assert_eq!(read.parameter(0), target);
                prop_assert_eq!(read.parameters.len(), 2);
            }
        }

        #[test]
        fn what_was_written_is_read_again(target in "[#a-z][a-z0-9{}]{0,10}", text in "[a-z:! é]{0,80}[a-z]") {
            let line = with_text("PRIVMSG", &[&target], &text).unwrap();
            prop_assert_eq!(parse(line.as_bytes()).parameters, [target, text]);
        }
    }
}
