//! `str.format`: fields in braces.

use super::arguments::Arguments;
use super::budget;
use super::number::decimal_digit;
use super::object::Object;
use super::raise::{Class, Outcome, Raise, value_error};
use super::spec::format_value;
use super::text;

/// Gives a part of a value under the rules of the sandbox: an attribute, or an item.
pub type Attribute<'a> = &'a dyn Fn(&Object, Part<'_>) -> Outcome<Object>;

/// What a field asks a value for.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// An attribute.
    Name(&'a str),
    /// An item under a text.
    Key(&'a str),
    /// An item at a position.
    Index(usize),
}

/// Returns `template.format(*arguments)`.
///
/// In a template that is safe HTML, what fills the fields is escaped.
pub fn format(
    template: &Object,
    arguments: &Arguments,
    attribute: Attribute<'_>,
) -> Outcome<String> {
    let escape = matches!(template, Object::Markup(_));
    let mut state = State { arguments, attribute, escape, next: 0, manual: None };
    state.expand(template.as_str().unwrap_or_default(), 3)
}

struct State<'a> {
    arguments: &'a Arguments,
    attribute: Attribute<'a>,
    escape: bool,
    next: usize,
    /// Whether fields name their position; none before the first field.
    manual: Option<bool>,
}

impl State<'_> {
    fn expand(&mut self, template: &str, depth: usize) -> Outcome<String> {
        if depth == 0 {
            return value_error("Max string recursion exceeded");
        }
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
            if doubled {
                out.push_str(&rest[at..=at]);
                rest = &rest[at + 2..];
                continue;
            }
            if rest[at..].starts_with('}') {
                return value_error("Single '}' encountered in format string");
            }
            let inside = &rest[at + 1..];
            if inside.is_empty() {
                return value_error("Single '{' encountered in format string");
            }
            let end = closing(inside)?;
            let text = self.field(&inside[..end], depth)?;
            budget::build(text.len())?;
            out.push_str(&text);
            rest = &inside[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Outcome<String> {
        let (name, conversion, spec) = split_field(field)?;
        let value = self.resolve(name)?;
        let value = match conversion {
            None => value,
            Some('s') => Object::from(text::str(&value)?),
            Some('r') => Object::from(text::repr(&value)?),
            Some('a') => Object::from(super::percent::ascii(&text::repr(&value)?)),
            Some(other) => {
                return value_error(format!("Unknown conversion specifier {other}"));
            }
        };
        let spec = self.expand(spec, depth - 1)?;
        let text = format_value(&value, &spec)?;
        let escapes = self.escape && depth == 3 && !matches!(value, Object::Markup(_));
        Ok(if escapes { crate::html::escape_text(&text) } else { text })
    }

    fn resolve(&mut self, name: &str) -> Outcome<Object> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(end);
        let mut value = self.first(first)?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return value_error("Empty attribute in format string");
                }
                value = (self.attribute)(&value, Part::Name(&after[..end]))?;
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let Some(end) = after.find(']') else {
                    return value_error("Missing ']' in format string");
                };
                if end == 0 {
                    return value_error("Empty attribute in format string");
                }
                let key = &after[..end];
                let part = whole(key).map_or(Part::Key(key), Part::Index);
                value = (self.attribute)(&value, part)?;
                rest = &after[end + 1..];
            } else {
                return value_error("Only '.' or '[' may follow ']' in format field specifier");
            }
        }
        Ok(value)
    }

    fn first(&mut self, name: &str) -> Outcome<Object> {
        let position = if name.is_empty() { Some(self.next) } else { whole(name) };
        let Some(position) = position else {
            let found = self.arguments.named.iter().find(|(given, _)| &**given == name);
            return match found {
                Some((_, value)) => Ok(value.clone()),
                None => Err(Raise::new(Class::Key, text::quote(name)).about(name)),
            };
        };
        let manual = !name.is_empty();
        if *self.manual.get_or_insert(manual) != manual {
            let (from, to) = if manual {
                ("automatic field numbering", "manual field specification")
            } else {
                ("manual field specification", "automatic field numbering")
            };
            return value_error(format!("cannot switch from {from} to {to}"));
        }
        self.next += usize::from(!manual);
        self.arguments.positional.get(position).cloned().ok_or_else(|| {
            let message =
                format!("Replacement index {position} out of range for positional args tuple");
            Raise::new(Class::Index, message)
        })
    }
}

fn whole(text: &str) -> Option<usize> {
    let mut value: usize = 0;
    for c in text.chars() {
        value = value.checked_mul(10)?.checked_add(decimal_digit(c)? as usize)?;
    }
    (!text.is_empty()).then_some(value)
}

/// Finds the brace that closes a field.
fn closing(text: &str) -> Outcome<usize> {
    let mut depth = 1;
    let mut bracket = false;
    for (index, c) in text.char_indices() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '{' if !bracket => depth += 1,
            '}' if !bracket => {
                depth -= 1;
                if depth == 0 {
                    return Ok(index);
                }
            }
            _ => {}
        }
    }
    value_error("expected '}' before end of string")
}

fn split_field(field: &str) -> Outcome<(&str, Option<char>, &str)> {
    let mut bracket = false;
    let end = field.char_indices().find(|(_, c)| {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            _ => {}
        }
        !bracket && matches!(c, '!' | ':')
    });
    let Some((end, c)) = end else { return Ok((field, None, "")) };
    let (name, rest) = (&field[..end], &field[end + 1..]);
    if name.contains('{') {
        return value_error("unexpected '{' in field name");
    }
    if c == ':' {
        return Ok((name, None, rest));
    }
    let mut chars = rest.chars();
    let Some(conversion) = chars.next() else {
        return value_error("end of string while looking for conversion specifier");
    };
    let rest = chars.as_str();
    match rest.strip_prefix(':') {
        Some(spec) => Ok((name, Some(conversion), spec)),
        None if rest.is_empty() => Ok((name, Some(conversion), "")),
        None => value_error("expected ':' after conversion specifier"),
    }
}
