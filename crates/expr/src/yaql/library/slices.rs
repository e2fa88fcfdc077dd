//! Collections in pieces, in other orders, and side by side.

use python::object::Object;
use python::operators::{equal, slice};
use python::raise::{Outcome, value_error};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::{Cursor, Lazy, Memory};
use crate::yaql::kinds::Kind::{self, Any, Int, Iterable, Lambda};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;
use crate::yaql::ordering::Ordering;

use super::collections::to_list;

const COLLECTION: &[Parameter] = &[must("collection", Iterable)];
const PREDICATE: &[Parameter] = &[must("collection", Iterable), must("predicate", Lambda)];
const SELECTOR: &[Parameter] = &[must("collection", Iterable), must("selector", Lambda)];
const FURTHER: &[Parameter] = &[must("collection", Kind::Ordering), must("selector", Lambda)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method("slice", &[must("collection", Iterable), must("length", Int)], sliced),
    Function::method("splitWhere", PREDICATE, split_where),
    Function::method("sliceWhere", PREDICATE, slice_where),
    Function::method("splitAt", &[must("collection", Iterable), must("index", Int)], split_at),
    Function::method("reverse", COLLECTION, reverse),
    Function::method("orderBy", SELECTOR, |_, bound| Ok(order(bound, true))),
    Function::method("orderByDescending", SELECTOR, |_, bound| Ok(order(bound, false))),
    Function::method("thenBy", FURTHER, |_, bound| Ok(order_further(bound, true))),
    Function::method("thenByDescending", FURTHER, |_, bound| Ok(order_further(bound, false))),
    Function::method("zip", &[], zip).with_rest(Iterable),
    Function::method("zipLongest", &[], zip_longest).with_rest(Iterable).with_names(),
    Function::method(
        "join",
        &[
            must("collection1", Iterable),
            must("collection2", Iterable),
            must("predicate", Lambda),
            must("selector", Lambda),
        ],
        join,
    ),
    Function::method("repeat", &[must("value", Any), may("times", Int)], repeat),
    Function::method("cycle", COLLECTION, cycle),
];

fn sliced(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let length = bound.int(1, 0);
    Ok(Lazy::generator(move |machine| {
        let Ok(length) = usize::try_from(length) else {
            return value_error(
                "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
            );
        };
        let mut piece = Vec::new();
        while piece.len() < length {
            let Some(item) = items.next(machine)? else { break };
            piece.push(item);
        }
        Ok((!piece.is_empty()).then(|| Object::tuple(piece)))
    }))
}

/// Returns the items of a collection, read when they are first asked for.
fn read(machine: &Machine<'_>, collection: &Object) -> Outcome<Vec<Object>> {
    Cursor::new(collection, machine)?.rest(machine)
}

fn split_where(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let predicate = bound.lambda_or_null(1);
    Ok(Lazy::generator(move |machine| {
        let mut piece = Vec::new();
        while let Some(item) = items.next(machine)? {
            if machine.holds(&predicate, std::slice::from_ref(&item))? {
                return Ok(Some(Object::tuple(piece)));
            }
            piece.push(item);
        }
        Ok((!piece.is_empty()).then(|| Object::tuple(piece)))
    }))
}

fn slice_where(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let predicate = bound.lambda_or_null(1);
    let mut piece: Vec<Object> = Vec::new();
    let mut mark: Option<Object> = None;
    Ok(Lazy::generator(move |machine| {
        while let Some(item) = items.next(machine)? {
            let next = machine.call_lambda(&predicate, std::slice::from_ref(&item))?;
            let changes = match &mark {
                Some(mark) => !equal(&next, mark)?,
                None => false,
            };
            mark = Some(next);
            let done = changes.then(|| Object::tuple(std::mem::take(&mut piece)));
            piece.push(item);
            if done.is_some() {
                return Ok(done);
            }
        }
        Ok((!piece.is_empty()).then(|| Object::tuple(std::mem::take(&mut piece))))
    }))
}

