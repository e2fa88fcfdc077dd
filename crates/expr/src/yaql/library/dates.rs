//! Points in time: making, changing and taking them apart.

use jiff::civil;
use python::dates::{self, Civil};
use python::object::Object;
use python::raise::{Class, Outcome, Raise, value_error};

use crate::yaql::dateformat;
use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::kinds::Kind::{self, Any, Int, IntOrNull, Number, Str, StrOrNull, TimeSpanOrNull};
use crate::yaql::machine::Machine;
use crate::yaql::time::{DAY, DateTime, TimeSpan, local_epoch};

const MOMENT: &[Parameter] = &[must("obj", Kind::DateTime)];
const PARTS: &[Parameter] = &[
    must("year", Int),
    must("month", Int),
    must("day", Int),
    may("hour", Int),
    may("minute", Int),
    may("second", Int),
    may("microsecond", Int),
    may("offset", Kind::TimeSpan),
];
const REPLACED: &[Parameter] = &[
    must("dt", Kind::DateTime),
    may("year", IntOrNull),
    may("month", IntOrNull),
    may("day", IntOrNull),
    may("hour", IntOrNull),
    may("minute", IntOrNull),
    may("second", IntOrNull),
    may("microsecond", IntOrNull),
    may("offset", TimeSpanOrNull),
];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("datetime", PARTS, |_, bound| from_parts(bound)),
    Function::free(
        "datetime",
        &[must("timestamp", Number), may("offset", Kind::TimeSpan)],
        from_timestamp,
    ),
    Function::free("datetime", &[must("string", Str), may("format", StrOrNull)], from_text),
    Function::free("now", &[may("offset", TimeSpanOrNull)], now),
    Function::free("localtz", &[], |_, _| TimeSpan::object(0)),
    Function::free("utctz", &[], |_, _| TimeSpan::object(0)),
    Function::free("#property#year", MOMENT, |_, b| Ok(part(b, |m| m.local.year().into()))),
    Function::free("#property#month", MOMENT, |_, b| Ok(part(b, |m| m.local.month().into()))),
    Function::free("#property#day", MOMENT, |_, b| Ok(part(b, |m| m.local.day().into()))),
    Function::free("#property#hour", MOMENT, |_, b| Ok(part(b, |m| m.local.hour().into()))),
    Function::free("#property#minute", MOMENT, |_, b| Ok(part(b, |m| m.local.minute().into()))),
    Function::free("#property#second", MOMENT, |_, b| Ok(part(b, |m| m.local.second().into()))),
    Function::free("#property#microsecond", MOMENT, |_, b| Ok(part(b, |m| m.microsecond().into()))),
    Function::free("#property#weekday", MOMENT, |_, bound| {
        Ok(part(bound, |moment| moment.local.weekday().to_monday_zero_offset().into()))
    }),
    Function::free("#property#offset", MOMENT, |_, bound| {
        TimeSpan::object(moment(bound).map_or(0, |moment| moment.offset))
    }),
    Function::free("#property#timestamp", MOMENT, timestamp),
    Function::free("#property#date", MOMENT, date),
    Function::free("#property#time", MOMENT, |_, bound| {
        TimeSpan::object(moment(bound).map_or(0, |m| local_epoch(m.local).rem_euclid(DAY)))
    }),
    Function::free("#property#utc", MOMENT, utc),
    Function::method("replace", REPLACED, replace),
    Function::method("format", &[must("dt", Kind::DateTime), must("format", Str)], |_, bound| {
        let Some(moment) = moment(bound) else { return Ok(Object::None) };
        dateformat::format(&moment, &bound.text_or_empty(1)).map(Object::from)
    }),
    Function::free("isDatetime", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(moment(bound).is_some()))
    }),
    Function::free("isTimespan", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(TimeSpan::of(&bound.object(0)).is_some()))
    }),
];

fn moment(bound: &Bound<'_>) -> Option<DateTime> {
    DateTime::of(&bound.object(0))
}

fn part(bound: &Bound<'_>, part: fn(DateTime) -> i128) -> Object {
    moment(bound).map_or(Object::None, |moment| Object::Int(part(moment)))
}

/// Returns the offset that an argument gives; a timespan of nothing stands for UTC.
fn offset(bound: &Bound<'_>, index: usize) -> i128 {
    bound.given(index).and_then(|object| TimeSpan::of(&object)).map_or(0, |span| span.0)
}

fn checked(value: i128, range: std::ops::RangeInclusive<i128>, name: &str) -> Outcome<i128> {
    if range.contains(&value) {
        return Ok(value);
    }
    value_error(match name {
        "year" => format!("year {value} is out of range"),
        name => format!("{name} must be in {}..{}", range.start(), range.end()),
    })
}

