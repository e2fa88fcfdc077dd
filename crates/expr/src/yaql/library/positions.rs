//! Places in collections: finding, putting in, taking out.

use python::object::Object;
use python::operators::equal;
use python::raise::Outcome;

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::{Cursor, Lazy};
use crate::yaql::kinds::Kind::{Any, Int, Iterable, IterableNoSet, Lambda, Sequence};
use crate::yaql::machine::Machine;

use super::collections::to_list;

const ITEM: &[Parameter] = &[must("collection", Iterable), must("item", Any)];
const PREDICATE: &[Parameter] = &[must("collection", Iterable), must("predicate", Lambda)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method("indexOf", ITEM, |machine, bound| place(machine, bound, false)),
    Function::method("lastIndexOf", ITEM, |machine, bound| place(machine, bound, true)),
    Function::method("indexWhere", PREDICATE, |machine, bound| place_where(machine, bound, false)),
    Function::method("lastIndexWhere", PREDICATE, |machine, bound| {
        place_where(machine, bound, true)
    }),
    Function::method(
        "delete",
        &[must("collection", Iterable), must("position", Int), may("count", Int)],
        |machine, bound| splice(machine, bound, Span::of(bound, 2), Vec::new()),
    ),
    Function::method(
        "replace",
        &[
            must("collection", Iterable),
            must("position", Int),
            must("value", Any),
            may("count", Int),
        ],
        |machine, bound| splice(machine, bound, Span::of(bound, 3), vec![bound.object(2)]),
    ),
    Function::method(
        "replaceMany",
        &[
            must("collection", Iterable),
            must("position", Int),
            must("values", Iterable),
            may("count", Int),
        ],
        replace_many,
    ),
    Function::method(
        "insert",
        &[must("collection", IterableNoSet), must("position", Int), must("value", Any)],
        |machine, bound| insert(machine, bound, vec![bound.object(2)], false),
    ),
    Function::method(
        "insert",
        &[must("collection", Sequence), must("position", Int), must("value", Any)],
        insert_in_list,
    ),
    Function::method(
        "insertMany",
        &[must("collection", Iterable), must("position", Int), must("values", Iterable)],
        insert_many,
    ),
];

fn place(machine: &Machine<'_>, bound: &Bound<'_>, last: bool) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let wanted = bound.object(1);
    let mut found = Object::Int(-1);
    let mut index = 0;
    while let Some(item) = items.next(machine)? {
        if equal(&item, &wanted)? {
            found = Object::count(index);
            if !last {
                break;
            }
        }
        index += 1;
    }
    Ok(found)
}

fn place_where(machine: &Machine<'_>, bound: &Bound<'_>, last: bool) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let predicate = bound.lambda_or_null(1);
    let mut found = Object::Int(-1);
    let mut index = 0;
    while let Some(item) = items.next(machine)? {
        if machine.holds(&predicate, &[item])? {
            found = Object::count(index);
            if !last {
                break;
            }
        }
        index += 1;
    }
    Ok(found)
}

/// Items from a position on: so many, or all of them where the count is negative.
#[derive(Clone, Copy)]
struct Span {
    position: i128,
    count: i128,
}

impl Span {
    fn of(bound: &Bound<'_>, count: usize) -> Self {
        Self { position: bound.int(1, 0), count: bound.int(count, 1) }
    }

    fn holds(self, index: i128) -> bool {
        let after = index >= self.position;
        after && (self.count < 0 || index < self.position.saturating_add(self.count))
    }
}

/// Puts values in the place of a span.
fn splice(
    machine: &Machine<'_>,
    bound: &Bound<'_>,
    span: Span,
    values: Vec<Object>,
) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let mut values = Some(values);
    let mut pending = Vec::new().into_iter();
    let mut index = -1;
    Ok(Lazy::generator(move |machine| {
        loop {
            if let Some(value) = pending.next() {
                return Ok(Some(value));
            }
            let Some(item) = items.next(machine)? else { return Ok(None) };
            index += 1;
            if !span.holds(index) {
                return Ok(Some(item));
            }
            if let Some(values) = values.take() {
                pending = values.into_iter();
            }
        }
    }))
}

fn replace_many(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let values = Cursor::new(&bound.object(2), machine)?.rest(machine)?;
    splice(machine, bound, Span::of(bound, 3), values)
}

/// Puts values before a position, or at the end when that is beyond it.
fn insert(
    machine: &Machine<'_>,
    bound: &Bound<'_>,
    values: Vec<Object>,
    before_all: bool,
) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let position = bound.int(1, 0);
    let mut values = Some(values);
    let mut pending = Vec::new().into_iter();
    let mut index = -1;
    let mut held = None;
    if before_all && position < 0 {
        pending = values.take().unwrap_or_default().into_iter();
    }
    Ok(Lazy::generator(move |machine| {
        loop {
            if let Some(value) = pending.next() {
                return Ok(Some(value));
            }
            if let Some(item) = held.take() {
                return Ok(Some(item));
            }
            let Some(item) = items.next(machine)? else {
                let end = if position > index { values.take() } else { None };
                match end {
                    Some(values) => pending = values.into_iter(),
                    None => return Ok(None),
                }
                continue;
            };
            index += 1;
            if index != position {
                return Ok(Some(item));
            }
            pending = values.take().unwrap_or_default().into_iter();
            held = Some(item);
        }
    }))
}

fn insert_in_list(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?.rest(machine)?;
    let count = i128::try_from(items.len()).unwrap_or(i128::MAX);
    let position = bound.int(1, 0);
    let position = if position < 0 { position.saturating_add(count) } else { position };
    let position = usize::try_from(position.clamp(0, count)).unwrap_or(0);
    items.insert(position, bound.object(2));
    Ok(Object::list(items))
}

fn insert_many(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let values = to_list(machine, &bound.object(2))?;
    let values = Cursor::new(&values, machine)?.rest(machine)?;
    insert(machine, bound, values, true)
}
