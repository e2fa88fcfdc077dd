//! Reads dates as `dateutil` does, with the present date filling what is missing, and as
//! StackStorm's `timediff` operators do, which try ISO 8601 first. Without an offset a text means
//! UTC.

mod calendar;
mod found;
mod iso;
mod loose;
mod names;
mod numeric;
mod tokens;
mod ymd;

pub use names::{DAYS, MONTHS};

use crate::raise::{Class, Outcome, Raise};

/// How long a text may be.
const TEXT_BYTES_MAX: usize = 1_000;

/// A date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// The year, from 1 to 9999.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second, below 60.
    pub second: i64,
    /// The microsecond.
    pub microsecond: i64,
}

impl Civil {
    /// Returns the microseconds since 1970, where the parts are a date and a time.
    fn micros(self, offset_seconds: i64) -> Result<i64, String> {
        self.check()?;
        if offset_seconds.abs() >= 86_400 {
            let bounds = "-timedelta(hours=24) and timedelta(hours=24)";
            return Err(format!("offset must be a timedelta strictly between {bounds}"));
        }
        let days = calendar::days(self.year, self.month, self.day);
        let time = self.hour * 3_600 + self.minute * 60 + self.second;
        let seconds = days * 86_400 + time - offset_seconds;
        if !(calendar::days(1, 1, 1)..calendar::days(10_000, 1, 1))
            .contains(&seconds.div_euclid(86_400))
        {
            return Err("date value out of range".to_owned());
        }
        Ok(seconds * 1_000_000 + self.microsecond)
    }

    fn check(self) -> Result<(), String> {
        if !(1..=9_999).contains(&self.year) {
            return Err(format!("year {} is out of range", self.year));
        }
        let checks = [
            (1..=12, self.month, "month must be in 1..12"),
            (0..=23, self.hour, "hour must be in 0..23"),
            (0..=59, self.minute, "minute must be in 0..59"),
            (0..=59, self.second, "second must be in 0..59"),
            (0..=999_999, self.microsecond, "microsecond must be in 0..999999"),
        ];
        for (range, value, complaint) in checks {
            if !range.contains(&value) {
                return Err(complaint.to_owned());
            }
        }
        if !(1..=calendar::month_days(self.year, self.month)).contains(&self.day) {
            return Err("day is out of range for month".to_owned());
        }
        Ok(())
    }
}

/// Reads a date and time as `timediff` does; both `now` and the result are microseconds since 1970.
pub fn parse(text: &str, now: i64) -> Outcome<i64> {
    check_length(text)?;
    match iso::parse(text) {
        Some(micros) => Ok(micros),
        None => loose::parse(text, now),
    }
}

/// Reads a date and time as `dateutil` does, with its offset from UTC in seconds; `now` is in
/// microseconds since 1970.
pub fn parse_civil(text: &str, now: i64) -> Outcome<(Civil, i64)> {
    check_length(text)?;
    loose::parse_civil(text, now)
}

fn check_length(text: &str) -> Outcome<()> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Raise::new(Class::Date, "the text is too long for a date"));
    }
    Ok(())
}
