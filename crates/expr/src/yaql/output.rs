//! What an evaluation gives: plain lists, dictionaries and sets, or JSON.

use std::rc::Rc;

use python::budget;
use python::json::whole;
use python::number::float_repr;
use python::object::{Entries, Object};
use python::operators::iterate;
use python::raise::{Outcome, type_error};
use python::text;
use serde_json::{Map, Number, Value};

use super::iterate::Cursor;
use super::kinds::Shape;
use super::machine::{Machine, insert};
use super::natives::{Set, other_items};

/// Makes plain values of all parts of a value; iterators are read to their ends.
pub(crate) fn finalize(machine: &Machine<'_>, object: &Object, depth: usize) -> Outcome<Object> {
    python::guard(depth)?;
    match object {
        Object::Dict(map) => {
            let mut entries = Entries::new();
            let pairs: Vec<(Object, Object)> = map.entries.borrow().values().cloned().collect();
            for (key, value) in pairs {
                let key = finalize(machine, &key, depth + 1)?;
                hashable(&key)?;
                budget::build(64)?;
                insert(&mut entries, key, finalize(machine, &value, depth + 1)?)?;
            }
            Ok(Object::dict(entries))
        }
        _ => match Shape::of(object) {
            Shape::Set => {
                let mut items = Vec::new();
                for item in other_items(object).unwrap_or_default().values() {
                    let item = finalize(machine, item, depth + 1)?;
                    hashable(&item)?;
                    items.push(item);
                }
                let set = Set::object(items)?;
                let items = other_items(&set).unwrap_or_default();
                Ok(Object::Native(Rc::new(Set { items, plain: true })))
            }
            shape if shape.is_iterable() => {
                let mut cursor = Cursor::new(object, machine)?;
                let mut items = Vec::new();
                while let Some(item) = cursor.next(machine)? {
                    budget::build(32)?;
                    items.push(finalize(machine, &item, depth + 1)?);
                }
                Ok(Object::list(items))
            }
            _ => Ok(object.clone()),
        },
    }
}

/// Refuses a plain set where a hash is wanted.
fn hashable(object: &Object) -> Outcome<()> {
    if Shape::of(object) == Shape::Set {
        return type_error("unhashable type: 'set'");
    }
    Ok(())
}

/// Returns JSON for a plain value; what JSON does not know is its text.
pub(crate) fn json(object: &Object) -> Outcome<Value> {
    Ok(match object {
        Object::None => Value::Null,
        Object::Bool(flag) => Value::Bool(*flag),
        Object::Int(number) => whole(*number),
        Object::Float(number) => match Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None => return type_error(format!("not JSON: {}", float_repr(*number))),
        },
        Object::Str(text) | Object::Markup(text) => Value::String(text.to_string()),
        Object::Dict(map) => {
            let mut out = Map::new();
            for (key, value) in map.entries.borrow().values() {
                out.insert(key_text(key)?, json(value)?);
            }
            Value::Object(out)
        }
        other if Shape::of(other).is_iterable() && other.type_name() != "bytes" => {
            let items: Outcome<Vec<Value>> = iterate(other)?.iter().map(json).collect();
            Value::Array(items?)
        }
        other => Value::String(text::str(other)?),
    })
}

fn key_text(key: &Object) -> Outcome<String> {
    Ok(match key {
        Object::None => "null".to_owned(),
        Object::Bool(true) => "true".to_owned(),
        Object::Bool(false) => "false".to_owned(),
        Object::Str(text) | Object::Markup(text) => text.to_string(),
        Object::Int(_) | Object::Float(_) => text::str(key)?,
        other => {
            let name = other.type_name();
            return type_error(format!("keys must be str, int, float, bool or None, not {name}"));
        }
    })
}
