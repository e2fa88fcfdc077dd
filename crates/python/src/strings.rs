//! The methods of `str`.

use super::arguments::{Arguments, flag, given, whole, whole_or};
use super::budget;
use super::format::{self, Attribute};
use super::methods;
use super::object::Object;
use super::operators::{iterate, like, subscript};
use super::raise::{Outcome, type_error, value_error};
use super::search::{affix, count, find, partition};
use super::{is_space, text};

pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

pub(super) fn call(
    object: &Object,
    name: &str,
    arguments: &Arguments,
    attribute: Attribute<'_>,
) -> Outcome<Object> {
    let value = object.as_str().unwrap_or_default();
    if name.starts_with("is") {
        arguments.bind::<0>(name, [], 0)?;
        return Ok(Object::Bool(predicate(value, name)));
    }
    let changed = match name {
        "upper" => value.to_uppercase(),
        "lower" => value.to_lowercase(),
        "casefold" => value.to_lowercase().replace('ß', "ss").replace('ς', "σ"),
        "capitalize" => capitalize(value),
        "title" => title(value),
        "swapcase" => swapcase(value),
        "format" => format::format(object, arguments, attribute)?,
        "format_map" => {
            let [mapping] = arguments.bind(name, ["mapping"], 1)?;
            format::format(object, &from_mapping(mapping)?, attribute)?
        }
        "strip" | "lstrip" | "rstrip" => strip(value, name, arguments)?,
        "center" | "ljust" | "rjust" | "zfill" => justify(value, name, arguments)?,
        "expandtabs" => expand_tabs(value, arguments)?,
        "replace" => replace(value, arguments)?,
        "removeprefix" | "removesuffix" => {
            let part = string(arguments.bind(name, ["part"], 1)?[0], name)?;
            let cut = match name {
                "removeprefix" => value.strip_prefix(part),
                _ => value.strip_suffix(part),
            };
            cut.unwrap_or(value).to_owned()
        }
        "join" => {
            let [items] = arguments.bind(name, ["iterable"], 1)?;
            join(object, items.unwrap_or(&Object::None))?
        }
        "translate" => translate(value, arguments)?,
        _ => return other(object, value, name, arguments),
    };
    budget::build(changed.len())?;
    Ok(like(object, changed))
}

fn other(object: &Object, value: &str, name: &str, arguments: &Arguments) -> Outcome<Object> {
    match name {
        "split" | "rsplit" => split(object, value, name, arguments),
        "splitlines" => {
            let [keep] = arguments.bind(name, ["keepends"], 0)?;
            let lines = lines(value, flag(keep)?);
            Ok(Object::list(lines.into_iter().map(|line| like(object, line.to_owned())).collect()))
        }
        "partition" | "rpartition" => partition(object, value, name, arguments),
        "startswith" | "endswith" => affix(value, name, arguments),
        "find" | "rfind" | "index" | "rindex" => find(value, name, arguments),
        "count" => count(value, arguments),
        "encode" => super::bytes::encode(value, arguments),
        "maketrans" => make_translation(arguments),
        _ => Err(methods::missing(object, name)),
    }
}

fn predicate(value: &str, name: &str) -> bool {
    let all = |test: &dyn Fn(char) -> bool| !value.is_empty() && value.chars().all(test);
    match name {
        "isalnum" => all(&|c| c.is_alphanumeric()),
        "isalpha" => all(&|c| c.is_alphabetic()),
        "isascii" => value.is_ascii(),
        "isdecimal" => all(&|c| super::number::decimal_digit(c).is_some()),
        "isdigit" => all(&|c| super::number::decimal_digit(c).is_some() || is_other_digit(c)),
        "isnumeric" => all(&|c| c.is_numeric()),
        "isprintable" => value.chars().all(text::is_printable),
        "isspace" => all(&is_space),
        "isidentifier" => is_identifier(value),
        "islower" => {
            value.chars().any(char::is_lowercase) && !value.chars().any(char::is_uppercase)
        }
        "isupper" => {
            value.chars().any(char::is_uppercase) && !value.chars().any(char::is_lowercase)
        }
        _ => is_title(value),
    }
}

fn is_other_digit(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼' | '⒈'..='⒐')
}

/// Returns whether text is a name in Python's sense.
#[must_use]
pub(crate) fn is_identifier(value: &str) -> bool {
    let mut chars = value.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
}

fn is_title(value: &str) -> bool {
    let (mut after_cased, mut any) = (false, false);
    for c in value.chars() {
        if c.is_uppercase() && after_cased || c.is_lowercase() && !after_cased {
            return false;
        }
        after_cased = c.is_uppercase() || c.is_lowercase();
        any |= after_cased;
    }
    any
}

