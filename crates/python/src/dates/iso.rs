//! ISO 8601 as `ciso8601` reads it: calendar, week and ordinal dates, basic or extended, but never
//! a mixture of both.

use super::{Civil, calendar};

/// Reads a date and time; none when the text is not ISO 8601.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let year = cursor.digits(4)?;
    let extended = cursor.take(b'-');
    let (year, month, day) = if cursor.take(b'W') {
        week_date(&mut cursor, year, extended)?
    } else {
        month_or_ordinal(&mut cursor, year, extended)?
    };
    let mut civil = Civil { year, month, day, hour: 0, minute: 0, second: 0, microsecond: 0 };
    let mut offset_seconds = 0;
    let mut next_day = false;
    if !cursor.rest.is_empty() {
        if !cursor.at_date_end() {
            return None;
        }
        cursor.rest = &cursor.rest[1..];
        time(&mut cursor, &mut civil, extended)?;
        let clock = (civil.hour, civil.minute, civil.second, civil.microsecond);
        if clock == (24, 0, 0, 0) {
            civil.hour = 0;
            next_day = true;
        }
        offset_seconds = offset(&mut cursor)?;
    }
    if !cursor.rest.is_empty() {
        return None;
    }
    civil.check().ok()?;
    if next_day {
        let days = calendar::days(civil.year, civil.month, civil.day) + 1;
        (civil.year, civil.month, civil.day) = calendar::date(days);
    }
    civil.micros(offset_seconds).ok()
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
        })
    }

    /// Returns whether the date ends here.
    fn at_date_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'T' | b't' | b' '))
    }

    /// Returns whether the time of day ends here.
    fn at_time_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'Z' | b'z' | b'+' | b'-'))
    }
}

fn week_date(cursor: &mut Cursor<'_>, year: i64, extended: bool) -> Option<(i64, i64, i64)> {
    let week = cursor.digits(2)?;
    let day = if cursor.at_date_end() {
        1
    } else {
        if extended && !cursor.take(b'-') {
            return None;
        }
        cursor.digits(1)?
    };
    if year < 1 || !(1..=7).contains(&day) || !(1..=weeks(year)).contains(&week) {
        return None;
    }
    Some(calendar::date(first_monday(year) + (week - 1) * 7 + day - 1))
}

/// Returns the day on which the first week of a year begins: the week with January 4th.
fn first_monday(year: i64) -> i64 {
    let fourth = calendar::days(year, 1, 4);
    fourth - calendar::weekday(fourth)
}

fn weeks(year: i64) -> i64 {
    (first_monday(year + 1) - first_monday(year)) / 7
}

fn month_or_ordinal(cursor: &mut Cursor<'_>, year: i64, extended: bool) -> Option<(i64, i64, i64)> {
    let month = cursor.digits(2)?;
    if extended && cursor.at_date_end() {
        return Some((year, month, 1));
    }
    if extended && cursor.take(b'-') {
        return Some((year, month, cursor.digits(2)?));
    }
    let third = cursor.digits(1)?;
    if extended || cursor.at_date_end() {
        return ordinal(year, month * 10 + third);
    }
    Some((year, month, third * 10 + cursor.digits(1)?))
}

fn ordinal(year: i64, day: i64) -> Option<(i64, i64, i64)> {
    let last = 365 + i64::from(calendar::is_leap(year));
    (1..=last).contains(&day).then(|| calendar::date(calendar::days(year, 1, 1) + day - 1))
}

fn time(cursor: &mut Cursor<'_>, civil: &mut Civil, extended: bool) -> Option<()> {
    civil.hour = cursor.digits(2)?;
    if cursor.at_time_end() {
        return Some(());
    }
    let colons = cursor.take(b':');
    civil.minute = cursor.digits(2)?;
    if !cursor.at_time_end() {
        if colons && !cursor.take(b':') {
            return None;
        }
        civil.second = cursor.digits(2)?;
        if cursor.take(b'.') || cursor.take(b',') {
            civil.microsecond = fraction(cursor)?;
        }
    }
    (colons == extended).then_some(())
}

fn fraction(cursor: &mut Cursor<'_>) -> Option<i64> {
    let count = cursor.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let used = count.min(6);
    let digits = Cursor { rest: &cursor.rest[..used] }.digits(used).filter(|_| used > 0)?;
    cursor.rest = &cursor.rest[count..];
    Some((used..6).fold(digits, |number, _| number * 10))
}

fn offset(cursor: &mut Cursor<'_>) -> Option<i64> {
    let sign = match cursor.peek() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(b'Z' | b'z') => {
            cursor.rest = &cursor.rest[1..];
            return Some(0);
        }
        _ => return Some(0),
    };
    cursor.rest = &cursor.rest[1..];
    let hours = cursor.digits(2)?;
    let minutes = if cursor.take(b':') || cursor.peek().is_some() { cursor.digits(2)? } else { 0 };
    (minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}
