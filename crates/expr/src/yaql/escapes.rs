//! Escapes in YAQL's texts, as Python decodes them.

use python::raise::{Outcome, value_error};

/// Decodes the escapes in the inside of a text; a backslash before anything else stays.
pub(super) fn decode(inside: &str) -> Outcome<String> {
    if !inside.contains('\\') {
        return Ok(inside.to_owned());
    }
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = match escape(&rest[1..])? {
            Some((c, length)) => (c, length + 1),
            None => ('\\', 1),
        };
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the character for what follows a backslash, and how long that is.
fn escape(rest: &str) -> Outcome<Option<(char, usize)>> {
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let simple = match first {
        '\\' | '\'' | '"' => first,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return coded(rest, 2),
        'u' => return coded(rest, 4),
        'U' => return coded(rest, 8),
        'N' => return named(rest),
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            let code = u32::from_str_radix(&rest[..length], 8).unwrap_or(0);
            return Ok(char::from_u32(code).map(|c| (c, length)));
        }
        _ => return Ok(None),
    };
    Ok(Some((simple, 1)))
}

/// Reads an escape with a fixed number of digits; with too few characters it is none.
fn coded(rest: &str, count: usize) -> Outcome<Option<(char, usize)>> {
    let following = rest[1..].chars().take_while(|c| *c != '\n').take(count);
    let length = following.clone().map(char::len_utf8).sum::<usize>();
    if following.count() < count {
        return Ok(None);
    }
    let digits = &rest[1..=length];
    let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
    match u32::from_str_radix(digits, 16).ok().filter(|_| plain).and_then(char::from_u32) {
        Some(c) => Ok(Some((c, length + 1))),
        None => value_error(format!("'unicodeescape' codec can't decode \\{}", &rest[..=length])),
    }
}

/// A character by its name: which one it is, is not known here.
fn named(rest: &str) -> Outcome<Option<(char, usize)>> {
    match rest[1..].strip_prefix('{').and_then(|name| name.find('}')) {
        Some(end) if end > 0 => value_error("characters cannot be written by their names"),
        _ => Ok(None),
    }
}