fn title_char(c: char, out: &mut String) {
    let mut upper = c.to_uppercase();
    out.extend(upper.next());
    out.extend(upper.flat_map(char::to_lowercase));
}

/// Returns the text with a capital first letter and a small rest.
#[must_use]
pub fn capitalize(value: &str) -> String {
    let mut out = String::new();
    let Some(first) = value.chars().next() else { return out };
    title_char(first, &mut out);
    // The case of a last letter may depend on those before it.
    let lower = value.to_lowercase();
    let skipped: usize = first.to_lowercase().map(char::len_utf8).sum();
    out + &lower[skipped..]
}

fn title(value: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in value.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            title_char(c, &mut out);
        }
        inside = c.is_uppercase() || c.is_lowercase();
    }
    out
}

fn swapcase(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

/// Returns the text that an argument must be.
pub(super) fn string<'a>(argument: Option<&'a Object>, function: &str) -> Outcome<&'a str> {
    match argument {
        Some(Object::Str(text) | Object::Markup(text)) => Ok(text),
        Some(Object::Undefined(undefined)) => Err(undefined.error()),
        Some(other) => {
            type_error(format!("{function}() argument must be str, not {}", other.type_name()))
        }
        None => type_error(format!("{function}() takes an argument")),
    }
}

fn strip(value: &str, name: &str, arguments: &Arguments) -> Outcome<String> {
    let [chars] = arguments.bind(name, ["chars"], 0)?;
    let set: Option<Vec<char>> = match given(chars) {
        Some(chars) => Some(string(Some(chars), name)?.chars().collect()),
        None => None,
    };
    let matches = |c: char| set.as_ref().map_or_else(|| is_space(c), |set| set.contains(&c));
    Ok(match name {
        "lstrip" => value.trim_start_matches(matches),
        "rstrip" => value.trim_end_matches(matches),
        _ => value.trim_matches(matches),
    }
    .to_owned())
}

fn justify(value: &str, name: &str, arguments: &Arguments) -> Outcome<String> {
    let [width, fill] = arguments.bind(name, ["width", "fillchar"], 1)?;
    let width = usize::try_from(whole_or(width, 0)?.max(0)).unwrap_or(usize::MAX);
    let fill = match fill {
        None if name == "zfill" => '0',
        None => ' ',
        Some(fill) => {
            let mut chars = string(Some(fill), name)?.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => c,
                _ => return type_error("The fill character must be exactly one character long"),
            }
        }
    };
    let missing = width.saturating_sub(value.chars().count());
    budget::build(missing.saturating_mul(fill.len_utf8()))?;
    let pad = |count: usize| fill.to_string().repeat(count);
    Ok(match name {
        "ljust" => format!("{value}{}", pad(missing)),
        "rjust" => format!("{}{value}", pad(missing)),
        "zfill" if value.starts_with(['+', '-']) => {
            format!("{}{}{}", &value[..1], pad(missing), &value[1..])
        }
        "zfill" => format!("{}{value}", pad(missing)),
        _ => {
            let left = missing / 2 + (missing & width & 1);
            format!("{}{value}{}", pad(left), pad(missing - left))
        }
    })
}

