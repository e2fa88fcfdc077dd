//! Mappings.

use std::rc::Rc;

use python::budget;
use python::object::{Entries, Map, Object, View};
use python::operators::{equal, length};
use python::raise::{Class, Outcome, Raise, type_error};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::{Cursor, taken};
use crate::yaql::kinds::Kind::{Any, Int, Iterable, Lambda, Mapping, RuleValue};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::{Machine, insert, key_error};
use crate::yaql::natives::RuleObject;
use crate::yaql::scope;

use super::queries::distinct;

const DICT: &[Parameter] = &[must("dict", Mapping)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("dict", &[], |_, bound| from_rules(bound, Entries::new()))
        .with_rest(RuleValue)
        .without_names(),
    Function::free("dict", &[must("items", Iterable)], from_pairs).without_names(),
    Function::method(
        "toDict",
        &[must("collection", Iterable), must("keySelector", Lambda), may("valueSelector", Lambda)],
        to_dict,
    ),
    Function::free("#indexer", &[must("dict", Mapping), must("key", Any)], index),
    Function::free(
        "#indexer",
        &[must("dict", Mapping), must("key", Any), must("default", Any)],
        get,
    ),
    Function::method("get", &[must("dict", Mapping), must("key", Any), may("default", Any)], get),
    Function::method("set", &[must("dict", Mapping), must("key", Any), must("value", Any)], set)
        .without_names(),
    Function::method("set", &[must("dict", Mapping), must("replacements", Mapping)], combine)
        .without_names(),
    Function::method("set", DICT, |_, bound| from_rules(bound, entries(&bound.object(0))))
        .with_rest(RuleValue)
        .without_names(),
    Function::method("keys", DICT, |_, bound| Ok(view(bound, View::Keys))),
    Function::method("values", DICT, |_, bound| Ok(view(bound, View::Values))),
    Function::method("items", DICT, |_, bound| Ok(view(bound, View::Items))),
    Function::method("containsKey", &[must("dict", Mapping), must("key", Any)], contains_key),
    Function::method("containsValue", &[must("dict", Mapping), must("value", Any)], contains_value),
    Function::free("#operator_+", &[must("left", Mapping), must("right", Mapping)], combine),
    Function::free("isDict", &[must("arg", Any)], |_, bound| {
        Ok(Object::Bool(matches!(bound.object(0), Object::Dict(_))))
    }),
    Function::both("len", DICT, |_, bound| length(&bound.object(0)).map(Object::count)),
    Function::method("delete", DICT, |_, bound| delete(bound, bound.rest_objects())).with_rest(Any),
    Function::method("deleteAll", &[must("dict", Mapping), must("keys", Iterable)], |m, bound| {
        delete(bound, Cursor::new(&bound.object(1), m)?.rest(m)?)
    }),
    Function::method(
        "mergeWith",
        &[
            must("dict", Mapping),
            must("another", Mapping),
            may("listMerger", Lambda),
            may("itemMerger", Lambda),
            may("maxLevels", Int),
        ],
        merge_with,
    ),
];

/// Returns the entries of a mapping.
fn entries(object: &Object) -> Entries {
    match object {
        Object::Dict(map) => map.entries.borrow().clone(),
        _ => Entries::new(),
    }
}

fn from_rules(bound: &Bound<'_>, mut entries: Entries) -> Outcome<Object> {
    for object in bound.rest_objects() {
        let Object::Native(native) = &object else { continue };
        if let Some(rule) = native.as_any().downcast_ref::<RuleObject>() {
            insert(&mut entries, rule.source.clone(), rule.destination.clone())?;
        }
    }
    built(&entries)?;
    Ok(Object::frozen(entries))
}

fn built(entries: &Entries) -> Outcome<()> {
    budget::build(entries.len().saturating_mul(64))
}

fn from_pairs(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cursor = Cursor::new(&bound.object(0), machine)?;
    let mut entries = Entries::new();
    while let Some(pair) = cursor.next(machine)? {
        let mut parts = Cursor::new(&pair, machine)?;
        let (key, value) = (parts.next(machine)?, parts.next(machine)?);
        let (Some(key), Some(value)) = (key, value) else {
            return Err(Raise::new(Class::StopIteration, ""));
        };
        budget::build(64)?;
        insert(&mut entries, key, value)?;
    }
    Ok(Object::frozen(entries))
}

fn to_dict(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cursor = Cursor::new(&bound.object(0), machine)?;
    let (key_of, value_of) = (bound.lambda_or_null(1), bound.lambda(2));
    let mut entries = Entries::new();
    while let Some(item) = cursor.next(machine)? {
        let key = machine.call_lambda(&key_of, std::slice::from_ref(&item))?;
        let value = match &value_of {
            Some(value_of) => machine.call_lambda(value_of, std::slice::from_ref(&item))?,
            None => item,
        };
        budget::build(64)?;
        insert(&mut entries, key, value)?;
    }
    Ok(Object::dict(entries))
}

