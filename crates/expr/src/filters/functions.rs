//! StackStorm's filters that need nothing but their arguments; workflows call
//! them as functions, too.

use python::arguments::{Arguments, flag, given, whole_or};
use python::json::{Style, dumps, loads, object};
use python::jsonpath;
use python::object::Object;
use python::operators::{iterate, slice, subscript, truth};
use python::raise::{Class, Outcome, Raise, type_error};
use python::re::functions::{compile, find_texts, is_match, substitute};
use python::re::{IGNORECASE, Purpose};
use python::text;
use python::yaml;

use super::{path, version};

/// What stands for `None` where only text can stand.
pub const NONE_MAGIC: &str = "%*****__%NONE%__*****%";

/// Calls a filter; none when there is none of that name here.
pub fn call(name: &str, value: &Object, arguments: &Arguments) -> Option<Outcome<Object>> {
    Some(match name {
        "from_json_string" => {
            text::str(value).and_then(|text| loads(&text)).map(|json| object(&json))
        }
        "from_yaml_string" => text::str(value).and_then(|text| yaml::load(&text)),
        "json_escape" => {
            dumps(value, &Style::default()).map(|json| Object::str(json.trim_matches('"')))
        }
        "to_complex" => dumps(value, &Style::default()).map(Object::from),
        "to_json_string" => to_json(value, arguments),
        "to_yaml_string" => to_yaml(value, arguments),
        "jsonpath_query" => query(value, arguments),
        "regex_match" | "regex_search" | "regex_replace" | "regex_substring" => {
            by_regex(name, value, arguments)
        }
        "to_human_time_from_seconds" => human_time(value).map(Object::from),
        "use_none" => Ok(if value.is_none() { Object::str(NONE_MAGIC) } else { value.clone() }),
        "basename" | "dirname" => path::call(name, value),
        "shell_quote" => text::str(value).map(|word| Object::str(shell_quote(&word))),
        name if name.starts_with("version_") => version::call(name, value, arguments),
        _ => return None,
    })
}

/// Writes a text so that a shell reads it as one word, whatever it holds. This filter is ours:
/// a template for a command line has no other safe way to take a value in.
fn shell_quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

fn to_json(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [indent, sort_keys, separators] =
        arguments.bind("to_json_string", ["indent", "sort_keys", "separators"], 0)?;
    let mut style = Style { sorted: flag(given(sort_keys))?, ..Style::indented(given(indent))? };
    match separators {
        None => style.item = ",".to_owned(),
        Some(Object::None) => {}
        Some(other) => {
            let parts = iterate(other)?;
            let [item, key] = parts.as_slice() else {
                return type_error("separators must be a pair of strings");
            };
            (style.item, style.key) = (text::str(item)?, text::str(key)?);
        }
    }
    dumps(value, &style).map(Object::from)
}

fn to_yaml(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [indent, unicode] = arguments.bind("to_yaml_string", ["indent", "allow_unicode"], 0)?;
    let indent = usize::try_from(whole_or(given(indent), 2)?).unwrap_or(0);
    let unicode = unicode.map_or(Ok(true), truth)?;
    yaml::dump(value, indent, unicode).map(Object::from)
}

fn query(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [query] = arguments.bind("jsonpath_query", ["query"], 1)?;
    let query = query.unwrap_or(&Object::None);
    let Some(path) = query.as_str() else {
        return type_error(format!("expected a path, got {}", query.type_name()));
    };
    let found = jsonpath::find(path, value)?;
    Ok(if found.is_empty() { Object::None } else { Object::list(found) })
}

fn pattern(argument: Option<&Object>) -> Outcome<&str> {
    match argument {
        Some(Object::Str(text) | Object::Markup(text)) => Ok(text),
        Some(Object::Undefined(undefined)) => Err(undefined.error()),
        _ => type_error("first argument must be string or compiled pattern"),
    }
}

fn flags(ignores_case: Option<&Object>) -> Outcome<u8> {
    Ok(if flag(ignores_case)? { IGNORECASE } else { 0 })
}

fn by_regex(name: &str, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let subject = text::str(value)?;
    match name {
        "regex_replace" => {
            let [source, replacement, fold] =
                arguments.bind(name, ["pattern", "replacement", "ignorecase"], 2)?;
            let compiled = compile(pattern(source)?, flags(fold)?, Purpose::Captures)?;
            let Some(Object::Str(template) | Object::Markup(template)) = replacement else {
                return type_error("expected str instance");
            };
            substitute(&compiled, template, &subject, usize::MAX).map(Object::from)
        }
        "regex_substring" => {
            let [source, index, fold] =
                arguments.bind(name, ["pattern", "result_index", "ignorecase"], 1)?;
            let compiled = compile(pattern(source)?, flags(fold)?, Purpose::Captures)?;
            let found = Object::list(find_texts(&compiled, &subject)?);
            let index = index.cloned().unwrap_or(Object::Int(0));
            match subscript(&found, &index)? {
                Some(item) => Ok(item),
                None if index.as_int().is_some() => {
                    Err(Raise::new(Class::Index, "list index out of range"))
                }
                None => slice(&found, [&index, &Object::None, &Object::None]),
            }
        }
        _ => {
            let [source, fold] = arguments.bind(name, ["pattern", "ignorecase"], 1)?;
            let purpose = if name == "regex_match" { Purpose::Match } else { Purpose::Search };
            let compiled = compile(pattern(source)?, flags(fold)?, purpose)?;
            is_match(&compiled, &subject).map(Object::Bool)
        }
    }
}

/// Says how long a number of seconds is; the odd parts are StackStorm's own.
fn human_time(value: &Object) -> Outcome<String> {
    let Some(seconds) = value.as_float() else {
        return Err(Raise::new(Class::Assertion, ""));
    };
    if seconds == 0.0 {
        return Ok("0s".to_owned());
    }
    if seconds < 1.0 {
        return Ok(format!("{}μs", text::str(value)?));
    }
    let whole = match value {
        Object::Float(number) => python::number::truncate(number.round_ties_even())?,
        other => other.as_int().unwrap_or(0),
    };
    let too_large = || Raise::new(Class::Overflow, "date value out of range");
    let total = i64::try_from(whole).map_err(|_| too_large())?;
    let (days, rest) = (total / 86_400, total % 86_400);
    let date = jiff::civil::date(1, 1, 1)
        .checked_add(jiff::Span::new().try_days(days).map_err(|_| too_large())?)
        .map_err(|_| too_large())?;
    let parts = [
        (i64::from(date.year()) - 1, "y"),
        (i64::from(date.day()) - 1, "d"),
        (rest / 3600, "h"),
        (rest / 60 % 60, "m"),
        (rest % 60, "s"),
    ];
    let Some(first) = parts.iter().position(|(count, _)| *count != 0) else {
        return Ok("0s".to_owned());
    };
    Ok(parts[first..].iter().map(|(count, unit)| format!("{count}{unit}")).collect())
}