/// Makes what a clock shows from its parts: year, month, day, hour, minute, second, microsecond.
fn local(parts: [i128; 7]) -> Outcome<civil::DateTime> {
    let [year, month, day, hour, minute, second, microsecond] = parts;
    let small = |number: i128| i8::try_from(number).unwrap_or(0);
    let year = i16::try_from(checked(year, 1..=9999, "year")?).unwrap_or(1);
    let month = small(checked(month, 1..=12, "month")?);
    let date = civil::Date::new(year, month, i8::try_from(day).unwrap_or(0))
        .map_err(|_| Raise::new(Class::Value, "day is out of range for month"))?;
    let hour = small(checked(hour, 0..=23, "hour")?);
    let minute = small(checked(minute, 0..=59, "minute")?);
    let second = small(checked(second, 0..=59, "second")?);
    let microsecond = checked(microsecond, 0..=999_999, "microsecond")?;
    let nanosecond = i32::try_from(microsecond * 1000).unwrap_or(0);
    let time = civil::Time::new(hour, minute, second, nanosecond)
        .map_err(|_| Raise::new(Class::Value, "the time is out of range"))?;
    Ok(date.to_datetime(time))
}

fn from_parts(bound: &Bound<'_>) -> Outcome<Object> {
    let mut parts = [0; 7];
    for (index, part) in parts.iter_mut().enumerate() {
        *part = bound.int(index, 0);
    }
    DateTime::object(local(parts)?, offset(bound, 7), true)
}

fn from_timestamp(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let microseconds = match bound.object(0) {
        Object::Int(seconds) => seconds.saturating_mul(1_000_000),
        other => {
            let seconds = other.as_float().unwrap_or(0.0);
            if !seconds.is_finite() {
                return value_error("cannot convert float NaN to integer");
            }
            let whole = seconds.floor();
            let fraction = ((seconds - whole) * 1e6).round_ties_even();
            #[expect(clippy::cast_possible_truncation, reason = "what is too large saturates")]
            let parts = (whole as i128, fraction as i128);
            parts.0.saturating_mul(1_000_000).saturating_add(parts.1)
        }
    };
    DateTime::since_epoch(microseconds, offset(bound, 1))
        .map_err(|_| Raise::new(Class::Value, "year is out of range"))
}

fn from_text(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let text = bound.text_or_empty(0);
    match bound.text(1).filter(|format| !format.is_empty()) {
        Some(format) => dateformat::parse(&text, &format),
        None => from_words(&text, machine.context.now.as_microsecond()),
    }
}

/// Reads a date as people write them; what the text does not say comes from `now`.
fn from_words(text: &str, now: i64) -> Outcome<Object> {
    let (civil, offset_seconds) = dates::parse_civil(text, now)?;
    let Civil { year, month, day, hour, minute, second, microsecond } = civil;
    let parts = [year, month, day, hour, minute, second, microsecond].map(i128::from);
    let offset = i128::from(offset_seconds) * 1_000_000;
    DateTime::object(local(parts)?, if offset.abs() < DAY { offset } else { 0 }, true)
}

fn now(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    DateTime::since_epoch(i128::from(machine.context.now.as_microsecond()), offset(bound, 0))
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn timestamp(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let Some(moment) = moment(bound) else { return Ok(Object::None) };
    // The point in UTC keeps the offset, which is then taken off once more.
    let microseconds = local_epoch(moment.local) - 2 * moment.offset;
    Ok(Object::Float(microseconds as f64 / 1e6))
}

fn date(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let Some(moment) = moment(bound) else { return Ok(Object::None) };
    let midnight = moment.local.date().to_datetime(civil::Time::midnight());
    DateTime::object(midnight, moment.offset, moment.utc)
}

fn utc(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match moment(bound) {
        Some(moment) => moment.plus(-moment.offset),
        None => Ok(Object::None),
    }
}

fn replace(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let Some(moment) = moment(bound) else { return Ok(Object::None) };
    let (date, time) = (moment.local.date(), moment.local.time());
    let mut parts = [
        i128::from(date.year()),
        i128::from(date.month()),
        i128::from(date.day()),
        i128::from(time.hour()),
        i128::from(time.minute()),
        i128::from(time.second()),
        i128::from(moment.microsecond()),
    ];
    for (index, part) in parts.iter_mut().enumerate() {
        *part = bound.int(index + 1, *part);
    }
    let span = bound.given(8).and_then(|object| TimeSpan::of(&object));
    let (offset, utc) = match span {
        Some(span) => (span.0, true),
        None => (moment.offset, moment.utc),
    };
    DateTime::object(local(parts)?, offset, utc)
}
