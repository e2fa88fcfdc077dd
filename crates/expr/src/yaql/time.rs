//! Points in time and spans between them, as Python's `datetime` has them:
//! microseconds, the calendar of the years 1 to 9999, an offset from UTC.

use std::any::Any;
use std::rc::Rc;

use jiff::civil;
use python::object::{Key, Native, Object};
use python::raise::{Class, Outcome, Raise, value_error};

pub(crate) const DAY: i128 = 86_400_000_000;
const SPAN_MAX: i128 = 1_000_000_000 * DAY;
const YEAR_MAX: i16 = 9999;

/// A span of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeSpan(pub(crate) i128);

/// A point in time: what a clock shows at an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime {
    pub(crate) local: civil::DateTime,
    /// Microseconds by which the clock is ahead of UTC.
    pub(crate) offset: i128,
    /// Whether the zone is UTC itself rather than one without a name.
    pub(crate) utc: bool,
}

fn out_of_range() -> Raise {
    Raise::new(Class::Overflow, "date value out of range")
}

impl TimeSpan {
    /// Makes a span, unless it is too long.
    pub(crate) fn object(microseconds: i128) -> Outcome<Object> {
        if !(-SPAN_MAX + DAY..SPAN_MAX).contains(&microseconds) {
            let days = microseconds.div_euclid(DAY);
            let message = format!("days={days}; must have magnitude <= 999999999");
            return Err(Raise::new(Class::Overflow, message));
        }
        Ok(Object::Native(Rc::new(Self(microseconds))))
    }

    /// Makes a span from a number of microseconds that may have a fraction.
    pub(crate) fn rounded(microseconds: f64) -> Outcome<Object> {
        if !microseconds.is_finite() {
            return value_error("cannot convert float NaN to integer");
        }
        if microseconds.abs() > 1e23 {
            return Err(out_of_range());
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        Self::object(microseconds.round_ties_even() as i128)
    }

    pub(crate) fn of(object: &Object) -> Option<Self> {
        match object {
            Object::Native(native) => native.as_any().downcast_ref::<Self>().copied(),
            _ => None,
        }
    }
}

impl DateTime {
    /// Makes a point in time from what a clock shows.
    pub(crate) fn object(local: civil::DateTime, offset: i128, utc: bool) -> Outcome<Object> {
        if !(1..=YEAR_MAX).contains(&local.year()) {
            return Err(out_of_range());
        }
        if offset.abs() >= DAY {
            return value_error(
                "offset must be a timedelta strictly between -timedelta(hours=24) and \
                 timedelta(hours=24).",
            );
        }
        Ok(Object::Native(Rc::new(Self { local, offset, utc: utc && offset == 0 })))
    }

    /// Makes the point in time so many microseconds after 1970.
    pub(crate) fn since_epoch(microseconds: i128, offset: i128) -> Outcome<Object> {
        let local = from_epoch(microseconds.saturating_add(offset))?;
        Self::object(local, offset, offset == 0)
    }

    pub(crate) fn of(object: &Object) -> Option<Self> {
        match object {
            Object::Native(native) => native.as_any().downcast_ref::<Self>().copied(),
            _ => None,
        }
    }

    /// Returns the microseconds since 1970, in UTC.
    pub(crate) fn epoch(self) -> i128 {
        local_epoch(self.local) - self.offset
    }

    /// Returns the point in time so many microseconds later.
    pub(crate) fn plus(self, microseconds: i128) -> Outcome<Object> {
        let moved = local_epoch(self.local).saturating_add(microseconds);
        Self::object(from_epoch(moved)?, self.offset, self.utc)
    }

