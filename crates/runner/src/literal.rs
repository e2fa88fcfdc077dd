//! Python literals that JSON can express, for bodies written as Python prints them.

use serde_json::{Map, Number, Value};

/// How deep literals may nest.
const DEPTH_MAX: usize = 100;

/// Why a text is no such literal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at character {position}")]
pub(crate) struct Error {
    expected: &'static str,
    position: usize,
}

/// Returns the value of the Python literal `text`.
pub(crate) fn parse(text: &str) -> Result<Value, Error> {
    let mut parser = Parser { characters: text.chars().collect(), position: 0 };
    parser.skip_space();
    let value = parser.tuple(0)?;
    if parser.position < parser.characters.len() {
        return Err(parser.expected("the end"));
    }
    Ok(value)
}

struct Parser {
    characters: Vec<char>,
    position: usize,
}

impl Parser {
    fn expected(&self, expected: &'static str) -> Error {
        Error { expected, position: self.position + 1 }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += 1;
        Some(character)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    /// Takes `character` and the space behind it.
    fn take(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        if found {
            self.position += 1;
            self.skip_space();
        }
        found
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, character)| {
            self.characters.get(self.position + index) == Some(&character)
        })
    }

    /// A value, or several with commas between them.
    fn tuple(&mut self, depth: usize) -> Result<Value, Error> {
        let first = self.value(depth)?;
        if !self.take(',') {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.peek().is_some_and(|character| character != ')') {
            items.push(self.value(depth)?);
            if !self.take(',') {
                break;
            }
        }
        Ok(Value::Array(items))
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        if depth > DEPTH_MAX {
            return Err(self.expected("less nesting"));
        }
        let value = match self.peek() {
            Some('[') => self.list(depth)?,
            Some('{') => self.dict(depth)?,
            Some('(') => self.parentheses(depth)?,
            Some('\'' | '"') => Value::String(self.strings()?),
            Some('0'..='9' | '.' | '-' | '+') => self.number()?,
            Some('r' | 'R' | 'u' | 'U') => Value::String(self.strings()?),
            Some('N' | 'T' | 'F') => self.constant()?,
            _ => return Err(self.expected("a literal")),
        };
        self.skip_space();
        Ok(value)
    }

    fn constant(&mut self) -> Result<Value, Error> {
        const CONSTANTS: [(&str, Value); 3] =
            [("None", Value::Null), ("True", Value::Bool(true)), ("False", Value::Bool(false))];
        for (name, value) in CONSTANTS {
            let after = self.characters.get(self.position + name.len());
            if self.starts_with(name) && !after.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                self.position += name.len();
                return Ok(value);
            }
        }
        Err(self.expected("None, True or False"))
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        self.take('[');
        let mut items = Vec::new();
        while !self.take(']') {
            items.push(self.value(depth + 1)?);
            if !self.take(',') && self.peek() != Some(']') {
                return Err(self.expected("`,` or `]`"));
            }
        }
        Ok(Value::Array(items))
    }

    fn parentheses(&mut self, depth: usize) -> Result<Value, Error> {
        self.take('(');
        if self.take(')') {
            return Ok(Value::Array(Vec::new()));
        }
        let value = self.tuple(depth + 1)?;
        if !self.take(')') {
            return Err(self.expected("`,` or `)`"));
        }
        Ok(value)
    }

    fn dict(&mut self, depth: usize) -> Result<Value, Error> {
        self.take('{');
        let mut object = Map::new();
        while !self.take('}') {
            if !matches!(self.peek(), Some('\'' | '"' | 'r' | 'R' | 'u' | 'U')) {
                return Err(self.expected("a key that is a string"));
            }
            let key = self.strings()?;
            self.skip_space();
            if !self.take(':') {
                return Err(self.expected("`:`"));
            }
            let value = self.value(depth + 1)?;
            object.insert(key, value);
            if !self.take(',') && self.peek() != Some('}') {
                return Err(self.expected("`,` or `}`"));
            }
        }
        Ok(Value::Object(object))
    }

    fn number(&mut self) -> Result<Value, Error> {
        let mut negative = false;
        while let Some(sign) = self.peek().filter(|character| matches!(character, '-' | '+')) {
            negative ^= sign == '-';
            self.position += 1;
            self.skip_space();
        }
        let start = self.position;
        while let Some(character) = self.peek() {
            let exponent = matches!(self.characters.get(start..self.position), Some([first, .., 'e' | 'E']) if first.is_ascii_digit() || *first == '.');
            let sign = matches!(character, '-' | '+') && exponent;
            if !(character.is_ascii_alphanumeric() || matches!(character, '.' | '_') || sign) {
                break;
            }
            self.position += 1;
        }
        let digits: String = self.characters[start..self.position].iter().collect();
        let number = number(&digits, negative);
        number.map(Value::Number).ok_or(Error { expected: "a number", position: start + 1 })
    }

    /// One string, or several side by side, which are one.
    fn strings(&mut self) -> Result<String, Error> {
        let mut text = self.string()?;
        loop {
            let before = self.position;
            self.skip_space();
            if !matches!(self.peek(), Some('\'' | '"' | 'r' | 'R' | 'u' | 'U')) {
                self.position = before;
                return Ok(text);
            }
            text.push_str(&self.string()?);
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        let raw = matches!(self.peek(), Some('r' | 'R'));
        if matches!(self.peek(), Some('r' | 'R' | 'u' | 'U')) {
            self.position += 1;
        }
        let Some(quote) = self.peek().filter(|character| matches!(character, '\'' | '"')) else {
            return Err(self.expected("a string"));
        };
        let triple = quote.to_string().repeat(3);
        let long = self.starts_with(&triple);
        let end = if long { triple } else { quote.to_string() };
        self.position += end.len();
        let mut text = String::new();
        while !self.starts_with(&end) {
            match self.next() {
                Some('\\') if raw => {
                    text.push('\\');
                    text.extend(self.next());
                }
                Some('\\') => self.escape(&mut text)?,
                Some('\n') if !long => return Err(self.expected("the end of the string")),
                Some(character) => text.push(character),
                None => return Err(self.expected("the end of the string")),
            }
        }
        self.position += end.len();
        Ok(text)
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Error> {
        let Some(character) = self.next() else { return Err(self.expected("an escape")) };
        let meaning = match character {
            '\n' => return Ok(()),
            '\\' | '\'' | '"' => character,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.code(16, 2, 2)?,
            'u' => self.code(16, 4, 4)?,
            'U' => self.code(16, 8, 8)?,
            '0'..='7' => {
                self.position -= 1;
                self.code(8, 1, 3)?
            }
            _ => {
                text.push('\\');
                character
            }
        };
        text.push(meaning);
        Ok(())
    }

    fn code(&mut self, radix: u32, least: usize, most: usize) -> Result<char, Error> {
        let rest = self.characters[self.position..].iter().take(most);
        let digits: String = rest.take_while(|character| character.is_digit(radix)).collect();
        let code = u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32);
        self.position += digits.len();
        let code = code.filter(|_| digits.len() >= least);
        code.ok_or_else(|| self.expected("the number of a character"))
    }
}

