//! Filters that make or unmake HTML.

use python::arguments::{Arguments, flag, given};
use python::budget;
use python::html::escape_text;
use python::json::{Style, dumps};
use python::methods;
use python::object::Object;
use python::raise::{Outcome, type_error, value_error};
use python::text;

use crate::jinja::machine::Machine;

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    match name {
        "e" | "escape" => escape(value),
        "forceescape" => Ok(Object::Markup(escape_text(&text::str(value)?).into())),
        "safe" => Ok(Object::Markup(text::str(value)?.into())),
        "striptags" => Ok(Object::from(strip_tags(&text::str(value)?)?)),
        "tojson" => {
            let [indent] = arguments.bind(name, ["indent"], 0)?;
            let style = Style { sorted: true, ..Style::indented(given(indent))? };
            let json = dumps(value, &style)?;
            let safe = json
                .replace('<', "\\u003c")
                .replace('>', "\\u003e")
                .replace('&', "\\u0026")
                .replace('\'', "\\u0027");
            Ok(Object::Markup(safe.into()))
        }
        _ => attributes(machine, value, arguments),
    }
}

/// Escapes a value, unless it is safe already.
fn escape(value: &Object) -> Outcome<Object> {
    if let Object::Markup(_) = value {
        return Ok(value.clone());
    }
    let shown = text::str(value)?;
    budget::build(shown.len().saturating_mul(2))?;
    Ok(Object::Markup(escape_text(&shown).into()))
}

fn attributes(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [space] = arguments.bind("xmlattr", ["autospace"], 0)?;
    let Object::Dict(map) = value else {
        return Err(match value {
            Object::Undefined(undefined) => undefined.error(),
            other => methods::missing(other, "items"),
        });
    };
    let mut parts = Vec::new();
    for (key, value) in map.entries.borrow().values() {
        if value.is_none() || value.is_undefined() {
            continue;
        }
        let Some(name) = key.as_str() else {
            let got = key.type_name();
            return type_error(format!("expected string or bytes-like object, got '{got}'"));
        };
        if name.contains([' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '/', '>', '=']) {
            return value_error(format!(
                "Invalid character in attribute name: {}",
                text::quote(name)
            ));
        }
        let shown = text::str(&escape(value)?)?;
        parts.push(format!("{}=\"{shown}\"", escape_text(name)));
    }
    let mut joined = parts.join(" ");
    if (space.is_none() || flag(space)?) && !joined.is_empty() {
        joined.insert(0, ' ');
    }
    Ok(machine.marked(joined))
}

/// Removes tags and comments, joins spaces and resolves entities.
fn strip_tags(value: &str) -> Outcome<String> {
    let mut value = value.to_owned();
    for (open, close) in [("<!--", "-->"), ("<", ">")] {
        while let Some(start) = value.find(open) {
            let Some(end) = value[start..].find(close) else { break };
            budget::step(1 + value.len() / 64)?;
            value.replace_range(start..start + end + close.len(), "");
        }
    }
    let words: Vec<&str> = value.split(python::is_space).filter(|w| !w.is_empty()).collect();
    Ok(unescape(&words.join(" ")))
}

const ENTITIES: [(&str, &str); 26] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("euro", "€"),
    ("pound", "£"),
    ("yen", "¥"),
    ("sect", "§"),
    ("deg", "°"),
    ("times", "×"),
];

/// Resolves the usual entities.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let resolved = rest.find(';').filter(|end| *end <= 12).and_then(|end| {
            let name = &rest[1..end];
            let value = match name.strip_prefix('#') {
                Some(number) => {
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(digits) => u32::from_str_radix(digits, 16),
                        None => number.parse(),
                    };
                    char::from_u32(code.ok()?)?.to_string()
                }
                None => ENTITIES.iter().find(|(known, _)| *known == name)?.1.to_owned(),
            };
            Some((value, end + 1))
        });
        match resolved {
            Some((value, size)) => {
                out.push_str(&value);
                rest = &rest[size..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}
