//! Queries over collections: choosing, changing, summing up.

use std::collections::HashSet;

use python::budget;
use python::object::Object;
use python::operators::truth;
use python::raise::{Class, Outcome, Raise, type_error, value_error};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::{Cursor, Lazy, Memory};
use crate::yaql::kinds::Kind::{Any, Int, IntOrNull, Iterable, Lambda};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;
use crate::yaql::scope;

const COLLECTION: &[Parameter] = &[must("collection", Iterable)];
const PREDICATE: &[Parameter] = &[must("collection", Iterable), must("predicate", Lambda)];
const SELECTOR: &[Parameter] = &[must("collection", Iterable), must("selector", Lambda)];
const MAYBE: &[Parameter] = &[must("collection", Iterable), may("predicate", Lambda)];
const COUNT: &[Parameter] = &[must("collection", Iterable), must("count", Int)];
const INITIAL: &[Parameter] = &[must("collection", Iterable), may("initial", Any)];
const DEFAULT: &[Parameter] = &[must("collection", Iterable), may("default", Any)];
const FOLD: &[Parameter] =
    &[must("collection", Iterable), must("selector", Lambda), may("seed", Any)];
const DISTINCT: &[Parameter] = &[must("collection", Iterable), may("keySelector", Lambda)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::method("where", PREDICATE, filter),
    Function::method("filter", PREDICATE, filter),
    Function::method("select", SELECTOR, select),
    Function::method("map", SELECTOR, select),
    Function::method("skip", COUNT, skip),
    Function::method("limit", COUNT, limit),
    Function::method("take", COUNT, limit),
    Function::both("distinct", DISTINCT, |machine, bound| {
        Ok(distinct(Cursor::new(&bound.object(0), machine)?, bound.lambda(1)))
    }),
    Function::both(
        "enumerate",
        &[must("collection", Iterable), may("start", IntOrNull)],
        enumerate,
    ),
    Function::both("any", MAYBE, |machine, bound| some(machine, bound, true)),
    Function::both("all", MAYBE, |machine, bound| some(machine, bound, false)),
    Function::method("memorize", COLLECTION, memorize),
    Function::method("sum", INITIAL, |machine, bound| fold_with(machine, bound, "#operator_+")),
    Function::method("max", INITIAL, |machine, bound| fold_with(machine, bound, "max")),
    Function::method("min", INITIAL, |machine, bound| fold_with(machine, bound, "min")),
    Function::method("first", DEFAULT, first),
    Function::method("single", COLLECTION, single),
    Function::method("last", DEFAULT, last),
    Function::method("selectMany", SELECTOR, select_many),
    Function::method("aggregate", FOLD, aggregate),
    Function::method("reduce", FOLD, aggregate),
    Function::method("accumulate", FOLD, accumulate),
    Function::method("takeWhile", PREDICATE, take_while),
    Function::method("skipWhile", PREDICATE, skip_while),
    Function::method(
        "defaultIfEmpty",
        &[must("collection", Iterable), must("default", Iterable)],
        default_if_empty,
    ),
];

fn cursor(machine: &Machine<'_>, bound: &Bound<'_>) -> Outcome<Cursor> {
    Cursor::new(&bound.object(0), machine)
}

fn filter(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, predicate) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    Ok(Lazy::object("filter", move |machine| {
        while let Some(item) = items.next(machine)? {
            if machine.holds(&predicate, std::slice::from_ref(&item))? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }))
}

fn select(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, selector) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    Ok(Lazy::object("map", move |machine| match items.next(machine)? {
        Some(item) => machine.call_lambda(&selector, &[item]).map(Some),
        None => Ok(None),
    }))
}

fn counted(bound: &Bound<'_>) -> Outcome<usize> {
    match usize::try_from(bound.int(1, 0)) {
        Ok(count) => Ok(count),
        Err(_) => value_error(
            "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
        ),
    }
}

fn skip(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, mut left) = (cursor(machine, bound)?, counted(bound)?);
    Ok(Lazy::object("itertools.islice", move |machine| {
        while left > 0 {
            if items.next(machine)?.is_none() {
                return Ok(None);
            }
            left -= 1;
        }
        items.next(machine)
    }))
}

fn limit(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, mut left) = (cursor(machine, bound)?, counted(bound)?);
    Ok(Lazy::object("itertools.islice", move |machine| {
        if left == 0 {
            return Ok(None);
        }
        left -= 1;
        items.next(machine)
    }))
}

