//! Reads dates as StackStorm's `timediff` operators do: ISO 8601 first, then, where that fails,
//! whatever `dateutil` makes of the text, with the present date filling what is missing. Without
//! an offset the text means UTC.

mod calendar;
mod iso;
mod loose;
mod names;
mod numeric;
mod tokens;
mod ymd;

use crate::raise::{Class, Outcome, Raise};

/// How long a text may be.
const TEXT_BYTES_MAX: usize = 1_000;

/// A date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
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

/// Reads a date and time; both `now` and the result are microseconds since 1970.
pub fn parse(text: &str, now: i64) -> Outcome<i64> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Raise::new(Class::Date, "the text is too long for a date"));
    }
    iso::parse(text).map_or_else(|| loose::parse(text, now), Ok)
}
