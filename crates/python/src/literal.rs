//! Python literals as text: what `ast.literal_eval` accepts.

use serde_json::Value;

use super::json;
use super::number::parse_int;
use super::object::{Entries, Object};
use super::raise::{Class, Outcome, Raise};

/// Why a text is no literal that JSON can express.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at character {position}")]
pub struct Error {
    expected: &'static str,
    position: usize,
}

/// Evaluates a Python literal.
pub fn evaluate(text: &str) -> Outcome<Object> {
    let mut parser = Parser { text, at: 0, is_json: false };
    parser.all().map_err(|failed| failed.raise)
}

/// Evaluates a Python literal that JSON can express: keys are texts, and numbers have 64 bits.
pub fn evaluate_json(text: &str) -> Result<Value, Error> {
    let mut parser = Parser { text, at: 0, is_json: true };
    let position = |at: usize| text[..at].chars().count() + 1;
    let object = parser
        .all()
        .map_err(|failed| Error { expected: failed.expected, position: position(failed.at) })?;
    json::value(&object).map_err(|_| Error { expected: "a value of JSON", position: 1 })
}

/// What a text is refused for: what Python raises, and what was expected where.
struct Failed {
    raise: Raise,
    expected: &'static str,
    at: usize,
}

type Parsed<T> = Result<T, Failed>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Whether only what JSON can express is accepted.
    is_json: bool,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Refuses the text for what stands here.
    fn expected(&self, expected: &'static str) -> Failed {
        self.failed(Raise::new(Class::Syntax, "invalid syntax (<unknown>, line 1)"), expected)
    }

    fn failed(&self, raise: Raise, expected: &'static str) -> Failed {
        Failed { raise, expected, at: self.at }
    }

    fn malformed(&self, expected: &'static str) -> Failed {
        self.failed(Raise::new(Class::Value, "malformed node or string"), expected)
    }

    fn all(&mut self) -> Parsed<Object> {
        let value = self.tuple_or_value()?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.expected("the end"));
        }
        Ok(value)
    }

    fn skip_space(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - trimmed.len();
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn tuple_or_value(&mut self) -> Parsed<Object> {
        let first = self.value(0)?;
        if !self.eat(',') {
            return Ok(first);
        }
        let mut items = vec![first];
        loop {
            self.skip_space();
            if self.rest().is_empty() {
                return Ok(Object::tuple(items));
            }
            items.push(self.value(0)?);
            if !self.eat(',') {
                return Ok(Object::tuple(items));
            }
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Object> {
        super::guard(depth).map_err(|raise| self.failed(raise, "less nesting"))?;
        self.skip_space();
        let Some(first) = self.rest().chars().next() else {
            return Err(self.expected("a literal"));
        };
        match first {
            '[' => {
                self.at += 1;
                Ok(Object::list(self.items(']', depth)?.0))
            }
            '(' => {
                self.at += 1;
                let (mut items, comma) = self.items(')', depth)?;
                match (items.len(), comma) {
                    (1, false) => Ok(items.remove(0)),
                    _ => Ok(Object::tuple(items)),
                }
            }
            '{' => {
                self.at += 1;
                self.dict(depth)
            }
            '+' | '-' => {
                self.at += 1;
                match (first, self.value(depth + 1)?) {
                    ('-', Object::Int(number)) => Ok(Object::Int(-number)),
                    ('-', Object::Float(number)) => Ok(Object::Float(-number)),
                    ('+', number @ (Object::Int(_) | Object::Float(_))) => Ok(number),
                    _ => Err(self.malformed("a number")),
                }
            }
            '0'..='9' | '.' => self.number(),
            '\'' | '"' => self.strings(),
            c if c == '_' || c.is_alphabetic() => self.word(),
            _ => Err(self.expected("a literal")),
        }
    }

    /// Reads items up to `close`; also tells whether a comma was read.
    fn items(&mut self, close: char, depth: usize) -> Parsed<(Vec<Object>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            if self.eat(close) {
                return Ok((items, comma));
            }
            items.push(self.value(depth + 1)?);
            if self.eat(',') {
                comma = true;
            } else if self.eat(close) {
                return Ok((items, comma));
            } else {
                return Err(self.expected(if close == ']' { "`,` or `]`" } else { "`,` or `)`" }));
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Parsed<Object> {
        let mut entries = Entries::new();
        loop {
            if self.eat('}') {
                return Ok(Object::dict(entries));
            }
            self.skip_space();
            if self.is_json && !self.rest().starts_with(['\'', '"', 'r', 'R', 'u', 'U']) {
                return Err(self.expected("a key that is a string"));
            }
            let key = self.value(depth + 1)?;
            if !self.eat(':') {
                let raise = Raise::new(Class::Type, "sets are not supported");
                return Err(self.failed(raise, "`:`"));
            }
            let value = self.value(depth + 1)?;
            let hashed = key.key().map_err(|raise| self.failed(raise, "a key"))?;
            let original = entries.get(&hashed).map_or(key, |(original, _)| original.clone());
            entries.insert(hashed, (original, value));
            if !self.eat(',') && !self.rest().trim_start().starts_with('}') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn number(&mut self) -> Parsed<Object> {
        let bytes = self.rest().as_bytes();
        let mut end = 0;
        let radix = matches!(bytes.get(1), Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B'));
        while let Some(byte) = bytes.get(end) {
            let after_e = end > 0 && !radix && matches!(bytes[end - 1], b'e' | b'E');
            let takes = byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'_')
                || (after_e && matches!(byte, b'+' | b'-'));
            if !takes {
                break;
            }
            end += 1;
        }
        let token = &self.rest()[..end];
        let fits =
            |number: &i128| !self.is_json || serde_json::Number::from_i128(*number).is_some();
        let number = match parse_int(token, 0) {
            Ok(number) => Some(Object::Int(number)).filter(|_| fits(&number)),
            Err(_) => {
                let is_real = token.contains(['.', 'e', 'E']) && !radix;
                super::number::parse_float(token).ok().filter(|_| is_real).map(Object::Float)
            }
        };
        let number = number.ok_or_else(|| self.expected("a number"))?;
        self.at += end;
        Ok(number)
    }

    fn word(&mut self) -> Parsed<Object> {
        let end = self.rest().find(|c: char| c != '_' && !c.is_alphanumeric());
        let word = self.rest()[..end.unwrap_or(self.rest().len())].to_owned();
        let quoted = self.rest()[word.len()..].starts_with(['\'', '"']);
        match word.as_str() {
            "None" => self.at += 4,
            "True" => self.at += 4,
            "False" => self.at += 5,
            _ if quoted => return self.strings(),
            _ => {
                let message = format!("malformed node or string on line 1: {word}");
                return Err(self.failed(Raise::new(Class::Value, message), "a literal"));
            }
        }
        Ok(match word.as_str() {
            "None" => Object::None,
            word => Object::Bool(word == "True"),
        })
    }

    fn strings(&mut self) -> Parsed<Object> {
        let mut out = String::new();
        let mut bytes = None;
        loop {
            self.skip_space();
            let rest = self.rest();
            let Some(at) = rest.find(['\'', '"']).filter(|at| *at <= 2) else { break };
            let prefix = rest[..at].to_ascii_lowercase();
            if !matches!(prefix.as_str(), "" | "r" | "u" | "b" | "br" | "rb") {
                break;
            }
            let is_bytes = prefix.contains('b');
            if is_bytes && self.is_json {
                return Err(self.expected("a string"));
            }
            if *bytes.get_or_insert(is_bytes) != is_bytes {
                let raise = Raise::new(Class::Syntax, "cannot mix bytes and nonbytes literals");
                return Err(self.failed(raise, "a string"));
            }
            self.at += at;
            out.push_str(&self.quoted(prefix.contains('r'), is_bytes)?);
        }
        match bytes {
            Some(false) => Ok(Object::from(out)),
            Some(true) => Ok(Object::Bytes(out.chars().map(low_byte).collect())),
            None => Err(self.expected("a string")),
        }
    }

    /// Reads a literal; what is in one of bytes is below 256.
    fn quoted(&mut self, raw: bool, is_bytes: bool) -> Parsed<String> {
        let quote = self.rest().chars().next().unwrap_or('\'');
        let triple = quote.to_string().repeat(3);
        let long = self.rest().starts_with(&triple);
        let close = if long { triple } else { quote.to_string() };
        self.at += close.len();
        let start = self.at;
        loop {
            let Some(c) = self.rest().chars().next() else {
                let message =
                    "unterminated string literal (detected at line 1) (<unknown>, line 1)";
                let raise = Raise::new(Class::Syntax, message);
                return Err(self.failed(raise, "the end of the string"));
            };
            if self.rest().starts_with(&close) {
                let body = &self.text[start..self.at];
                self.at += close.len();
                if is_bytes && !body.is_ascii() {
                    let message = "bytes can only contain ASCII literal characters";
                    return Err(self.failed(Raise::new(Class::Syntax, message), "ASCII"));
                }
                if raw {
                    return Ok(body.to_owned());
                }
                let escapes = Escapes { is_bytes, is_strict: self.is_json };
                let resolved = escapes.resolve(body);
                return resolved.map_err(|raise| self.failed(raise, "the number of a character"));
            }
            if c == '\n' && !long {
                return Err(self.expected("the end of the string"));
            }
            self.at += c.len_utf8();
            if c == '\\' {
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            }
        }
    }
}

/// Returns the byte that a character of a literal of bytes stands for, as Python cuts `\777`.
fn low_byte(c: char) -> u8 {
    u32::from(c).to_le_bytes()[0]
}

/// Resolves the escapes of a string literal.
pub fn unescape(text: &str) -> Outcome<String> {
    Escapes { is_bytes: false, is_strict: false }.resolve(text)
}

/// How escapes are resolved.
#[derive(Clone, Copy)]
struct Escapes {
    /// Whether they stand among bytes, where there are none for characters beyond 255.
    is_bytes: bool,
    /// Whether half of a surrogate pair is refused rather than replaced.
    is_strict: bool,
}

impl Escapes {
    fn resolve(self, text: &str) -> Outcome<String> {
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let Some(next) = chars.next() else {
                out.push('\\');
                break;
            };
            match next {
                '\n' => {}
                '\\' | '\'' | '"' => out.push(next),
                'a' => out.push('\u{7}'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'v' => out.push('\u{b}'),
                '0'..='7' => {
                    let mut code = next.to_digit(8).unwrap_or(0);
                    for _ in 0..2 {
                        let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                        code = code * 8 + digit;
                        chars.next();
                    }
                    out.extend(char::from_u32(code));
                }
                'x' | 'u' | 'U' if next == 'x' || !self.is_bytes => {
                    let count = match next {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let digits: String = chars.by_ref().take(count).collect();
                    out.push(self.coded((&digits, count), next, &mut chars)?);
                }
                other => {
                    out.push('\\');
                    out.push(other);
                }
            }
        }
        Ok(out)
    }

    /// Returns the character that digits number.
    fn coded(
        self,
        (digits, count): (&str, usize),
        kind: char,
        chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    ) -> Outcome<char> {
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == count);
        let Some(code) = code else {
            return Err(Raise::new(Class::Unicode, format!("truncated \\{kind} escape")));
        };
        if (0xd800..0xdc00).contains(&code) {
            let ahead: String = chars.clone().take(6).collect();
            let low = ahead.strip_prefix("\\u").and_then(|low| u32::from_str_radix(low, 16).ok());
            if let Some(low @ 0xdc00..=0xdfff) = low {
                chars.by_ref().take(6).for_each(drop);
                let code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
        }
        let is_half = (0xd800..0xe000).contains(&code);
        if code > 0x10_ffff || (is_half && self.is_strict) {
            return Err(Raise::new(Class::Unicode, "illegal Unicode character"));
        }
        // A lone surrogate cannot stand in text here.
        Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
    }
}