fn split_at(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let list = to_list(machine, &bound.object(0))?;
    let (at, none) = (bound.object(1), Object::None);
    let head = slice(&list, [&none, &at, &none])?;
    let tail = slice(&list, [&at, &none, &none])?;
    Ok(Object::list(vec![head, tail]))
}

fn reverse(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = read(machine, &bound.object(0))?;
    Ok(Lazy::object("reversed", move |_| Ok(items.pop())))
}

fn order(bound: &Bound<'_>, ascends: bool) -> Object {
    Ordering::object(bound.object(0), (bound.lambda_or_null(1), ascends))
}

fn order_further(bound: &Bound<'_>, ascends: bool) -> Object {
    let object = bound.object(0);
    if let Object::Native(native) = &object
        && let Some(ordering) = native.as_any().downcast_ref::<Ordering>()
    {
        ordering.fields.borrow_mut().push((bound.lambda_or_null(1), ascends));
    }
    object
}

fn cursors(machine: &Machine<'_>, collections: &[Object]) -> Outcome<Vec<Cursor>> {
    collections.iter().map(|collection| Cursor::new(collection, machine)).collect()
}

fn zip(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cursors = cursors(machine, &bound.rest_objects())?;
    Ok(Lazy::object("zip", move |machine| {
        let mut row = Vec::with_capacity(cursors.len());
        for cursor in &mut cursors {
            let Some(item) = cursor.next(machine)? else { return Ok(None) };
            row.push(item);
        }
        Ok((!row.is_empty()).then(|| Object::tuple(row)))
    }))
}

fn zip_longest(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let named = bound.named_objects().into_iter();
    let fill = named.filter(|(name, _)| &**name == "default").map(|(_, value)| value).next();
    let fill = fill.unwrap_or(Object::None);
    let mut cursors = cursors(machine, &bound.rest_objects())?;
    Ok(Lazy::object("itertools.zip_longest", move |machine| {
        longest_row(machine, &mut cursors, &fill)
    }))
}

/// Returns the next row of collections side by side; what has ended is filled up.
pub(super) fn longest_row(
    machine: &Machine<'_>,
    cursors: &mut [Cursor],
    fill: &Object,
) -> Outcome<Option<Object>> {
    let mut row = Vec::with_capacity(cursors.len());
    let mut found = false;
    for cursor in cursors {
        let item = cursor.next(machine)?;
        found |= item.is_some();
        row.push(item.unwrap_or_else(|| fill.clone()));
    }
    Ok(found.then(|| Object::tuple(row)))
}

fn join(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut left = Cursor::new(&bound.object(0), machine)?;
    let right = match bound.object(1) {
        right if Shape::of(&right) == Shape::Iterator => {
            Memory::object(Cursor::new(&right, machine)?)
        }
        right => right,
    };
    let (predicate, selector) = (bound.lambda_or_null(2), bound.lambda_or_null(3));
    let mut open: Option<(Object, Cursor)> = None;
    Ok(Lazy::generator(move |machine| {
        loop {
            let Some((item, others)) = &mut open else {
                let Some(item) = left.next(machine)? else { return Ok(None) };
                open = Some((item, Cursor::new(&right, machine)?));
                continue;
            };
            match others.next(machine)? {
                None => open = None,
                Some(other) => {
                    let pair = [item.clone(), other];
                    if machine.holds(&predicate, &pair)? {
                        return machine.call_lambda(&selector, &pair).map(Some);
                    }
                }
            }
        }
    }))
}

fn repeat(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (value, times) = (bound.object(0), bound.int(1, -1));
    let mut left = usize::try_from(times).ok();
    Ok(Lazy::object("itertools.repeat", move |_| {
        if let Some(count) = &mut left {
            if *count == 0 {
                return Ok(None);
            }
            *count -= 1;
        }
        Ok(Some(value.clone()))
    }))
}

fn cycle(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let memory = Memory::object(Cursor::new(&bound.object(0), machine)?);
    let mut items = Cursor::new(&memory, machine)?;
    Ok(Lazy::object("itertools.cycle", move |machine| {
        if let Some(item) = items.next(machine)? {
            return Ok(Some(item));
        }
        items = Cursor::new(&memory, machine)?;
        items.next(machine)
    }))
}
