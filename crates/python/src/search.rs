//! The methods of `str` that look for a part of it.

use super::arguments::{Arguments, given, whole_or};
use super::object::Object;
use super::operators::{like, slice};
use super::raise::{Class, Outcome, Raise, value_error};
use super::strings::string;

pub(super) fn partition(
    object: &Object,
    value: &str,
    name: &str,
    arguments: &Arguments,
) -> Outcome<Object> {
    let separator = string(arguments.bind(name, ["sep"], 1)?[0], name)?;
    if separator.is_empty() {
        return value_error("empty separator");
    }
    let first = name == "partition";
    let parts = if first { value.split_once(separator) } else { value.rsplit_once(separator) };
    let parts = match parts {
        Some((head, tail)) => [head, separator, tail],
        None if first => [value, "", ""],
        None => ["", "", value],
    };
    Ok(Object::tuple(parts.iter().map(|part| like(object, (*part).to_owned())).collect()))
}

pub(super) fn affix(value: &str, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let [affix, start, end] = arguments.bind(name, ["affix", "start", "end"], 1)?;
    let Some((_, part)) = window(value, start, end)? else { return Ok(Object::Bool(false)) };
    let test = |affix: &str| match name {
        "startswith" => part.starts_with(affix),
        _ => part.ends_with(affix),
    };
    let wrong = |other: &Object| {
        let kind = other.type_name();
        let message = format!("{name} first arg must be str or a tuple of str, not {kind}");
        Raise::new(Class::Type, message)
    };
    let affix = affix.unwrap_or(&Object::None);
    if let Object::Undefined(undefined) = affix {
        return Err(undefined.error());
    }
    if let Object::Tuple(seq) = affix {
        for option in seq.items.borrow().iter() {
            if test(option.as_str().ok_or_else(|| wrong(option))?) {
                return Ok(Object::Bool(true));
            }
        }
        return Ok(Object::Bool(false));
    }
    Ok(Object::Bool(test(affix.as_str().ok_or_else(|| wrong(affix))?)))
}

/// Returns the part of a text between two positions, and where it starts.
fn window(
    value: &str,
    start: Option<&Object>,
    end: Option<&Object>,
) -> Outcome<Option<(usize, String)>> {
    if given(start).is_none() && given(end).is_none() {
        return Ok(Some((0, value.to_owned())));
    }
    let length = i128::try_from(value.chars().count()).unwrap_or(i128::MAX);
    let first = whole_or(given(start), 0)?;
    let first = if first < 0 { (first + length).max(0) } else { first };
    if first > length {
        return Ok(None);
    }
    let none = Object::None;
    let part = slice(&Object::str(value), [&Object::Int(first), end.unwrap_or(&none), &none])?;
    let offset = usize::try_from(first).unwrap_or(0);
    Ok(Some((offset, part.as_str().unwrap_or_default().to_owned())))
}

pub(super) fn find(value: &str, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let [part, start, end] = arguments.bind(name, ["sub", "start", "end"], 1)?;
    let part = string(part, name)?;
    let found = window(value, start, end)?.and_then(|(offset, window)| {
        let at = if name.starts_with('r') { window.rfind(part) } else { window.find(part) };
        at.map(|at| offset + window[..at].chars().count())
    });
    match found {
        Some(index) => Ok(Object::count(index)),
        None if name.ends_with("index") => value_error("substring not found"),
        None => Ok(Object::Int(-1)),
    }
}

pub(super) fn count(value: &str, arguments: &Arguments) -> Outcome<Object> {
    let [part, start, end] = arguments.bind("count", ["sub", "start", "end"], 1)?;
    let part = string(part, "count")?;
    let count = window(value, start, end)?.map_or(0, |(_, window)| window.matches(part).count());
    Ok(Object::count(count))
}
