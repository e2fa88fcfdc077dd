//! Dates as people and programs write them, in `dateutil`'s reading: words and numbers in almost
//! any order, month before day where both would do.

use super::found::Found;
use super::ymd::{Label, Unknown, Ymd};
use super::{Civil, calendar, names, numeric, tokens};
use crate::raise::{Class, Outcome, Raise};

fn error(complaint: &str, text: &str) -> Raise {
    Raise::new(Class::Date, format!("{complaint}: {text}"))
}

/// Reads a date and time; the result is in microseconds since 1970.
pub(super) fn parse(text: &str, now: i64) -> Outcome<i64> {
    let (civil, offset_seconds) = parse_civil(text, now)?;
    civil.micros(offset_seconds).map_err(|why| error(&why, text))
}

/// Reads a date and time, and its offset from UTC in seconds.
pub(super) fn parse_civil(text: &str, now: i64) -> Outcome<(Civil, i64)> {
    let mut tokens = tokens::split(text);
    let mut ymd = Ymd::default();
    let mut found = Found::default();
    let date = read(&mut tokens, &mut ymd, &mut found).and_then(|()| ymd.resolve());
    let (year, month, day) = date.map_err(|Unknown| error("Unknown string format", text))?;
    if (year, month, day) == (None, None, None) && found.is_nothing() {
        return Err(error("String does not contain a date", text));
    }
    let today = calendar::date(now.div_euclid(86_400_000_000));
    let year = year.map(|year| with_century(year, ymd.has_century, today.0));
    let civil = complete((year, month, day), &found, today);
    let civil = civil.and_then(|civil| civil.check().map(|()| civil));
    Ok((civil.map_err(|why| error(&why, text))?, found.offset_seconds()))
}

/// Returns a year of two digits within half a century of the present one.
fn with_century(year: i64, has_century: bool, this_year: i64) -> i64 {
    if has_century || year >= 100 {
        return year;
    }
    let year = year + this_year / 100 * 100;
    if year >= this_year + 50 {
        year - 100
    } else if year < this_year - 50 {
        year + 100
    } else {
        year
    }
}

/// Fills what is missing from the present date; a named weekday moves the date to its next one.
fn complete(
    (year, month, day): super::ymd::Date,
    found: &Found,
    today: (i64, i64, i64),
) -> Result<Civil, String> {
    let full = (year.unwrap_or(today.0), month.unwrap_or(today.1));
    if !(1..=12).contains(&full.1) {
        return Err(match day {
            None => format!("bad month number {}; must be 1-12", full.1),
            Some(_) => "month must be in 1..12".to_owned(),
        });
    }
    let last = calendar::month_days(full.0, full.1);
    let mut civil = Civil {
        year: full.0,
        month: full.1,
        day: day.unwrap_or_else(|| today.2.min(last)),
        hour: found.hour.unwrap_or(0),
        minute: found.minute.unwrap_or(0),
        second: found.second.unwrap_or(0),
        microsecond: found.microsecond.unwrap_or(0),
    };
    civil.check()?;
    if let Some(weekday) = found.weekday.filter(|_| day.is_none()) {
        let days = calendar::days(civil.year, civil.month, civil.day);
        let ahead = (weekday - calendar::weekday(days)).rem_euclid(7);
        (civil.year, civil.month, civil.day) = calendar::date(days + ahead);
    }
    Ok(civil)
}

fn read(tokens: &mut [String], ymd: &mut Ymd, found: &mut Found) -> Result<(), Unknown> {
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].as_str();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            at = numeric::read(tokens, at, ymd, found)?;
        } else if is_not_finite(word) {
            return Err(Unknown);
        } else if let Some(weekday) = names::weekday(word) {
            found.weekday = Some(weekday);
        } else if let Some(month) = names::month(word) {
            ymd.push(month, false, Label::Month)?;
            at = after_month(tokens, at, ymd)?;
        } else if let Some(half) = names::half(word) {
            let hour = found.hour.filter(|hour| (0..=12).contains(hour)).ok_or(Unknown)?;
            found.hour = Some(numeric::on_the_clock(hour, half));
            found.half = Some(half);
        } else if found.hour.is_some()
            && found.zone.is_none()
            && found.offset.is_none()
            && names::is_zone(word)
        {
            zone(tokens, at, found);
        } else if found.hour.is_some() && (word == "+" || word == "-") {
            at = offset(tokens, at, found)?;
        } else if !names::is_filler(word) {
            return Err(Unknown);
        }
        at += 1;
    }
    Ok(())
}

