//! Filters that look at an attribute of each item, named by a dotted path.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use python::arguments::{Arguments, flag, given};
use python::arithmetic::{Binary, binary};
use python::budget;
use python::methods;
use python::object::{Object, Seq};
use python::operators::{Order, compare, equal, iterate, sort_by_keys};
use python::raise::{Outcome, type_error};

use crate::jinja::machine::Machine;

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    match name {
        "attr" => attr(machine, value, arguments),
        "sort" => {
            let [reverse, case_sensitive, attribute] =
                arguments.bind(name, ["reverse", "case_sensitive", "attribute"], 0)?;
            let folds = !flag(case_sensitive)?;
            let paths = several(attribute)?;
            let mut pairs = Vec::new();
            for item in iterate(value)? {
                let mut keys = Vec::new();
                for path in &paths {
                    keys.push(fold(get(machine, &item, path)?, folds));
                }
                pairs.push((Object::list(keys), item));
            }
            sort_by_keys(pairs, flag(reverse)?).map(Object::list)
        }
        "min" | "max" => extreme(machine, name, value, arguments),
        "unique" => unique(machine, value, arguments),
        "sum" => sum(machine, value, arguments),
        _ => group(machine, value, arguments),
    }
}

/// Splits a path into the keys that it leads over.
pub(super) fn parts(attribute: &Object) -> Outcome<Vec<Object>> {
    if let Object::Undefined(undefined) = attribute {
        return Err(undefined.error());
    }
    Ok(match attribute.as_str() {
        Some(path) => path.split('.').map(part).collect(),
        None if attribute.is_none() => Vec::new(),
        None => vec![attribute.clone()],
    })
}

fn part(text: &str) -> Object {
    let is_index = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match text.parse::<i128>() {
        Ok(index) if is_index => Object::Int(index),
        _ => Object::str(text),
    }
}

/// Splits a list of paths.
fn several(attribute: Option<&Object>) -> Outcome<Vec<Vec<Object>>> {
    match given(attribute) {
        None => Ok(vec![Vec::new()]),
        Some(attribute) => match attribute.as_str() {
            Some(paths) => paths.split(',').map(|path| parts(&Object::str(path))).collect(),
            None => Ok(vec![parts(attribute)?]),
        },
    }
}

/// Follows a path from an item.
pub(super) fn get(machine: &Machine<'_>, item: &Object, parts: &[Object]) -> Outcome<Object> {
    get_or(machine, item, parts, None)
}

/// Follows a path from an item; what is missing is replaced by the default.
pub(super) fn get_or(
    machine: &Machine<'_>,
    item: &Object,
    parts: &[Object],
    default: Option<&Object>,
) -> Outcome<Object> {
    let mut object = item.clone();
    for part in parts {
        object = machine.item(&object, part)?;
        if let (true, Some(default)) = (object.is_undefined(), default) {
            object = default.clone();
        }
    }
    Ok(object)
}

fn fold(object: Object, folds: bool) -> Object {
    match object.as_str() {
        Some(text) if folds => Object::from(text.to_lowercase()),
        _ => object,
    }
}

fn attr(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [name] = arguments.bind("attr", ["name"], 1)?;
    let name = name.and_then(Object::as_str).unwrap_or_default();
    let exists = match value {
        Object::Undefined(undefined) => return Err(undefined.error()),
        Object::Native(native) => {
            native.attribute(name).is_some() || crate::jinja::as_lookup(value).is_some()
        }
        other => {
            methods::names(other).contains(&name)
                || methods::property(other, name).is_some()
                || methods::hides(other, name)
        }
    };
    if exists {
        machine.attribute(value, name)
    } else {
        Ok(machine.missing(value, &Object::str(name)))
    }
}

fn extreme(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<Object> {
    let [case_sensitive, attribute] = arguments.bind(name, ["case_sensitive", "attribute"], 0)?;
    let folds = !flag(case_sensitive)?;
    let path = parts(attribute.unwrap_or(&Object::None))?;
    let order = if name == "min" { Order::Less } else { Order::Greater };
    let mut best: Option<(Object, Object)> = None;
    for item in iterate(value)? {
        let key = fold(get(machine, &item, &path)?, folds);
        let better = match &best {
            None => true,
            Some((best, _)) => compare(&key, best, order)?,
        };
        if better {
            best = Some((key, item));
        }
    }
    let empty = "No aggregated item, sequence was empty.";
    Ok(best.map_or_else(|| machine.undefined_hint(empty), |(_, item)| item))
}

fn unique(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [case_sensitive, attribute] =
        arguments.bind("unique", ["case_sensitive", "attribute"], 0)?;
    let folds = !flag(case_sensitive)?;
    let path = parts(attribute.unwrap_or(&Object::None))?;
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in iterate(value)? {
        if seen.insert(fold(get(machine, &item, &path)?, folds).key()?) {
            kept.push(item);
        }
    }
    Ok(Object::generator(kept))
}

fn sum(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [attribute, start] = arguments.bind("sum", ["attribute", "start"], 0)?;
    let path = parts(attribute.unwrap_or(&Object::None))?;
    let mut total = start.cloned().unwrap_or(Object::Int(0));
    if total.as_str().is_some() {
        return type_error("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for item in iterate(value)? {
        budget::step(1)?;
        total = binary(Binary::Add, &total, &get(machine, &item, &path)?)?;
    }
    Ok(total)
}

fn group(machine: &Machine<'_>, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [attribute, default, case_sensitive] =
        arguments.bind("groupby", ["attribute", "default", "case_sensitive"], 1)?;
    let folds = !flag(case_sensitive)?;
    let path = parts(attribute.unwrap_or(&Object::None))?;
    let default = given(default);
    let key_of = |item: &Object| -> Outcome<Object> {
        Ok(fold(get_or(machine, item, &path, default)?, folds))
    };
    let mut pairs = Vec::new();
    for item in iterate(value)? {
        pairs.push((key_of(&item)?, item));
    }
    let mut groups: Vec<(Object, Vec<Object>)> = Vec::new();
    for item in sort_by_keys(pairs, false)? {
        let key = key_of(&item)?;
        match groups.last_mut() {
            Some((last, members)) if equal(last, &key)? => members.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let mut out = Vec::new();
    for (key, members) in groups {
        let shown = match members.first() {
            Some(first) if folds => get_or(machine, first, &path, default)?,
            _ => key,
        };
        let items = RefCell::new(vec![shown, Object::list(members)]);
        out.push(Object::Tuple(Rc::new(Seq { items, group: true })));
    }
    Ok(Object::list(out))
}
