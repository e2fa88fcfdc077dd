//! The methods of `dict`, `list` and `tuple`.

use std::rc::Rc;
use std::sync::Arc;

use super::arguments::{Arguments, flag, given, whole, whole_or};
use super::budget;
use super::methods;
use super::object::{Entries, Map, Object, Seq, View};
use super::operators::{equal, iterate, sort_by_keys};
use super::raise::{Class, Outcome, Raise, type_error, value_error};
use super::text;

pub(super) fn call_dict(map: &Rc<Map>, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let entries = &map.entries;
    match name {
        "keys" | "values" | "items" => {
            arguments.bind::<0>(name, [], 0)?;
            let view = match name {
                "keys" => View::Keys,
                "values" => View::Values,
                _ => View::Items,
            };
            Ok(Object::View(view, Rc::clone(map)))
        }
        "get" | "setdefault" | "pop" => keyed(map, name, arguments),
        "copy" => Ok(Object::dict(entries.borrow().clone())),
        "clear" => {
            entries.borrow_mut().clear();
            Ok(Object::None)
        }
        "popitem" => match entries.borrow_mut().pop() {
            Some((_, (key, value))) => Ok(Object::tuple(vec![key, value])),
            None => Err(Raise::new(Class::Key, "'popitem(): dictionary is empty'")),
        },
        "update" => {
            let updates = to_entries(arguments, name)?;
            budget::build(updates.len().saturating_mul(64))?;
            for (key, (original, value)) in updates {
                put(&mut entries.borrow_mut(), key, original, value);
            }
            Ok(Object::None)
        }
        "fromkeys" => {
            let [keys, value] = arguments.bind(name, ["iterable", "value"], 1)?;
            let mut made = Entries::new();
            for key in iterate(keys.unwrap_or(&Object::None))? {
                made.insert(key.key()?, (key, value.cloned().unwrap_or(Object::None)));
            }
            Ok(Object::dict(made))
        }
        _ => Err(methods::missing(&Object::Dict(Rc::clone(map)), name)),
    }
}

/// Sets an entry; a key that is there already stays as it was first given.
fn put(
    entries: &mut Entries,
    key: super::object::Key,
    original: Object,
    value: Object,
) -> Option<Object> {
    if let Some((_, old)) = entries.get_mut(&key) {
        return Some(std::mem::replace(old, value));
    }
    entries.insert(key, (original, value)).map(|(_, old)| old)
}

fn keyed(map: &Rc<Map>, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let [key, default] = arguments.bind(name, ["key", "default"], 1)?;
    let original = key.cloned().unwrap_or(Object::None);
    let key = original.key()?;
    if name == "pop" {
        let found = map.entries.borrow_mut().shift_remove(&key);
        return match (found, default) {
            (Some((_, value)), _) => Ok(value),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(Raise::new(Class::Key, text::repr(&original)?)),
        };
    }
    let found = map.entries.borrow().get(&key).map(|(_, value)| value.clone());
    if let Some(value) = found {
        return Ok(value);
    }
    let default = default.cloned().unwrap_or(Object::None);
    if name == "setdefault" {
        map.entries.borrow_mut().insert(key, (original, default.clone()));
    }
    Ok(default)
}

/// Returns the entries that `dict(*arguments)` has.
pub fn to_entries(arguments: &Arguments, function: &str) -> Outcome<Entries> {
    if arguments.positional.len() > 1 {
        let count = arguments.positional.len();
        return type_error(format!("{function} expected at most 1 argument, got {count}"));
    }
    let mut entries = match arguments.positional.first() {
        None => Entries::new(),
        Some(Object::Dict(map)) => map.entries.borrow().clone(),
        Some(other) => from_pairs(other)?,
    };
    for (name, value) in &arguments.named {
        let key = super::object::Key::Str(Arc::clone(name));
        put(&mut entries, key, Object::Str(Arc::clone(name)), value.clone());
    }
    Ok(entries)
}

fn from_pairs(pairs: &Object) -> Outcome<Entries> {
    let mut entries = Entries::new();
    for (index, pair) in iterate(pairs)?.into_iter().enumerate() {
        let Ok(parts) = iterate(&pair) else {
            return type_error(format!(
                "cannot convert dictionary update sequence element #{index} to a sequence"
            ));
        };
        let [key, value] = parts.as_slice() else {
            return value_error(format!(
                "dictionary update sequence element #{index} has length {}; 2 is required",
                parts.len()
            ));
        };
        put(&mut entries, key.key()?, key.clone(), value.clone());
    }
    Ok(entries)
}