    pub(crate) fn microsecond(self) -> i32 {
        self.local.subsec_nanosecond() / 1000
    }
}

/// Returns the microseconds from the start of 1970 to what a clock shows.
pub(crate) fn local_epoch(local: civil::DateTime) -> i128 {
    let days = i128::from(days_of(local.date()));
    let time = local.time();
    let seconds =
        i128::from(time.hour()) * 3600 + i128::from(time.minute()) * 60 + i128::from(time.second());
    days * DAY + seconds * 1_000_000 + i128::from(time.subsec_nanosecond() / 1000)
}

/// Returns the days from the start of 1970 to a date.
fn days_of(date: civil::Date) -> i64 {
    let year = i64::from(date.year()) - i64::from(date.month() <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (i64::from(date.month()) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(date.day()) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Returns what a clock shows so many microseconds after the start of 1970.
pub(crate) fn from_epoch(microseconds: i128) -> Outcome<civil::DateTime> {
    let days = i32::try_from(microseconds.div_euclid(DAY)).map_err(|_| out_of_range())?;
    let rest = microseconds.rem_euclid(DAY);
    let start = civil::date(1970, 1, 1);
    let span = jiff::Span::new().try_days(days).map_err(|_| out_of_range())?;
    let date = start.checked_add(span).map_err(|_| out_of_range())?;
    if !(1..=YEAR_MAX).contains(&date.year()) {
        return Err(out_of_range());
    }
    let part = |unit: i128, count: i128| i8::try_from(rest / unit % count).unwrap_or(0);
    let nanosecond = i32::try_from(rest % 1_000_000 * 1000).unwrap_or(0);
    let time = civil::Time::new(
        part(3_600_000_000, 24),
        part(60_000_000, 60),
        part(1_000_000, 60),
        nanosecond,
    );
    Ok(date.to_datetime(time.map_err(|_| out_of_range())?))
}

/// Returns the number by which two points in time, or two spans, are compared.
pub(crate) fn place(object: &Object) -> i128 {
    match (DateTime::of(object), TimeSpan::of(object)) {
        (Some(moment), _) => moment.epoch(),
        (None, Some(span)) => span.0,
        (None, None) => 0,
    }
}

fn two_digits(microseconds: i128) -> (i128, i128, i128, i128) {
    let seconds = microseconds / 1_000_000;
    (seconds / 3600, seconds / 60 % 60, seconds % 60, microseconds % 1_000_000)
}

/// Writes an offset as `+01:00` does, with a separator.
pub(crate) fn offset_text(offset: i128, separator: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds, rest) = two_digits(offset.abs());
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || rest != 0 {
        python::append(&mut text, format_args!("{separator}{seconds:02}"));
    }
    if rest != 0 {
        python::append(&mut text, format_args!(".{rest:06}"));
    }
    text
}

impl Native for TimeSpan {
    fn type_name(&self) -> &'static str {
        "timedelta"
    }

    fn repr(&self) -> String {
        let days = self.0.div_euclid(DAY);
        let rest = self.0.rem_euclid(DAY);
        let (seconds, microseconds) = (rest / 1_000_000, rest % 1_000_000);
        let parts = [("days", days), ("seconds", seconds), ("microseconds", microseconds)];
        let shown: Vec<String> = parts
            .iter()
            .filter(|(_, count)| *count != 0)
            .map(|(name, count)| format!("{name}={count}"))
            .collect();
        let shown = if shown.is_empty() { "0".to_owned() } else { shown.join(", ") };
        format!("datetime.timedelta({shown})")
    }

    fn text(&self) -> Outcome<String> {
        let days = self.0.div_euclid(DAY);
        let (hours, minutes, seconds, rest) = two_digits(self.0.rem_euclid(DAY));
        let mut text = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        python::append(&mut text, format_args!("{hours}:{minutes:02}:{seconds:02}"));
        if rest != 0 {
            python::append(&mut text, format_args!(".{rest:06}"));
        }
        Ok(text)
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Other("timedelta", self.0))
    }

    fn equals(&self, other: &Object) -> Option<bool> {
        Some(Self::of(other).is_some_and(|other| other.0 == self.0))
    }

    fn truth(&self) -> bool {
        self.0 != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Native for DateTime {
    fn type_name(&self) -> &'static str {
        "datetime"
    }

    fn repr(&self) -> String {
        let (date, time) = (self.local.date(), self.local.time());
        let mut parts = vec![
            i64::from(date.year()),
            i64::from(date.month()),
            i64::from(date.day()),
            i64::from(time.hour()),
            i64::from(time.minute()),
        ];
        let microsecond = i64::from(self.microsecond());
        if time.second() != 0 || microsecond != 0 {
            parts.push(i64::from(time.second()));
        }
        if microsecond != 0 {
            parts.push(microsecond);
        }
        let parts: Vec<String> = parts.iter().map(i64::to_string).collect();
        let seconds = self.offset / 1_000_000;
        let zone =
            if self.utc { "tzutc()".to_owned() } else { format!("tzoffset(None, {seconds})") };
        format!("datetime.datetime({}, tzinfo={zone})", parts.join(", "))
    }

    fn text(&self) -> Outcome<String> {
        let (date, time) = (self.local.date(), self.local.time());
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        if self.microsecond() != 0 {
            python::append(&mut text, format_args!(".{:06}", self.microsecond()));
        }
        text.push_str(&offset_text(self.offset, ":"));
        Ok(text)
    }

    fn key(&self) -> Option<Key> {
        Some(Key::Other("datetime", self.epoch()))
    }

    fn equals(&self, other: &Object) -> Option<bool> {
        Some(Self::of(other).is_some_and(|other| other.epoch() == self.epoch()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