fn index(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let key = bound.object(1);
    let hashed = key.key()?;
    let Object::Dict(map) = bound.object(0) else { return Ok(Object::None) };
    let entries = map.entries.borrow();
    match entries.get(&hashed) {
        Some((_, value)) => Ok(value.clone()),
        None => {
            let mut raise = key_error(&key);
            let known = entries.values().take(1000).filter_map(|(key, _)| key.as_str());
            raise.0.nearest = key.as_str().and_then(|name| crate::jinja::nearest(name, known));
            Err(raise)
        }
    }
}

fn get(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let key = bound.object(1).key()?;
    let Object::Dict(map) = bound.object(0) else { return Ok(Object::None) };
    let found = map.entries.borrow().get(&key).map(|(_, value)| value.clone());
    Ok(found.unwrap_or_else(|| bound.object(2)))
}

fn set(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut entries = entries(&bound.object(0));
    insert(&mut entries, bound.object(1), bound.object(2))?;
    built(&entries)?;
    Ok(Object::frozen(entries))
}

fn combine(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut entries = entries(&bound.object(0));
    if let Object::Dict(map) = bound.object(1) {
        for (key, value) in map.entries.borrow().values() {
            insert(&mut entries, key.clone(), value.clone())?;
        }
    }
    built(&entries)?;
    Ok(Object::frozen(entries))
}

fn view(bound: &Bound<'_>, view: View) -> Object {
    match bound.object(0) {
        Object::Dict(map) => Object::View(view, map),
        other => other,
    }
}

fn contains_key(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let key = bound.object(1).key()?;
    let Object::Dict(map) = bound.object(0) else { return Ok(Object::Bool(false)) };
    let found = map.entries.borrow().contains_key(&key);
    Ok(Object::Bool(found))
}

fn contains_value(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let wanted = bound.object(1);
    let Object::Dict(map) = bound.object(0) else { return Ok(Object::Bool(false)) };
    for (_, value) in map.entries.borrow().values() {
        if value.is(&wanted) || equal(value, &wanted)? {
            return Ok(Object::Bool(true));
        }
    }
    Ok(Object::Bool(false))
}

fn delete(bound: &Bound<'_>, keys: Vec<Object>) -> Outcome<Object> {
    let mut entries = entries(&bound.object(0));
    for key in keys {
        // Nothing is looked up in an empty mapping: not even what has no hash is refused.
        if !entries.is_empty() {
            entries.shift_remove(&key.key()?);
        }
    }
    built(&entries)?;
    Ok(Object::dict(entries))
}

/// How two mappings become one.
struct Merger {
    lists: Option<scope::Lambda>,
    items: Option<scope::Lambda>,
}

fn merge_with(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let merger = Merger { lists: bound.lambda(2), items: bound.lambda(3) };
    let (Object::Dict(left), Object::Dict(right)) = (bound.object(0), bound.object(1)) else {
        return Ok(Object::None);
    };
    merger.merge(machine, &left, &right, bound.int(4, 0))
}

impl Merger {
    fn merge(
        &self,
        machine: &Machine<'_>,
        left: &Rc<Map>,
        right: &Rc<Map>,
        levels: i128,
    ) -> Outcome<Object> {
        let mut merged = Entries::new();
        let others = right.entries.borrow();
        for (key, (name, value)) in left.entries.borrow().iter() {
            let value = match others.get(key) {
                Some((_, other)) => {
                    machine.deeper(|| self.merge_values(machine, value, other, levels))?
                }
                None => value.clone(),
            };
            merged.insert(key.clone(), (name.clone(), value));
        }
        for (key, pair) in others.iter() {
            merged.entry(key.clone()).or_insert_with(|| pair.clone());
        }
        built(&merged)?;
        Ok(Object::dict(merged))
    }

    fn merge_values(
        &self,
        machine: &Machine<'_>,
        left: &Object,
        right: &Object,
        levels: i128,
    ) -> Outcome<Object> {
        let is_list = |object: &Object| matches!(Shape::of(object), Shape::List | Shape::Tuple);
        match (left, right) {
            (Object::Dict(x), Object::Dict(y)) if levels != 1 => {
                let levels = if levels == 0 { 0 } else { levels.saturating_sub(1) };
                self.merge(machine, x, y, levels)
            }
            (_, Object::Dict(_)) if levels != 1 => unlike(left, right),
            (x, y) if levels != 1 && is_list(y) => {
                if !is_list(x) {
                    return unlike(left, right);
                }
                self.merge_lists(machine, x, y)
            }
            _ => match &self.items {
                Some(merger) => machine.call_lambda(merger, &[left.clone(), right.clone()]),
                None => Ok(right.clone()),
            },
        }
    }

    fn merge_lists(&self, machine: &Machine<'_>, left: &Object, right: &Object) -> Outcome<Object> {
        if let Some(merger) = &self.lists {
            return machine.call_lambda(merger, &[left.clone(), right.clone()]);
        }
        let joined = python::arithmetic::binary(python::arithmetic::Binary::Add, left, right)?;
        let distinct = distinct(Cursor::new(&joined, machine)?, None);
        super::collections::to_list(machine, &taken(distinct, machine)?)
    }
}

fn unlike(left: &Object, right: &Object) -> Outcome<Object> {
    let (left, right) = (left.type_name(), right.type_name());
    type_error(format!("Cannot merge <class '{left}'> with <class '{right}'>"))
}