/// Reads an unsigned number as Python writes it.
fn number(digits: &str, negative: bool) -> Option<Number> {
    if digits.ends_with('_') || digits.starts_with('_') || digits.contains("__") {
        return None;
    }
    let digits = digits.replace('_', "").to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based =
        radix.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let whole = match based {
        Some((digits, radix)) => Some(i128::from_str_radix(digits, radix).ok()?),
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let zeros = digits.len() > 1 && digits.starts_with('0');
            let value = digits.parse().ok()?;
            if zeros && value != 0 {
                return None;
            }
            Some(value)
        }
        None => None,
    };
    if let Some(whole) = whole {
        return Number::from_i128(if negative { -whole } else { whole });
    }
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'-' | b'+')) {
        return None;
    }
    let float: f64 = digits.parse().ok()?;
    Number::from_f64(if negative { -float } else { float })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_have_their_values() {
        let cases = [
            ("{'a': 1, \"b\": [True, False, None,], }", json!({"a": 1, "b": [true, false, null]})),
            ("('x', 2.5)", json!(["x", 2.5])),
            ("(1)", json!(1)),
            ("()", json!([])),
            ("1, 2", json!([1, 2])),
            (" - 0x1F", json!(-31)),
            ("1_000", json!(1000)),
            ("1e-3", json!(0.001)),
            (".5", json!(0.5)),
            (r"'it\'s \x41\u00e9\101\q' 'b'", json!("it's AéA\\qb")),
            (r"r'\n'", json!("\\n")),
            ("'''a\n'b'''", json!("a\n'b")),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let deep = "[".repeat(5000);
        let cases = [
            "",
            "x",
            "open('/etc/passwd')",
            "{1: 2}",
            "{1, 2}",
            "[1",
            "'a",
            "'a\nb'",
            "012",
            "1__0",
            "1j",
            "None1",
            "[1 2]",
            "'\\ud800'",
            "1 + 1",
            "{'a'}",
            "r",
            "99999999999999999999",
            "\\",
            "'\\",
            "'\\x4'",
            deep.as_str(),
        ];
        for text in cases {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