fn expand_tabs(value: &str, arguments: &Arguments) -> Outcome<String> {
    let [size] = arguments.bind("expandtabs", ["tabsize"], 0)?;
    let size = usize::try_from(whole_or(size, 8)?.clamp(0, 1 << 16)).unwrap_or(0);
    let mut out = String::new();
    let mut column = 0;
    for c in value.chars() {
        match c {
            '\t' => {
                let spaces = if size == 0 { 0 } else { size - column % size };
                budget::build(spaces)?;
                out.push_str(&" ".repeat(spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out)
}

fn replace(value: &str, arguments: &Arguments) -> Outcome<String> {
    let [old, new, count] = arguments.bind("replace", ["old", "new", "count"], 2)?;
    let count = whole_or(count, -1)?;
    replace_text(value, string(old, "replace")?, string(new, "replace")?, count)
}

/// Replaces `old` by `new`, `count` times at most unless it is negative.
pub fn replace_text(value: &str, old: &str, new: &str, count: i128) -> Outcome<String> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let found = value.matches(old).take(limit).count();
    budget::build(found.saturating_mul(new.len()).saturating_add(value.len()))?;
    Ok(value.replacen(old, new, limit))
}

/// Joins the strings of an iterable.
fn join(object: &Object, items: &Object) -> Outcome<String> {
    let separator = object.as_str().unwrap_or_default();
    let escapes = matches!(object, Object::Markup(_));
    let mut out = String::new();
    for (index, item) in iterate(items)?.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        match item {
            Object::Str(text) if escapes => {
                out.push_str(&crate::html::escape_text(text));
            }
            Object::Str(text) | Object::Markup(text) => out.push_str(text),
            other if escapes => {
                out.push_str(&crate::html::escape_text(&text::str(other)?));
            }
            other => {
                let name = other.type_name();
                return type_error(format!(
                    "sequence item {index}: expected str instance, {name} found"
                ));
            }
        }
        budget::build(separator.len())?;
    }
    Ok(out)
}

fn split(object: &Object, value: &str, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let [separator, limit] = arguments.bind(name, ["sep", "maxsplit"], 0)?;
    let limit = usize::try_from(whole_or(limit, -1)?).ok();
    let parts = match given(separator) {
        None if name == "split" => split_space(value, limit),
        None => rsplit_space(value, limit),
        Some(separator) => {
            let separator = string(Some(separator), name)?;
            if separator.is_empty() {
                return value_error("empty separator");
            }
            match (name, limit) {
                ("split", Some(limit)) => value.splitn(limit + 1, separator).collect(),
                ("split", None) | (_, None) => value.split(separator).collect(),
                (_, Some(limit)) => {
                    let mut parts: Vec<&str> = value.rsplitn(limit + 1, separator).collect();
                    parts.reverse();
                    parts
                }
            }
        }
    };
    budget::build(parts.len().saturating_mul(32))?;
    Ok(Object::list(parts.into_iter().map(|part| like(object, part.to_owned())).collect()))
}

fn split_space(value: &str, limit: Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = value.trim_start_matches(is_space);
    while !rest.is_empty() {
        if limit.is_some_and(|limit| parts.len() >= limit) {
            parts.push(rest);
            break;
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_space);
    }
    parts
}

fn rsplit_space(value: &str, limit: Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = value.trim_end_matches(is_space);
    while !rest.is_empty() {
        if limit.is_some_and(|limit| parts.len() >= limit) {
            parts.push(rest);
            break;
        }
        let part = rest.rsplit(is_space).next().unwrap_or(rest);
        parts.push(part);
        rest = rest[..rest.len() - part.len()].trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

/// Returns the lines of a text, with their ends when `keep` is set.
#[must_use]
pub fn lines(value: &str, keep: bool) -> Vec<&str> {
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut lines = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find(is_end) {
        let size = if rest[at..].starts_with("\r\n") {
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        lines.push(&rest[..if keep { at + size } else { at }]);
        rest = &rest[at + size..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn from_mapping(mapping: Option<&Object>) -> Outcome<Arguments> {
    let mut arguments = Arguments::default();
    if let Some(Object::Dict(map)) = mapping {
        for (key, value) in map.entries.borrow().values() {
            if let Object::Str(name) = key {
                arguments.named.push((name.clone(), value.clone()));
            }
        }
    }
    Ok(arguments)
}

fn translate(value: &str, arguments: &Arguments) -> Outcome<String> {
    let [table] = arguments.bind("translate", ["table"], 1)?;
    let table = table.unwrap_or(&Object::None);
    let mut out = String::new();
    for c in value.chars() {
        match subscript(table, &Object::Int(i128::from(u32::from(c))))? {
            None => out.push(c),
            Some(Object::None) => {}
            Some(Object::Str(text)) => out.push_str(&text),
            Some(other) => {
                let code = u32::try_from(whole(&other)?).ok().and_then(char::from_u32);
                out.extend(code);
            }
        }
    }
    Ok(out)
}

fn make_translation(arguments: &Arguments) -> Outcome<Object> {
    let [from, to, drop] = arguments.bind("maketrans", ["x", "y", "z"], 1)?;
    let code = |c: char| Object::Int(i128::from(u32::from(c)));
    let mut entries = super::object::Entries::new();
    let mut add = |key: Object, value: Object| -> Outcome<()> {
        entries.insert(key.key()?, (key, value));
        Ok(())
    };
    if let (Some(Object::Dict(map)), None) = (from, to) {
        for (key, value) in map.entries.borrow().values() {
            let key = match key.as_str().map(|key| key.chars().collect::<Vec<_>>()) {
                Some(chars) if chars.len() == 1 => code(chars[0]),
                Some(_) => {
                    return value_error("string keys in translate table must be of length 1");
                }
                None => key.clone(),
            };
            add(key, value.clone())?;
        }
        return Ok(Object::dict(entries));
    }
    let (from, to) = (string(from, "maketrans")?, string(to, "maketrans")?);
    if from.chars().count() != to.chars().count() {
        return value_error("the first two maketrans arguments must have equal length");
    }
    for (from, to) in from.chars().zip(to.chars()) {
        add(code(from), code(to))?;
    }
    if let Some(drop) = drop {
        for c in string(Some(drop), "maketrans")?.chars() {
            add(code(c), Object::None)?;
        }
    }
    Ok(Object::dict(entries))
}
