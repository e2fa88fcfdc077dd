//! Spans of time, and what one can do with them and with points in time.

use python::object::Object;
use python::raise::{Class, Outcome, Raise};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::kinds::Kind::{self, Int, Integer, Number};
use crate::yaql::machine::Machine;
use crate::yaql::time::{DateTime, TimeSpan};

const SPAN: &[Parameter] = &[must("obj", Kind::TimeSpan)];
const MOMENT_SPAN: &[Parameter] = &[must("dt", Kind::DateTime), must("ts", Kind::TimeSpan)];
const SPAN_MOMENT: &[Parameter] = &[must("ts", Kind::TimeSpan), must("dt", Kind::DateTime)];
const MOMENTS: &[Parameter] = &[must("dt1", Kind::DateTime), must("dt2", Kind::DateTime)];
const SPANS: &[Parameter] = &[must("ts1", Kind::TimeSpan), must("ts2", Kind::TimeSpan)];
const SPAN_NUMBER: &[Parameter] = &[must("ts", Kind::TimeSpan), must("n", Number)];
const NUMBER_SPAN: &[Parameter] = &[must("n", Number), must("ts", Kind::TimeSpan)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free(
        "timespan",
        &[
            may("days", Int),
            may("hours", Int),
            may("minutes", Int),
            may("seconds", Integer),
            may("milliseconds", Integer),
            may("microseconds", Integer),
        ],
        timespan,
    ),
    Function::free("#property#microseconds", SPAN, |_, b| Ok(Object::Int(span(b, 0)))),
    Function::free("#property#milliseconds", SPAN, |_, b| Ok(in_units(b, 1e3))),
    Function::free("#property#seconds", SPAN, |_, b| Ok(in_units(b, 1e6))),
    Function::free("#property#minutes", SPAN, |_, b| Ok(in_units(b, 60e6))),
    Function::free("#property#hours", SPAN, |_, b| Ok(in_units(b, 3600e6))),
    Function::free("#property#days", SPAN, |_, b| Ok(in_units(b, 86_400e6))),
    Function::free("#operator_+", MOMENT_SPAN, |_, b| moved(b, 0, span(b, 1))),
    Function::free("#operator_+", SPAN_MOMENT, |_, b| moved(b, 1, span(b, 0))),
    Function::free("#operator_-", MOMENT_SPAN, |_, b| moved(b, 0, -span(b, 1))),
    Function::free("#operator_-", MOMENTS, |_, bound| {
        let epoch = |index| DateTime::of(&bound.object(index)).map_or(0, DateTime::epoch);
        TimeSpan::object(epoch(0) - epoch(1))
    }),
    Function::free("#operator_+", SPANS, |_, b| TimeSpan::object(span(b, 0) + span(b, 1))),
    Function::free("#operator_-", SPANS, |_, b| TimeSpan::object(span(b, 0) - span(b, 1))),
    Function::free("#operator_*", SPAN_NUMBER, |_, bound| times(bound, 0, 1)),
    Function::free("#operator_*", NUMBER_SPAN, |_, bound| times(bound, 1, 0)),
    Function::free("#operator_/", SPANS, |_, bound| ratio(bound)),
    Function::free("#operator_/", SPAN_NUMBER, |_, bound| divide(bound)),
    Function::free("#unary_operator_-", SPAN, |_, bound| TimeSpan::object(-span(bound, 0))),
    Function::free("#unary_operator_+", SPAN, |_, bound| TimeSpan::object(span(bound, 0))),
];

fn span(bound: &Bound<'_>, index: usize) -> i128 {
    TimeSpan::of(&bound.object(index)).map_or(0, |span| span.0)
}

fn timespan(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    const UNITS: [i128; 6] = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1000, 1];
    let mut total: i128 = 0;
    for (index, unit) in UNITS.iter().enumerate() {
        let part = bound.int(index, 0).saturating_mul(*unit);
        total = total.saturating_add(part);
    }
    TimeSpan::object(total)
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn in_units(bound: &Bound<'_>, unit: f64) -> Object {
    Object::Float(span(bound, 0) as f64 / unit)
}

fn moved(bound: &Bound<'_>, moment: usize, by: i128) -> Outcome<Object> {
    match DateTime::of(&bound.object(moment)) {
        Some(moment) => moment.plus(by),
        None => Ok(Object::None),
    }
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn times(bound: &Bound<'_>, ts: usize, n: usize) -> Outcome<Object> {
    match bound.object(n) {
        Object::Int(number) => TimeSpan::object(span(bound, ts).saturating_mul(number)),
        other => TimeSpan::rounded(span(bound, ts) as f64 * other.as_float().unwrap_or(0.0)),
    }
}

fn by_zero() -> Raise {
    Raise::new(Class::ZeroDivision, "division by zero")
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn ratio(bound: &Bound<'_>) -> Outcome<Object> {
    match span(bound, 1) {
        0 => Err(by_zero()),
        divisor => Ok(Object::Float(span(bound, 0) as f64 / divisor as f64)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn divide(bound: &Bound<'_>) -> Outcome<Object> {
    let divisor = bound.object(1).as_float().unwrap_or(0.0);
    if divisor == 0.0 {
        return Err(by_zero());
    }
    TimeSpan::rounded(span(bound, 0) as f64 / divisor)
}
