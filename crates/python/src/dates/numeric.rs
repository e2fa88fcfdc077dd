//! The meaning of one number in a date: by its length, by what stands around it, and by what is
//! known already.

use super::found::Found;
use super::names;
use super::ymd::{Label, Unknown, Ymd};

/// A number as it was written, split at its point.
struct Decimal<'a> {
    whole: i64,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn new(text: &'a str) -> Result<Self, Unknown> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Unknown);
        }
        Ok(Self { whole: integer(whole)?, fraction })
    }

    fn has_fraction(&self) -> bool {
        self.fraction.bytes().any(|byte| byte != b'0')
    }

    /// Returns sixty times the fraction, rounded down.
    fn sixtieths(&self) -> i64 {
        let digits = &self.fraction[..self.fraction.len().min(15)];
        let scale = digits.bytes().fold(1, |scale, _| scale * 10);
        digits.parse::<i64>().unwrap_or(0) * 60 / scale
    }
}

/// Reads a whole number.
pub(super) fn integer(text: &str) -> Result<i64, Unknown> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unknown);
    }
    text.parse().map_err(|_| Unknown)
}

/// Returns part of a token; tokens of numbers are ASCII.
fn part(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range.start.min(text.len())..range.end.min(text.len())).unwrap_or("")
}

fn seconds(text: &str, found: &mut Found) -> Result<(), Unknown> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    if fraction.contains('.') {
        return Err(Unknown);
    }
    found.second = Some(integer(whole)?);
    found.microsecond = Some(integer(&micros)?);
    Ok(())
}

fn minutes(value: &Decimal<'_>, found: &mut Found) {
    found.minute = Some(value.whole);
    found.second = value.has_fraction().then(|| value.sixtieths());
}

/// Reads the number at `at` and returns the last token that belongs to it.
pub(super) fn read(
    tokens: &[String],
    at: usize,
    ymd: &mut Ymd,
    found: &mut Found,
) -> Result<usize, Unknown> {
    let text = tokens[at].as_str();
    let value = Decimal::new(text)?;
    let token = |offset: usize| tokens.get(at + offset).map(String::as_str);
    let length = text.len();
    let follows_unit = token(1).is_some_and(|next| next == ":" || names::unit(next).is_some());
    if ymd.len() == 3 && matches!(length, 2 | 4) && found.hour.is_none() && !follows_unit {
        found.hour = Some(integer(part(text, 0..2))?);
        if length == 4 {
            found.minute = Some(integer(part(text, 2..4))?);
        }
        return Ok(at);
    }
    if length == 6 || (length > 6 && text.find('.') == Some(6)) {
        six_digits(text, ymd, found)?;
        return Ok(at);
    }
    if matches!(length, 8 | 12 | 14) {
        packed(text, ymd, found)?;
        return Ok(at);
    }
    if let Some(unit_at) = unit_near(tokens, at) {
        return with_unit((tokens, at, unit_at), &value, found);
    }
    match (token(1), token(2)) {
        (Some(":"), Some(minute)) => clock((tokens, at, minute), &value, found),
        (Some(separator @ ("-" | "/" | ".")), _) => separated((tokens, at), separator, ymd),
        (next, after) if next.is_none_or(names::is_filler) => {
            match after.and_then(names::half) {
                Some(half) => {
                    found.hour = Some(on_the_clock(value.whole, half));
                    return Ok(at + 2);
                }
                None => ymd.push(value.whole, exceeds_100(&value), Label::None)?,
            }
            Ok(at + 1)
        }
        (Some(next), _) if names::half(next).is_some() && value.whole < 24 => {
            found.hour = names::half(next).map(|half| on_the_clock(value.whole, half));
            Ok(at + 1)
        }
        _ if ymd.could_be_day(value.whole, value.has_fraction())? => {
            ymd.push(value.whole, exceeds_100(&value), Label::None)?;
            Ok(at)
        }
        _ => Err(Unknown),
    }
}

fn exceeds_100(value: &Decimal<'_>) -> bool {
    value.whole > 100 || (value.whole == 100 && value.has_fraction())
}

/// Turns an hour of a half day into one of the whole day.
pub(super) fn on_the_clock(hour: i64, half: i64) -> i64 {
    match (hour, half) {
        (12, 0) => 0,
        (hour, 1) if hour < 12 => hour + 12,
        (hour, _) => hour,
    }
}