/// Words that Python's `float` reads, but no date has.
fn is_not_finite(word: &str) -> bool {
    ["nan", "inf", "infinity"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Reads the numbers that belong to the name of a month and returns the last token of them.
fn after_month(tokens: &[String], at: usize, ymd: &mut Ymd) -> Result<usize, Unknown> {
    let token = |offset: usize| tokens.get(at + offset).map(String::as_str);
    match token(1) {
        Some(separator @ ("-" | "/")) => {
            ymd.push_text(token(2).ok_or(Unknown)?, Label::None)?;
            if token(3) != Some(separator) {
                return Ok(at + 2);
            }
            ymd.push_text(token(4).ok_or(Unknown)?, Label::None)?;
            Ok(at + 4)
        }
        Some(" ") if token(3) == Some(" ") && token(2).is_some_and(is_of) => match token(4) {
            Some(year) => {
                if let Ok(year) = numeric::integer(year) {
                    ymd.push_year(year)?;
                }
                Ok(at + 4)
            }
            None => Ok(at),
        },
        _ => Ok(at),
    }
}

fn is_of(word: &str) -> bool {
    word.eq_ignore_ascii_case("of")
}

/// Reads the name of a time zone. Behind it a sign means the opposite: GMT+3 is three hours
/// behind UTC.
fn zone(tokens: &mut [String], at: usize, found: &mut Found) {
    let name = tokens[at].clone();
    found.offset = (name == "z").then_some(0);
    let utc = names::is_utc(&name);
    found.zone = Some(name);
    let Some(sign) = tokens.get_mut(at + 1) else { return };
    let reversed = match sign.as_str() {
        "+" => "-",
        "-" => "+",
        _ => return,
    };
    reversed.clone_into(sign);
    found.offset = None;
    if utc {
        found.zone = None;
    }
}

/// Reads an offset and returns the last token of it.
fn offset(tokens: &[String], at: usize, found: &mut Found) -> Result<usize, Unknown> {
    let token = |offset: usize| tokens.get(at + offset).map(String::as_str);
    let sign = if token(0) == Some("+") { 1 } else { -1 };
    let digits = token(1).ok_or(Unknown)?;
    let (hours, minutes, end) = if digits.len() == 4 {
        let (hours, minutes) = digits.split_at_checked(2).ok_or(Unknown)?;
        (numeric::integer(hours)?, numeric::integer(minutes)?, at + 1)
    } else if token(2) == Some(":") {
        let minutes = numeric::integer(token(3).ok_or(Unknown)?)?;
        (numeric::integer(digits)?, minutes, at + 3)
    } else if digits.len() <= 2 {
        (numeric::integer(digits)?, 0, at + 1)
    } else {
        return Err(Unknown);
    };
    let limit = 1_000_000;
    found.offset = Some(sign * (hours.min(limit) * 3_600 + minutes.min(limit) * 60));
    Ok(end + named_in_brackets(&tokens[end..], found))
}

/// Reads a name in brackets behind an offset and returns how many tokens it has.
fn named_in_brackets(tokens: &[String], found: &mut Found) -> usize {
    let [_, blank, open, name, close, ..] = tokens else { return 0 };
    let named = names::is_filler(blank) && open == "(" && close == ")";
    if !named || name.len() < 3 || found.zone.is_some() || !names::is_zone(name) {
        return 0;
    }
    found.zone = Some(name.clone());
    4
}
