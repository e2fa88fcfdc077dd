//! Which of two values comes first.

use python::object::Object;
use python::operators::{Order, compare};
use python::raise::Outcome;

use crate::yaql::function::{Bound, Function, Parameter, must};
use crate::yaql::kinds::Kind::{DateTime, Null, Number, Set, Something, Str, TimeSpan};
use crate::yaql::machine::Machine;
use crate::yaql::natives::other_items;
use crate::yaql::time;

const TO_NULL: &[Parameter] = &[must("left", Something), must("right", Null)];
const FROM_NULL: &[Parameter] = &[must("left", Null), must("right", Something)];
const NULLS: &[Parameter] = &[must("left", Null), must("right", Null)];
const NUMBERS: &[Parameter] = &[must("left", Number), must("right", Number)];
const TEXTS: &[Parameter] = &[must("left", Str), must("right", Str)];
const SETS: &[Parameter] = &[must("left", Set), must("right", Set)];
const MOMENTS: &[Parameter] = &[must("dt1", DateTime), must("dt2", DateTime)];
const SPANS: &[Parameter] = &[must("ts1", TimeSpan), must("ts2", TimeSpan)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("#operator_<", TO_NULL, no),
    Function::free("#operator_<=", TO_NULL, no),
    Function::free("#operator_>", TO_NULL, yes),
    Function::free("#operator_>=", TO_NULL, yes),
    Function::free("#operator_<", FROM_NULL, yes),
    Function::free("#operator_<=", FROM_NULL, yes),
    Function::free("#operator_>", FROM_NULL, no),
    Function::free("#operator_>=", FROM_NULL, no),
    Function::free("#operator_<", NULLS, no),
    Function::free("#operator_<=", NULLS, yes),
    Function::free("#operator_>", NULLS, no),
    Function::free("#operator_>=", NULLS, yes),
    Function::free("#operator_<", NUMBERS, |_, bound| plain(bound, Order::Less)),
    Function::free("#operator_<=", NUMBERS, |_, bound| plain(bound, Order::LessEqual)),
    Function::free("#operator_>", NUMBERS, |_, bound| plain(bound, Order::Greater)),
    Function::free("#operator_>=", NUMBERS, |_, bound| plain(bound, Order::GreaterEqual)),
    Function::free("#operator_<", TEXTS, |_, bound| plain(bound, Order::Less)),
    Function::free("#operator_<=", TEXTS, |_, bound| plain(bound, Order::LessEqual)),
    Function::free("#operator_>", TEXTS, |_, bound| plain(bound, Order::Greater)),
    Function::free("#operator_>=", TEXTS, |_, bound| plain(bound, Order::GreaterEqual)),
    Function::free("#operator_<", SETS, |_, bound| sets(bound, Order::Less)),
    Function::free("#operator_<=", SETS, |_, bound| sets(bound, Order::LessEqual)),
    Function::free("#operator_>", SETS, |_, bound| sets(bound, Order::Greater)),
    Function::free("#operator_>=", SETS, |_, bound| sets(bound, Order::GreaterEqual)),
    Function::free("#operator_<", MOMENTS, |_, bound| times(bound, Order::Less)),
    Function::free("#operator_<=", MOMENTS, |_, bound| times(bound, Order::LessEqual)),
    Function::free("#operator_>", MOMENTS, |_, bound| times(bound, Order::Greater)),
    Function::free("#operator_>=", MOMENTS, |_, bound| times(bound, Order::GreaterEqual)),
    Function::free("#operator_<", SPANS, |_, bound| times(bound, Order::Less)),
    Function::free("#operator_<=", SPANS, |_, bound| times(bound, Order::LessEqual)),
    Function::free("#operator_>", SPANS, |_, bound| times(bound, Order::Greater)),
    Function::free("#operator_>=", SPANS, |_, bound| times(bound, Order::GreaterEqual)),
];

fn no(_: &Machine<'_>, _: &mut Bound<'_>) -> Outcome<Object> {
    Ok(Object::Bool(false))
}

fn yes(_: &Machine<'_>, _: &mut Bound<'_>) -> Outcome<Object> {
    Ok(Object::Bool(true))
}

fn plain(bound: &Bound<'_>, order: Order) -> Outcome<Object> {
    compare(&bound.object(0), &bound.object(1), order).map(Object::Bool)
}

fn times(bound: &Bound<'_>, order: Order) -> Outcome<Object> {
    let place = |index| Object::Int(time::place(&bound.object(index)));
    compare(&place(0), &place(1), order).map(Object::Bool)
}

/// One set is less than another when the other holds all of it and more.
fn sets(bound: &Bound<'_>, order: Order) -> Outcome<Object> {
    let items = |index| other_items(&bound.object(index)).unwrap_or_default();
    let (left, right) = (items(0), items(1));
    let (small, large) = match order {
        Order::Less | Order::LessEqual => (&left, &right),
        Order::Greater | Order::GreaterEqual => (&right, &left),
    };
    let within = small.keys().all(|key| large.contains_key(key));
    let strict = matches!(order, Order::Less | Order::Greater);
    Ok(Object::Bool(within && (!strict || small.len() < large.len())))
}
