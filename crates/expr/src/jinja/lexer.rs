//! Template text to tokens, with Jinja's control of whitespace.

use std::sync::Arc;

use python::literal::unescape;
use python::number::parse_int;
use python::raise::{Class, Outcome, Raise};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Data(String),
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name(Arc<str>),
    Str(String),
    Int(i128),
    Float(f64),
    Operator(&'static str),
    End,
}

impl Token {
    /// Returns what a complaint calls the token.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Data(_) => "template data / text".to_owned(),
            Self::VariableBegin => "begin of print statement".to_owned(),
            Self::VariableEnd => "end of print statement".to_owned(),
            Self::BlockBegin => "begin of statement block".to_owned(),
            Self::BlockEnd => "end of statement block".to_owned(),
            Self::Name(name) => name.to_string(),
            Self::Str(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => python::number::float_repr(*number),
            Self::Operator(sign) => (*sign).to_owned(),
            Self::End => "end of template".to_owned(),
        }
    }
}

/// The longest first, so that the first that fits is right.
const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";",
];

/// Makes line ends uniform and drops the last one.
pub(crate) fn normalize(source: &str) -> String {
    let mut text = if source.contains('\r') {
        source.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        source.to_owned()
    };
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Returns the tokens of normalized template text.
pub(crate) fn tokens(source: &str) -> Outcome<Vec<(Token, usize)>> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new(), line_starting: true };
    lexer.template()?;
    lexer.tokens.push((Token::End, source.len()));
    Ok(lexer.tokens)
}

