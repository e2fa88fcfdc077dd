//! Lists and other collections: making, joining and looking into them.

use python::arithmetic::{Binary, binary};
use python::object::Object;
use python::operators::{contains, equal, length};
use python::raise::{Class, Outcome, Raise};

use crate::yaql::function::{Bound, Function, Parameter, must};
use crate::yaql::iterate::{Cursor, Lazy};
use crate::yaql::kinds::Kind::{Any, Int, Iterable, Iterator, Sequence};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;
use crate::yaql::natives::{Set, other_items};

const COLLECTION: &[Parameter] = &[must("collection", Iterable)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("list", &[], list).with_rest(Any),
    Function::method("flatten", COLLECTION, flatten),
    Function::method("toList", COLLECTION, |machine, bound| to_list(machine, &bound.object(0))),
    Function::free("#indexer", &[must("list", Sequence), must("index", Int)], index),
    Function::free("#operator_in", &[must("value", Any), must("collection", Iterable)], |m, b| {
        holds(m, &b.object(1), &b.object(0))
    }),
    Function::method("contains", &[must("collection", Iterable), must("value", Any)], |m, b| {
        holds(m, &b.object(0), &b.object(1))
    }),
    Function::free("#operator_+", &[must("left", Iterable), must("right", Iterable)], combine),
    Function::free("#operator_*", &[must("left", Sequence), must("right", Int)], |_, bound| {
        repeat(&bound.object(0), bound.int(1, 0))
    }),
    Function::free("#operator_*", &[must("left", Int), must("right", Sequence)], |_, bound| {
        repeat(&bound.object(1), bound.int(0, 0))
    }),
    Function::free("isList", &[must("arg", Any)], |_, bound| {
        let shape = Shape::of(&bound.object(0));
        Ok(Object::Bool(matches!(shape, Shape::List | Shape::Tuple)))
    }),
    Function::free("isIterable", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(Shape::of(&bound.object(0)).is_iterable()))
    }),
    Function::both("len", &[must("sequence", Sequence)], |_, bound| {
        length(&bound.object(0)).map(Object::count)
    }),
    Function::both("len", &[must("collection", Iterator)], count),
    Function::method("count", COLLECTION, count),
    Function::both("append", COLLECTION, append).with_rest(Any),
    Function::both("concat", &[], concat).with_rest(Iterable),
];

/// Returns the items of a collection as a tuple.
pub(super) fn to_list(machine: &Machine<'_>, collection: &Object) -> Outcome<Object> {
    match collection {
        Object::Tuple(_) => Ok(collection.clone()),
        other => Ok(Object::tuple(Cursor::new(other, machine)?.rest(machine)?)),
    }
}

/// Returns objects, with what iterators among them give in their places.
pub(super) fn unrolled(machine: &Machine<'_>, objects: Vec<Object>) -> Outcome<Vec<Object>> {
    let mut out = Vec::with_capacity(objects.len());
    for object in objects {
        if Shape::of(&object) == Shape::Iterator {
            let inner = Cursor::new(&object, machine)?.rest(machine)?;
            out.extend(machine.deeper(|| unrolled(machine, inner))?);
        } else {
            out.push(object);
        }
    }
    Ok(out)
}

fn list(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    unrolled(machine, bound.rest_objects()).map(Object::tuple)
}

fn flatten(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut open = vec![Cursor::new(&bound.object(0), machine)?];
    Ok(Lazy::generator(move |machine| {
        while let Some(cursor) = open.last_mut() {
            match cursor.next(machine)? {
                Some(item) if Shape::of(&item).is_iterable() => {
                    if open.len() > 200 {
                        let message = "maximum recursion depth exceeded";
                        return Err(Raise::new(Class::Recursion, message));
                    }
                    open.push(Cursor::new(&item, machine)?);
                }
                Some(item) => return Ok(Some(item)),
                None => drop(open.pop()),
            }
        }
        Ok(None)
    }))
}

fn index(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (list, index) = (bound.object(0), bound.object(1));
    let found = python::operators::subscript(&list, &index)?;
    found
        .ok_or_else(|| Raise::new(Class::Index, format!("{} index out of range", list.type_name())))
}

/// Returns whether a collection holds a value.
fn holds(machine: &Machine<'_>, collection: &Object, value: &Object) -> Outcome<Object> {
    if Shape::of(collection) == Shape::Set {
        let key = value.key()?;
        let items = other_items(collection).unwrap_or_default();
        return Ok(Object::Bool(items.contains_key(&key)));
    }
    if matches!(collection, Object::List(_) | Object::Tuple(_)) {
        return contains(collection, value).map(Object::Bool);
    }
    let mut cursor = Cursor::new(collection, machine)?;
    while let Some(item) = cursor.next(machine)? {
        if item.is(value) || equal(&item, value)? {
            return Ok(Object::Bool(true));
        }
    }
    Ok(Object::Bool(false))
}

fn combine(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (left, right) = (bound.object(0), bound.object(1));
    if let (Object::Tuple(_), Object::Tuple(_)) = (&left, &right) {
        return binary(Binary::Add, &left, &right);
    }
    let is_set = |object: &Object| object.type_name() == "frozenset";
    if is_set(&left) && is_set(&right) {
        let mut items = other_items(&left).unwrap_or_default();
        for (key, item) in other_items(&right).unwrap_or_default() {
            items.entry(key).or_insert(item);
        }
        return Ok(Set::of(items));
    }
    chain(machine, vec![left, right])
}

fn repeat(list: &Object, times: i128) -> Outcome<Object> {
    binary(Binary::Mul, list, &Object::Int(times))
}

fn count(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cursor = Cursor::new(&bound.object(0), machine)?;
    let mut count = 0;
    while cursor.next(machine)?.is_some() {
        count += 1;
    }
    Ok(Object::count(count))
}

fn append(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut first = Cursor::new(&bound.object(0), machine)?;
    let mut rest = bound.rest_objects().into_iter();
    Ok(Lazy::generator(move |machine| match first.next(machine)? {
        Some(item) => Ok(Some(item)),
        None => Ok(rest.next()),
    }))
}

fn concat(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    chain(machine, bound.rest_objects())
}

/// Reads collections one after the other.
fn chain(machine: &Machine<'_>, collections: Vec<Object>) -> Outcome<Object> {
    let mut cursors = Vec::with_capacity(collections.len());
    for collection in collections.iter().rev() {
        cursors.push(Cursor::new(collection, machine)?);
    }
    Ok(Lazy::object("itertools.chain", move |machine| {
        while let Some(cursor) = cursors.last_mut() {
            if let Some(item) = cursor.next(machine)? {
                return Ok(Some(item));
            }
            cursors.pop();
        }
        Ok(None)
    }))
}
