//! Templates of replacements: text with references to groups.

use super::regex::Regex;
use crate::raise::{Class, Outcome, Raise};

fn error(message: impl Into<String>) -> Raise {
    Raise::new(Class::Regex, message)
}

/// A part of a template.
pub(super) enum Part {
    /// Text.
    Text(String),
    /// The text of a group.
    Group(usize),
}

/// Reads a template.
pub(super) fn parse(regex: &Regex, template: &str) -> Outcome<Vec<Part>> {
    let mut parts = vec![Part::Text(String::new())];
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            literal(&mut parts, c);
            continue;
        }
        let Some(next) = rest.chars().next() else {
            return Err(error("bad escape (end of pattern)"));
        };
        rest = &rest[next.len_utf8()..];
        match next {
            'g' => {
                let end = rest.strip_prefix('<').and_then(|name| name.find('>'));
                let Some(end) = end else { return Err(error("missing <")) };
                parts.push(Part::Group(group_number(regex, &rest[1..=end])?));
                rest = &rest[end + 2..];
            }
            '0' => {
                let count = rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let code = u32::from_str_radix(&rest[..count], 8).unwrap_or(0);
                literal(&mut parts, char::from_u32(code).unwrap_or('\0'));
                rest = &rest[count..];
            }
            '1'..='9' => {
                let second = rest.chars().next().filter(char::is_ascii_digit);
                let number = format!("{next}{}", second.map(String::from).unwrap_or_default());
                rest = &rest[number.len() - 1..];
                parts.push(Part::Group(group_number(regex, &number)?));
            }
            'n' => literal(&mut parts, '\n'),
            't' => literal(&mut parts, '\t'),
            'r' => literal(&mut parts, '\r'),
            'a' => literal(&mut parts, '\u{7}'),
            'b' => literal(&mut parts, '\u{8}'),
            'f' => literal(&mut parts, '\u{c}'),
            'v' => literal(&mut parts, '\u{b}'),
            '\\' => literal(&mut parts, '\\'),
            letter if letter.is_ascii_alphabetic() => {
                return Err(error(format!("bad escape \\{letter}")));
            }
            other => {
                literal(&mut parts, '\\');
                literal(&mut parts, other);
            }
        }
    }
    Ok(parts)
}

fn literal(parts: &mut Vec<Part>, c: char) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.push(c);
    } else {
        parts.push(Part::Text(c.to_string()));
    }
}

fn group_number(regex: &Regex, name: &str) -> Outcome<usize> {
    let number = match name.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < regex.groups()),
        Err(_) => regex.names().iter().find(|(known, _)| known == name).map(|(_, number)| *number),
    };
    number.ok_or_else(|| match name.parse::<usize>() {
        Ok(number) => error(format!("invalid group reference {number}")),
        Err(_) => Raise::new(Class::Index, format!("unknown group name '{name}'")),
    })
}