pub(super) fn call_list(seq: &Rc<Seq>, name: &str, arguments: &Arguments) -> Outcome<Object> {
    let object = || Object::List(Rc::clone(seq));
    match name {
        "append" => {
            let [item] = arguments.bind(name, ["object"], 1)?;
            budget::build(32)?;
            seq.items.borrow_mut().extend(item.cloned());
        }
        "extend" => {
            let [items] = arguments.bind(name, ["iterable"], 1)?;
            let items = iterate(items.unwrap_or(&Object::None))?;
            seq.items.borrow_mut().extend(items);
        }
        "insert" => {
            let [index, item] = arguments.bind(name, ["index", "object"], 2)?;
            let length = seq.items.borrow().len();
            let index = clamp(whole_or(index, 0)?, length);
            seq.items.borrow_mut().insert(index, item.cloned().unwrap_or(Object::None));
            budget::build(32)?;
            budget::step(length / 64)?;
        }
        "pop" => return pop(seq, arguments),
        "remove" => {
            let [item] = arguments.bind(name, ["value"], 1)?;
            let Some(index) = position(&object(), item.unwrap_or(&Object::None), 0, None)? else {
                return value_error("list.remove(x): x not in list");
            };
            seq.items.borrow_mut().remove(index);
        }
        "clear" => seq.items.borrow_mut().clear(),
        "reverse" => seq.items.borrow_mut().reverse(),
        "sort" => sort(seq, arguments)?,
        "copy" => return Ok(Object::list(iterate(&object())?)),
        _ => return call_tuple(&object(), name, arguments),
    }
    Ok(Object::None)
}

fn clamp(index: i128, length: usize) -> usize {
    let length = i128::try_from(length).unwrap_or(i128::MAX);
    let index = if index < 0 { index.saturating_add(length) } else { index };
    usize::try_from(index.clamp(0, length)).unwrap_or(0)
}

fn pop(seq: &Rc<Seq>, arguments: &Arguments) -> Outcome<Object> {
    let [index] = arguments.bind("pop", ["index"], 0)?;
    let mut items = seq.items.borrow_mut();
    if items.is_empty() {
        return Err(Raise::new(Class::Index, "pop from empty list"));
    }
    let index = whole_or(index, -1)?;
    let length = i128::try_from(items.len()).unwrap_or(i128::MAX);
    let index = if index < 0 { index + length } else { index };
    match usize::try_from(index).ok().filter(|index| *index < items.len()) {
        Some(index) => Ok(items.remove(index)),
        None => Err(Raise::new(Class::Index, "pop index out of range")),
    }
}

fn sort(seq: &Rc<Seq>, arguments: &Arguments) -> Outcome<()> {
    if !arguments.positional.is_empty() {
        return type_error("sort() takes no positional arguments");
    }
    let [key, reverse] = arguments.bind("sort", ["key", "reverse"], 0)?;
    if given(key).is_some() {
        return type_error("sort() with a key is not supported");
    }
    let items = std::mem::take(&mut *seq.items.borrow_mut());
    let pairs = items.iter().map(|item| (item.clone(), item.clone())).collect();
    match sort_by_keys(pairs, flag(reverse)?) {
        Ok(sorted) => {
            *seq.items.borrow_mut() = sorted;
            Ok(())
        }
        Err(raise) => {
            *seq.items.borrow_mut() = items;
            Err(raise)
        }
    }
}

fn position(
    object: &Object,
    item: &Object,
    start: usize,
    stop: Option<usize>,
) -> Outcome<Option<usize>> {
    let items = iterate(object)?;
    let stop = stop.unwrap_or(items.len()).min(items.len());
    for (index, other) in items.iter().enumerate().take(stop).skip(start) {
        if other.is(item) || equal(other, item)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

pub(super) fn call_tuple(object: &Object, name: &str, arguments: &Arguments) -> Outcome<Object> {
    match name {
        "count" => {
            let [item] = arguments.bind(name, ["value"], 1)?;
            let item = item.unwrap_or(&Object::None);
            let mut count = 0;
            for other in iterate(object)? {
                count += usize::from(other.is(item) || equal(&other, item)?);
            }
            Ok(Object::count(count))
        }
        "index" => {
            let [item, start, stop] = arguments.bind(name, ["value", "start", "stop"], 1)?;
            let item = item.unwrap_or(&Object::None);
            let length = super::operators::length(object)?;
            let start = clamp(whole_or(start, 0)?, length);
            let stop = stop.map(whole).transpose()?.map(|stop| clamp(stop, length));
            match position(object, item, start, stop)? {
                Some(index) => Ok(Object::count(index)),
                None => value_error(match object {
                    Object::Tuple(_) => "tuple.index(x): x not in tuple".to_owned(),
                    _ => format!("{} is not in list", text::repr(item)?),
                }),
            }
        }
        _ => Err(methods::missing(object, name)),
    }
}