/// Returns the items of which no equal one came before.
pub(super) fn distinct(mut items: Cursor, key_of: Option<scope::Lambda>) -> Object {
    let mut seen = HashSet::new();
    Lazy::generator(move |machine| {
        while let Some(item) = items.next(machine)? {
            let key = match &key_of {
                Some(key_of) => machine.call_lambda(key_of, std::slice::from_ref(&item))?,
                None => item.clone(),
            };
            budget::build(64)?;
            if seen.insert(key.key()?) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    })
}

fn enumerate(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = cursor(machine, bound)?;
    let mut index = match bound.given(1) {
        Some(Object::None) => {
            return type_error("'NoneType' object cannot be interpreted as an integer");
        }
        _ => bound.int(1, 0),
    };
    Ok(Lazy::generator(move |machine| match items.next(machine)? {
        Some(item) => {
            index = index.saturating_add(1);
            Ok(Some(Object::list(vec![Object::Int(index - 1), item])))
        }
        None => Ok(None),
    }))
}

/// Looks for an item for which the predicate is `wanted`.
fn some(machine: &Machine<'_>, bound: &Bound<'_>, wanted: bool) -> Outcome<Object> {
    let (mut items, predicate) = (cursor(machine, bound)?, bound.lambda(1));
    while let Some(item) = items.next(machine)? {
        let holds = match &predicate {
            Some(predicate) => machine.holds(predicate, &[item])?,
            // Without a predicate `any` asks for items only, `all` for true ones.
            None => wanted || truth(&item)?,
        };
        if holds == wanted {
            return Ok(Object::Bool(wanted));
        }
    }
    Ok(Object::Bool(!wanted))
}

fn memorize(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let collection = bound.object(0);
    if Shape::of(&collection) != Shape::Iterator {
        return Ok(collection);
    }
    Ok(Memory::object(Cursor::new(&collection, machine)?))
}

/// Folds a collection; without a seed its first item is the seed.
fn fold(
    machine: &Machine<'_>,
    mut items: Cursor,
    seed: Option<Object>,
    mut step: impl FnMut(Object, Object) -> Outcome<Object>,
) -> Outcome<Object> {
    let mut total = match seed {
        Some(seed) => seed,
        None => match items.next(machine)? {
            Some(first) => first,
            None => return type_error("reduce() of empty iterable with no initial value"),
        },
    };
    while let Some(item) = items.next(machine)? {
        total = step(total, item)?;
    }
    Ok(total)
}

fn fold_with(machine: &Machine<'_>, bound: &Bound<'_>, function: &str) -> Outcome<Object> {
    fold(machine, cursor(machine, bound)?, bound.given(1), |total, item| {
        machine.call_with(function, vec![total, item], bound.scope)
    })
}

fn aggregate(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let selector = bound.lambda_or_null(1);
    fold(machine, cursor(machine, bound)?, bound.given(2), |total, item| {
        machine.call_lambda(&selector, &[total, item])
    })
}

fn accumulate(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, selector) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    let mut seed = bound.given(2);
    let mut total: Option<Object> = None;
    Ok(Lazy::generator(move |machine| {
        let next = match (&total, items_seed(&mut seed, total.is_none())) {
            (None, Some(seed)) => Some(seed),
            (None, None) => match items.next(machine)? {
                Some(first) => Some(first),
                None => {
                    return type_error("accumulate() of empty sequence with no initial value");
                }
            },
            (Some(sum), _) => match items.next(machine)? {
                Some(item) => Some(machine.call_lambda(&selector, &[sum.clone(), item])?),
                None => None,
            },
        };
        total.clone_from(&next);
        Ok(next)
    }))
}

fn items_seed(seed: &mut Option<Object>, at_start: bool) -> Option<Object> {
    if at_start { seed.take() } else { None }
}

fn first(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match cursor(machine, bound)?.next(machine)? {
        Some(item) => Ok(item),
        None => bound.given(1).ok_or_else(|| Raise::new(Class::StopIteration, "")),
    }
}

fn single(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = cursor(machine, bound)?;
    let Some(item) = items.next(machine)? else {
        return Err(Raise::new(Class::StopIteration, ""));
    };
    if items.next(machine)?.is_some() {
        let message = "Collection contains more than one item";
        return Err(Raise::new(Class::StopIteration, message));
    }
    Ok(item)
}

fn last(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = cursor(machine, bound)?;
    let mut last = bound.given(1);
    while let Some(item) = items.next(machine)? {
        last = Some(item);
    }
    last.ok_or_else(|| Raise::new(Class::StopIteration, ""))
}

fn select_many(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, selector) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    let mut inner: Option<Cursor> = None;
    Ok(Lazy::generator(move |machine| {
        loop {
            if let Some(cursor) = &mut inner
                && let Some(item) = cursor.next(machine)?
            {
                return Ok(Some(item));
            }
            inner = None;
            let Some(item) = items.next(machine)? else { return Ok(None) };
            let found = machine.call_lambda(&selector, &[item])?;
            if !Shape::of(&found).is_iterable() {
                return Ok(Some(found));
            }
            inner = Some(Cursor::new(&found, machine)?);
        }
    }))
}

fn take_while(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, predicate) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    Ok(Lazy::object("itertools.takewhile", move |machine| {
        let Some(item) = items.next(machine)? else { return Ok(None) };
        Ok(machine.holds(&predicate, std::slice::from_ref(&item))?.then_some(item))
    }))
}

fn skip_while(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut items, predicate) = (cursor(machine, bound)?, bound.lambda_or_null(1));
    let mut skips = true;
    Ok(Lazy::object("itertools.dropwhile", move |machine| {
        while let Some(item) = items.next(machine)? {
            skips = skips && machine.holds(&predicate, std::slice::from_ref(&item))?;
            if !skips {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }))
}

fn default_if_empty(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let collection = bound.object(0);
    let memory = match Shape::of(&collection) {
        Shape::Iterator => Memory::object(Cursor::new(&collection, machine)?),
        _ => collection,
    };
    match Cursor::new(&memory, machine)?.next(machine)? {
        Some(_) => Ok(memory),
        None => Ok(bound.object(1)),
    }
}
