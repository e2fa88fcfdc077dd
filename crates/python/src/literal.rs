//! Python literals as text: what `ast.literal_eval` accepts.

use super::number::parse_int;
use super::object::{Entries, Object};
use super::raise::{Class, Outcome, Raise, value_error};

/// Evaluates a Python literal.
pub fn evaluate(text: &str) -> Outcome<Object> {
    let mut parser = Parser { text, at: 0 };
    parser.at = text.len() - text.trim_start_matches([' ', '\t']).len();
    let value = parser.tuple_or_value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.wrong());
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn wrong(&self) -> Raise {
        Raise::new(Class::Syntax, "invalid syntax (<unknown>, line 1)")
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

    fn tuple_or_value(&mut self) -> Outcome<Object> {
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

    fn value(&mut self, depth: usize) -> Outcome<Object> {
        super::guard(depth)?;
        self.skip_space();
        let Some(first) = self.rest().chars().next() else { return Err(self.wrong()) };
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
                    _ => value_error("malformed node or string"),
                }
            }
            '0'..='9' | '.' => self.number(),
            '\'' | '"' => self.strings(),
            c if c == '_' || c.is_alphabetic() => self.word(),
            _ => Err(self.wrong()),
        }
    }

    /// Reads items up to `close`; also tells whether a comma was read.
    fn items(&mut self, close: char, depth: usize) -> Outcome<(Vec<Object>, bool)> {
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
                return Err(self.wrong());
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Outcome<Object> {
        let mut entries = Entries::new();
        loop {
            if self.eat('}') {
                return Ok(Object::dict(entries));
            }
            let key = self.value(depth + 1)?;
            if !self.eat(':') {
                return Err(Raise::new(Class::Type, "sets are not supported"));
            }
            let value = self.value(depth + 1)?;
            let hashed = key.key()?;
            let original = entries.get(&hashed).map_or(key, |(original, _)| original.clone());
            entries.insert(hashed, (original, value));
            if !self.eat(',') && !self.rest().trim_start().starts_with('}') {
                return Err(self.wrong());
            }
        }
    }

    fn number(&mut self) -> Outcome<Object> {
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
        let token = self.rest()[..end].to_owned();
        self.at += end;
        if let Ok(number) = parse_int(&token, 0) {
            return Ok(Object::Int(number));
        }
        let real = token.contains(['.', 'e', 'E']) && !radix;
        match super::number::parse_float(&token) {
            Ok(number) if real => Ok(Object::Float(number)),
            _ => Err(self.wrong()),
        }
    }

    fn word(&mut self) -> Outcome<Object> {
        let end = self.rest().find(|c: char| c != '_' && !c.is_alphanumeric());
        let word = self.rest()[..end.unwrap_or(self.rest().len())].to_owned();
        let quoted = self.rest()[word.len()..].starts_with(['\'', '"']);
        match word.as_str() {
            "None" => self.at += 4,
            "True" => self.at += 4,
            "False" => self.at += 5,
            _ if quoted => return self.strings(),
            _ => {
                return value_error(format!("malformed node or string on line 1: {word}"));
            }
        }
        Ok(match word.as_str() {
            "None" => Object::None,
            word => Object::Bool(word == "True"),
        })
    }

    fn strings(&mut self) -> Outcome<Object> {
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
            if *bytes.get_or_insert(is_bytes) != is_bytes {
                return Err(Raise::new(Class::Syntax, "cannot mix bytes and nonbytes literals"));
            }
            self.at += at;
            out.push_str(&self.quoted(prefix.contains('r'), is_bytes)?);
        }
        match bytes {
            Some(false) => Ok(Object::from(out)),
            Some(true) => Ok(Object::Bytes(out.chars().map(low_byte).collect())),
            None => Err(self.wrong()),
        }
    }

    /// Reads a literal; what is in one of bytes is below 256.
    fn quoted(&mut self, raw: bool, is_bytes: bool) -> Outcome<String> {
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
                return Err(Raise::new(Class::Syntax, message));
            };
            if self.rest().starts_with(&close) {
                let body = &self.text[start..self.at];
                self.at += close.len();
                if is_bytes && !body.is_ascii() {
                    let message = "bytes can only contain ASCII literal characters";
                    return Err(Raise::new(Class::Syntax, message));
                }
                return if raw { Ok(body.to_owned()) } else { resolve(body, is_bytes) };
            }
            if c == '\n' && !long {
                return Err(self.wrong());
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
    resolve(text, false)
}

/// Resolves escapes; among bytes there are none for characters.
fn resolve(text: &str, is_bytes: bool) -> Outcome<String> {
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
            'x' | 'u' | 'U' if next == 'x' || !is_bytes => {
                let count = match next {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = chars.by_ref().take(count).collect();
                out.push(coded(&digits, count, next, &mut chars)?);
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Ok(out)
}

fn coded(
    digits: &str,
    count: usize,
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
    if code > 0x10_ffff {
        return Err(Raise::new(Class::Unicode, "illegal Unicode character"));
    }
    // A lone surrogate cannot stand in text here.
    Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
}