/// Returns the tokens of a lone expression.
pub(crate) fn expression_tokens(source: &str) -> Outcome<Vec<(Token, usize)>> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new(), line_starting: true };
    lexer.inside("")?;
    lexer.tokens.push((Token::End, source.len()));
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    tokens: Vec<(Token, usize)>,
    line_starting: bool,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn push(&mut self, token: Token) {
        self.tokens.push((token, self.at));
    }

    fn fail<T>(&self, message: impl Into<String>) -> Outcome<T> {
        Err(Raise::new(Class::TemplateSyntax, message).at(self.at))
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.line_starting = self.source[..self.at].ends_with('\n');
    }

    fn template(&mut self) -> Outcome<()> {
        while let Some(found) = next_tag(self.rest()) {
            let tag = &self.rest()[found..found + 2];
            let (is_block, is_comment) = (tag == "{%", tag == "{#");
            let sign = self.rest()[found + 2..].chars().next().filter(|c| "-+".contains(*c));
            self.data(found, sign, is_block || is_comment);
            self.at += found;
            let size = 2 + usize::from(sign.is_some());
            if is_comment {
                self.comment(size)?;
            } else if let Some(body) = raw_begin(self.rest()).filter(|_| is_block) {
                self.advance(body);
                self.raw()?;
            } else {
                self.push(if is_block { Token::BlockBegin } else { Token::VariableBegin });
                self.advance(size);
                self.inside(if is_block { "%}" } else { "}}" })?;
            }
        }
        if !self.rest().is_empty() {
            let rest = self.rest().to_owned();
            self.push(Token::Data(rest));
            self.at = self.source.len();
        }
        Ok(())
    }

    /// Takes the text before a tag, stripped as the tag asks for.
    fn data(&mut self, size: usize, sign: Option<char>, strips_line: bool) {
        let text = &self.rest()[..size];
        let kept = match sign {
            Some('-') => text.trim_end_matches(python::is_space),
            None if strips_line => {
                let line = text.rfind('\n').map_or(0, |at| at + 1);
                let blank = !text[line..].is_empty() && text[line..].chars().all(python::is_space);
                if blank && (line > 0 || self.line_starting) { &text[..line] } else { text }
            }
            _ => text,
        };
        if !kept.is_empty() {
            let kept = kept.to_owned();
            self.push(Token::Data(kept));
        }
    }

    fn comment(&mut self, size: usize) -> Outcome<()> {
        let Some(end) = self.rest()[size..].find("#}") else {
            if self.rest().len() == size {
                self.advance(size);
                return Ok(());
            }
            return self.fail("Missing end of comment tag");
        };
        let end = size + end;
        let sign = self.rest()[size..end].chars().next_back().filter(|c| "-+".contains(*c));
        let after = self.after_end(end + 2, sign, true);
        self.advance(after);
        Ok(())
    }

    /// Returns where text goes on behind a closing tag that ends at `end`.
    fn after_end(&self, end: usize, sign: Option<char>, trims_newline: bool) -> usize {
        let rest = &self.rest()[end..];
        match sign {
            Some('-') => end + rest.len() - rest.trim_start_matches(python::is_space).len(),
            None if trims_newline && rest.starts_with('\n') => end + 1,
            _ => end,
        }
    }

    fn raw(&mut self) -> Outcome<()> {
        let mut from = 0;
        while let Some(found) = self.rest()[from..].find("{%") {
            let start = from + found;
            if let Some((size, sign, end_sign)) = raw_end(&self.rest()[start..]) {
                self.data(start, sign, true);
                let after = self.after_end(start + size, end_sign, true);
                self.advance(after);
                return Ok(());
            }
            from = start + 2;
        }
        if self.rest().is_empty() {
            return Ok(());
        }
        self.fail("Missing end of raw directive")
    }

    /// Takes the tokens of a tag up to and with its end.
    fn inside(&mut self, close: &str) -> Outcome<()> {
        let mut open: Vec<&'static str> = Vec::new();
        loop {
            if open.is_empty() && !close.is_empty() && self.end_of_tag(close) {
                return Ok(());
            }
            let rest = self.rest();
            let Some(c) = rest.chars().next() else { return Ok(()) };
            if python::is_space(c) {
                self.advance(c.len_utf8());
            } else if c.is_ascii_digit() {
                self.number()?;
            } else if c == '_' || c.is_alphanumeric() {
                self.name()?;
            } else if c == '\'' || c == '"' {
                self.string(c)?;
            } else {
                self.operator(&mut open)?;
            }
        }
    }

    fn end_of_tag(&mut self, close: &str) -> bool {
        let rest = self.rest();
        let is_block = close == "%}";
        let sign = rest.chars().next().filter(|c| *c == '-' || (is_block && *c == '+'));
        let size = usize::from(sign.is_some());
        if !rest[size..].starts_with(close) {
            return false;
        }
        let after = self.after_end(size + 2, sign, is_block);
        self.push(if is_block { Token::BlockEnd } else { Token::VariableEnd });
        self.advance(after);
        true
    }

    fn number(&mut self) -> Outcome<()> {
        let rest = self.rest();
        let float = if self.source[..self.at].ends_with('.') { None } else { float_size(rest) };
        let (token, size) = match float {
            Some(size) => {
                let digits = rest[..size].replace('_', "");
                (Token::Float(digits.parse().unwrap_or(f64::INFINITY)), size)
            }
            None => {
                let size = int_size(rest);
                let number = parse_int(&rest[..size], 0);
                let Ok(number) = number else { return self.fail("the number is too large") };
                (Token::Int(number), size)
            }
        };
        self.push(token);
        self.advance(size);
        Ok(())
    }

    fn name(&mut self) -> Outcome<()> {
        let rest = self.rest();
        let size = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let name = &rest[..size];
        if !name.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            return self.fail("Invalid character in identifier");
        }
        let name = Arc::from(name);
        self.push(Token::Name(name));
        self.advance(size);
        Ok(())
    }

    fn string(&mut self, quote: char) -> Outcome<()> {
        let mut escaped = false;
        let end = self.rest()[1..].find(|c: char| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            return self.fail(format!("unexpected char '{quote}' at {}", self.at));
        };
        match unescape(&self.rest()[1..=end]) {
            Ok(text) => self.push(Token::Str(text)),
            Err(raise) => return self.fail(raise.0.message),
        }
        self.advance(end + 2);
        Ok(())
    }

    fn operator(&mut self, open: &mut Vec<&'static str>) -> Outcome<()> {
        let found = OPERATORS.iter().find(|sign| self.rest().starts_with(**sign));
        let Some(sign) = found else {
            let c = self.rest().chars().next().unwrap_or_default();
            return self.fail(format!("unexpected char '{c}' at {}", self.at));
        };
        match *sign {
            "{" => open.push("}"),
            "(" => open.push(")"),
            "[" => open.push("]"),
            "}" | ")" | "]" => match open.pop() {
                None => return self.fail(format!("unexpected '{sign}'")),
                Some(expected) if expected != *sign => {
                    return self.fail(format!("unexpected '{sign}', expected '{expected}'"));
                }
                Some(_) => {}
            },
            _ => {}
        }
        self.push(Token::Operator(sign));
        self.advance(sign.len());
        Ok(())
    }
}

