//! Filters over sequences and mappings.

use python::arguments::{Arguments, flag, given, whole};
use python::budget;
use python::html::escape_text;
use python::object::{Object, View};
use python::operators::{iterate, sort_by_keys, view_items};
use python::raise::{Class, Outcome, Raise, type_error};
use python::{methods, text};

use crate::jinja::machine::Machine;

use super::attributes::{get, parts};

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    match name {
        "first" => {
            arguments.bind::<0>(name, [], 0)?;
            let first = match value {
                Object::Iter(iter) => iter.rest.borrow_mut().pop_front(),
                other => iterate(other)?.into_iter().next(),
            };
            let empty = "No first item, sequence was empty.";
            Ok(first.unwrap_or_else(|| machine.undefined_hint(empty)))
        }
        "last" => {
            if let Object::Iter(iter) = value {
                let name = iter.type_name;
                return type_error(format!("'{name}' object is not reversible"));
            }
            let last = iterate(value).map_err(|raise| reversing(value, raise))?.pop();
            let empty = "No last item, sequence was empty.";
            Ok(last.unwrap_or_else(|| machine.undefined_hint(empty)))
        }
        "list" => iterate(value).map(Object::list),
        "items" => match value {
            Object::Undefined(_) => Ok(Object::generator(Vec::new())),
            Object::Dict(map) => Ok(Object::generator(view_items(View::Items, map))),
            _ => type_error("Can only get item pairs from a mapping."),
        },
        "random" => {
            let items = iterate(value)?;
            let index = usize::try_from(machine.options.seed).unwrap_or(0) % items.len().max(1);
            let empty = "No random item, sequence was empty.";
            Ok(items.get(index).cloned().unwrap_or_else(|| machine.undefined_hint(empty)))
        }
        "reverse" => reverse(value),
        "join" => join(machine, value, arguments),
        "batch" => batch(value, arguments),
        "slice" => slice(value, arguments),
        _ => dict_sort(value, arguments),
    }
}

fn reversing(value: &Object, raise: Raise) -> Raise {
    if value.is_undefined() {
        return raise;
    }
    Raise::new(Class::Type, format!("'{}' object is not reversible", value.type_name()))
}

fn reverse(value: &Object) -> Outcome<Object> {
    if let Some(text) = value.as_str() {
        return Ok(python::operators::like(value, text.chars().rev().collect()));
    }
    let kind = match value {
        Object::List(_) => "list_reverseiterator",
        Object::Dict(_) | Object::View(View::Keys, _) => "dict_reversekeyiterator",
        Object::View(View::Values, _) => "dict_reversevalueiterator",
        Object::View(View::Items, _) => "dict_reverseitemiterator",
        Object::Range(_) => "range_iterator",
        _ => "reversed",
    };
    let items = iterate(value).map_err(|raise| {
        if value.is_undefined() {
            return raise;
        }
        Raise::new(Class::FilterArgument, "argument must be iterable")
    });
    let mut items = items?;
    items.reverse();
    if matches!(value, Object::Iter(_)) {
        return Ok(Object::list(items));
    }
    Ok(Object::iter(items, kind))
}

fn join(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [separator, attribute] = arguments.bind("join", ["d", "attribute"], 0)?;
    let separator = separator.cloned().unwrap_or_else(|| Object::str(""));
    let path = parts(given(attribute).unwrap_or(&Object::None))?;
    let mut items = iterate(value)?;
    if !path.is_empty() {
        for item in &mut items {
            *item = get(machine, item, &path)?;
        }
    }
    let is_safe = |object: &Object| matches!(object, Object::Markup(_));
    let escape = machine.autoescape.get() && (is_safe(&separator) || items.iter().any(is_safe));
    let show = |object: &Object| -> Outcome<String> {
        let text = text::str(object)?;
        Ok(if escape && !is_safe(object) { escape_text(&text) } else { text })
    };
    let shown = show(&separator)?;
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        let part = show(item)?;
        budget::build(part.len() + shown.len())?;
        if index > 0 {
            out.push_str(&shown);
        }
        out.push_str(&part);
    }
    Ok(if escape { Object::Markup(out.into()) } else { Object::from(out) })
}

fn batch(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [count, fill] = arguments.bind("batch", ["linecount", "fill_with"], 1)?;
    let size = usize::try_from(whole(count.unwrap_or(&Object::None))?).unwrap_or(0);
    let mut rows: Vec<Vec<Object>> = Vec::new();
    let mut row = Vec::new();
    for item in iterate(value)? {
        if row.len() == size {
            rows.push(std::mem::take(&mut row));
        }
        row.push(item);
    }
    if !row.is_empty() {
        if let Some(fill) = given(fill) {
            budget::build(size.saturating_mul(32))?;
            while row.len() < size {
                row.push(fill.clone());
            }
        }
        rows.push(row);
    }
    Ok(Object::generator(rows.into_iter().map(Object::list).collect()))
}

fn slice(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [slices, fill] = arguments.bind("slice", ["slices", "fill_with"], 1)?;
    let slices = whole(slices.unwrap_or(&Object::None))?;
    if slices == 0 {
        return Err(Raise::new(Class::ZeroDivision, "integer division or modulo by zero"));
    }
    let slices = usize::try_from(slices).unwrap_or(0);
    budget::build(slices.saturating_mul(64))?;
    let items = iterate(value)?;
    let (size, longer) = (items.len() / slices.max(1), items.len() % slices.max(1));
    let mut rows = Vec::new();
    let mut rest = items.into_iter();
    for index in 0..slices {
        let mut row: Vec<Object> = rest.by_ref().take(size + usize::from(index < longer)).collect();
        if let (Some(fill), true) = (given(fill), index >= longer) {
            row.push(fill.clone());
        }
        rows.push(Object::list(row));
    }
    Ok(Object::generator(rows))
}

fn dict_sort(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [case_sensitive, by, reverse] =
        arguments.bind("dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let by_value = match by.map_or(Some("key"), Object::as_str) {
        Some("key") => false,
        Some("value") => true,
        _ => {
            let message = "You can only sort by either \"key\" or \"value\"";
            return Err(Raise::new(Class::FilterArgument, message));
        }
    };
    let folds = !flag(case_sensitive)?;
    let Object::Dict(map) = value else {
        return Err(match value {
            Object::Undefined(undefined) => undefined.error(),
            other => methods::missing(other, "items"),
        });
    };
    let fold = |object: &Object| match object.as_str() {
        Some(text) if folds => Object::from(text.to_lowercase()),
        _ => object.clone(),
    };
    let entries = map.entries.borrow();
    let pairs = entries
        .values()
        .map(|(key, value)| {
            let sort_key = fold(if by_value { value } else { key });
            (sort_key, Object::tuple(vec![key.clone(), value.clone()]))
        })
        .collect();
    sort_by_keys(pairs, flag(reverse)?).map(Object::list)
}