/// Reads YYMMDD, or HHMMSS with a fraction.
fn six_digits(text: &str, ymd: &mut Ymd, found: &mut Found) -> Result<(), Unknown> {
    if ymd.len() == 0 && !text.contains('.') {
        ymd.push_text(part(text, 0..2), Label::None)?;
        ymd.push_text(part(text, 2..4), Label::None)?;
        return ymd.push_text(part(text, 4..6), Label::None);
    }
    found.hour = Some(integer(part(text, 0..2))?);
    found.minute = Some(integer(part(text, 2..4))?);
    seconds(part(text, 4..text.len()), found)
}

/// Reads YYYYMMDD with or without HHMM or HHMMSS.
fn packed(text: &str, ymd: &mut Ymd, found: &mut Found) -> Result<(), Unknown> {
    ymd.push_text(part(text, 0..4), Label::Year)?;
    ymd.push_text(part(text, 4..6), Label::None)?;
    ymd.push_text(part(text, 6..8), Label::None)?;
    if text.len() > 8 {
        found.hour = Some(integer(part(text, 8..10))?);
        found.minute = Some(integer(part(text, 10..12))?);
    }
    if text.len() > 12 {
        found.second = Some(integer(part(text, 12..14))?);
    }
    Ok(())
}

/// Returns where the unit of the number stands: behind it, else before it.
fn unit_near(tokens: &[String], at: usize) -> Option<usize> {
    let is_unit = |index: usize| tokens.get(index).is_some_and(|word| names::unit(word).is_some());
    let is_blank = |index: usize| tokens.get(index).is_some_and(|word| word == " ");
    let last = at + 1 == tokens.len();
    if is_unit(at + 1) {
        Some(at + 1)
    } else if is_blank(at + 1) && is_unit(at + 2) {
        Some(at + 2)
    } else if at > 0 && is_unit(at - 1) {
        Some(at - 1)
    } else if at > 1 && last && is_blank(at - 1) && is_unit(at - 2) {
        Some(at - 2)
    } else {
        None
    }
}

fn with_unit(
    (tokens, at, unit_at): (&[String], usize, usize),
    value: &Decimal<'_>,
    found: &mut Found,
) -> Result<usize, Unknown> {
    let unit = names::unit(&tokens[unit_at]).ok_or(Unknown)?;
    // Behind "12h" a bare number means the next smaller unit.
    let (end, unit) = if unit_at > at { (unit_at, unit) } else { (at, unit + 1) };
    match unit {
        0 => {
            found.hour = Some(value.whole);
            if value.has_fraction() {
                found.minute = Some(value.sixtieths());
            }
        }
        1 => minutes(value, found),
        2 => seconds(&tokens[at], found)?,
        _ => {}
    }
    Ok(end)
}

/// Reads HH:MM with or without :SS.
fn clock(
    (tokens, at, minute): (&[String], usize, &str),
    value: &Decimal<'_>,
    found: &mut Found,
) -> Result<usize, Unknown> {
    found.hour = Some(value.whole);
    minutes(&Decimal::new(minute)?, found);
    match (tokens.get(at + 3).map(String::as_str), tokens.get(at + 4)) {
        (Some(":"), Some(second)) => {
            seconds(second, found)?;
            Ok(at + 4)
        }
        _ => Ok(at + 2),
    }
}

/// Reads numbers and names of months with the same mark between them.
fn separated(
    (tokens, at): (&[String], usize),
    separator: &str,
    ymd: &mut Ymd,
) -> Result<usize, Unknown> {
    ymd.push_text(&tokens[at], Label::None)?;
    let Some(second) = tokens.get(at + 2).filter(|second| !names::is_filler(second)) else {
        return Ok(at + 1);
    };
    if second.bytes().all(|byte| byte.is_ascii_digit()) {
        ymd.push_text(second, Label::None)?;
    } else {
        ymd.push(names::month(second).ok_or(Unknown)?, false, Label::Month)?;
    }
    if tokens.get(at + 3).is_none_or(|mark| mark != separator) {
        return Ok(at + 2);
    }
    let third = tokens.get(at + 4).ok_or(Unknown)?;
    match names::month(third) {
        Some(month) => ymd.push(month, false, Label::Month)?,
        None => ymd.push_text(third, Label::None)?,
    }
    Ok(at + 4)
}