fn next_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(1))
        .find(|&at| bytes[at] == b'{' && matches!(bytes[at + 1], b'{' | b'%' | b'#'))
}

/// Returns the size of a tag that begins raw text, when there is one.
fn raw_begin(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest.trim_start_matches(python::is_space).strip_prefix("raw")?;
    let rest = rest.trim_start_matches(python::is_space);
    let rest = match rest.strip_prefix("-%}") {
        Some(rest) => rest.trim_start_matches(python::is_space),
        None => rest.strip_prefix("%}")?,
    };
    Some(text.len() - rest.len())
}

/// Returns the size and both signs of a tag that ends raw text, when there is one.
fn raw_end(text: &str) -> Option<(usize, Option<char>, Option<char>)> {
    let rest = text.strip_prefix("{%")?;
    let sign = rest.chars().next().filter(|c| "-+".contains(*c));
    let rest = &rest[usize::from(sign.is_some())..];
    let rest = rest.trim_start_matches(python::is_space).strip_prefix("endraw")?;
    let rest = rest.trim_start_matches(python::is_space);
    let end_sign = rest.chars().next().filter(|c| "-+".contains(*c));
    let rest = rest[usize::from(end_sign.is_some())..].strip_prefix("%}")?;
    Some((text.len() - rest.len(), sign, end_sign))
}

/// Returns the size of digits with single underscores between them.
fn digits_size(text: &str, digit: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let joins = *byte == b'_' && at > 0 && bytes.get(at + 1).is_some_and(|b| digit(*b));
        if !digit(*byte) && !joins {
            break;
        }
        at += 1;
    }
    at
}

fn float_size(text: &str) -> Option<usize> {
    let decimal = |text: &str| digits_size(text, |b| b.is_ascii_digit());
    let mut size = decimal(text);
    let mut is_float = false;
    if let Some(rest) = text[size..].strip_prefix('.') {
        let fraction = decimal(rest);
        if fraction > 0 {
            is_float = true;
            size += 1 + fraction;
        }
    }
    if text[size..].starts_with(['e', 'E']) {
        let rest = &text[size + 1..];
        let sign = usize::from(rest.starts_with(['+', '-']));
        let exponent = decimal(&rest[sign..]);
        if exponent > 0 {
            is_float = true;
            size += 1 + sign + exponent;
        }
    }
    is_float.then_some(size)
}

fn int_size(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes[0] == b'0' {
        let digit: Option<fn(u8) -> bool> = match bytes.get(1) {
            Some(b'x' | b'X') => Some(|b| b.is_ascii_hexdigit()),
            Some(b'o' | b'O') => Some(|b| (b'0'..=b'7').contains(&b)),
            Some(b'b' | b'B') => Some(|b| matches!(b, b'0' | b'1')),
            _ => None,
        };
        if let Some(digit) = digit {
            let skip = 2 + usize::from(bytes.get(2) == Some(&b'_'));
            let size = digits_size(text.get(skip..).unwrap_or_default(), digit);
            if size > 0 {
                return skip + size;
            }
        }
        return digits_size(text, |b| b == b'0');
    }
    digits_size(text, |b| b.is_ascii_digit())
}
