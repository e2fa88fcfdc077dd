//! Dates by a format: `strftime` and `strptime` in the C locale.

use jiff::civil;
use python::append;
use python::dates::{DAYS, MONTHS};
use python::object::Object;
use python::raise::{Class, Outcome, Raise, value_error};

use super::time::{DateTime, offset_text};

const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// Writes a point in time by a format.
pub(super) fn format(moment: &DateTime, format: &str) -> Outcome<String> {
    let mut out = String::with_capacity(format.len() * 2);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if out.len() > OUTPUT_BYTES_MAX {
            return value_error("the format is too long");
        }
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(directive) => write(moment, directive, &mut out),
            None => out.push('%'),
        }
    }
    Ok(out)
}

fn write(moment: &DateTime, directive: char, out: &mut String) {
    let (date, time) = (moment.local.date(), moment.local.time());
    let hour_of_12 = (time.hour() + 11) % 12 + 1;
    let weekday = date.weekday();
    let day_name = capital(DAYS[usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)]);
    let month_name = capital(MONTHS[usize::try_from(date.month() - 1).unwrap_or(0)]);
    let week = date.iso_week_date();
    let day_of_year = date.day_of_year();
    let since_sunday = i16::from(weekday.to_sunday_zero_offset());
    let since_monday = i16::from(weekday.to_monday_zero_offset());
    match directive {
        'a' => out.push_str(&day_name[..3]),
        'A' => out.push_str(&day_name),
        'b' | 'h' => out.push_str(&month_name[..3]),
        'B' => out.push_str(&month_name),
        'c' => write_all(moment, "%a %b %e %H:%M:%S %Y", out),
        'C' => append(out, format_args!("{:02}", date.year() / 100)),
        'd' => append(out, format_args!("{:02}", date.day())),
        'D' | 'x' => write_all(moment, "%m/%d/%y", out),
        'e' => append(out, format_args!("{:>2}", date.day())),
        'f' => append(out, format_args!("{:06}", moment.microsecond())),
        'F' => write_all(moment, "%Y-%m-%d", out),
        'g' => append(out, format_args!("{:02}", week.year() % 100)),
        'G' => append(out, format_args!("{}", week.year())),
        'H' => append(out, format_args!("{:02}", time.hour())),
        'I' => append(out, format_args!("{hour_of_12:02}")),
        'j' => append(out, format_args!("{day_of_year:03}")),
        'k' => append(out, format_args!("{:>2}", time.hour())),
        'l' => append(out, format_args!("{hour_of_12:>2}")),
        'm' => append(out, format_args!("{:02}", date.month())),
        'M' => append(out, format_args!("{:02}", time.minute())),
        'n' => out.push('\n'),
        'p' => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        'P' => out.push_str(if time.hour() < 12 { "am" } else { "pm" }),
        'r' => write_all(moment, "%I:%M:%S %p", out),
        'R' => write_all(moment, "%H:%M", out),
        's' => {
            let seconds = super::time::local_epoch(moment.local).div_euclid(1_000_000);
            append(out, format_args!("{seconds}"));
        }
        'S' => append(out, format_args!("{:02}", time.second())),
        't' => out.push('\t'),
        'T' | 'X' => write_all(moment, "%H:%M:%S", out),
        'u' => append(out, format_args!("{}", weekday.to_monday_one_offset())),
        'U' => append(out, format_args!("{:02}", (day_of_year + 6 - since_sunday) / 7)),
        'V' => append(out, format_args!("{:02}", week.week())),
        'w' => append(out, format_args!("{}", weekday.to_sunday_zero_offset())),
        'W' => append(out, format_args!("{:02}", (day_of_year + 6 - since_monday) / 7)),
        'y' => append(out, format_args!("{:02}", date.year() % 100)),
        'Y' => append(out, format_args!("{}", date.year())),
        'z' => out.push_str(&offset_text(moment.offset, "")),
        'Z' => out.push_str(if moment.utc { "UTC" } else { "" }),
        '%' => out.push('%'),
        other => {
            out.push('%');
            out.push(other);
        }
    }
}

fn write_all(moment: &DateTime, format: &str, out: &mut String) {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('%', Some(directive)) => {
                chars.next();
                write(moment, directive, out);
            }
            _ => out.push(c),
        }
    }
}

fn capital(name: &str) -> String {
    python::capitalize(name)
}

/// What a text says about a point in time.
#[derive(Default)]
struct Found {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: Option<i8>,
    afternoon: Option<bool>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    offset: Option<i128>,
    day_of_year: Option<i16>,
}

/// Reads a point in time by a format.
pub(super) fn parse(text: &str, format: &str) -> Outcome<Object> {
    let mismatch = || {
        let (text, format) = (python::text::quote(text), python::text::quote(format));
        let message = format!("time data {text} does not match format {format}");
        Raise::new(Class::Value, message)
    };
    let mut found = Found::default();
    let rest = read(text, format, &mut found)?.ok_or_else(mismatch)?;
    if !rest.is_empty() {
        return value_error(format!("unconverted data remains: {rest}"));
    }
    assemble(&found)
}

/// Reads by a format and returns the rest of the text; none when it does not fit.
fn read<'t>(text: &'t str, format: &str, found: &mut Found) -> Outcome<Option<&'t str>> {
    let mut rest = text;
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return Ok(None);
            }
            while chars.clone().next().is_some_and(char::is_whitespace) {
                chars.next();
            }
            rest = trimmed;
            continue;
        }
        let next = if c == '%' {
            let Some(directive) = chars.next() else { return value_error("stray % in format") };
            read_directive(rest, directive, found)?
        } else {
            let first = rest.chars().next();
            let same = first.is_some_and(|other| other.to_lowercase().eq(c.to_lowercase()));
            if same { Some(&rest[first.map_or(0, char::len_utf8)..]) } else { None }
        };
        let Some(next) = next else { return Ok(None) };
        rest = next;
    }
    Ok(Some(rest))
}

fn read_directive<'t>(
    text: &'t str,
    directive: char,
    found: &mut Found,
) -> Outcome<Option<&'t str>> {
    Ok(match directive {
        'a' => name(text, &DAYS, true).map(|(_, rest)| rest),
        'A' => name(text, &DAYS, false).map(|(_, rest)| rest),
        'b' | 'B' => name(text, &MONTHS, directive == 'b').map(|(index, rest)| {
            found.month = i8::try_from(index + 1).ok();
            rest
        }),
        'd' => number(text, 2, 1..=31).map(|(n, rest)| set(&mut found.day, n, rest)),
        'f' => fraction(text).map(|(nanosecond, rest)| {
            found.nanosecond = nanosecond;
            rest
        }),
        'H' => number(text, 2, 0..=23).map(|(n, rest)| set(&mut found.hour, n, rest)),
        'I' => number(text, 2, 1..=12).map(|(n, rest)| set(&mut found.hour, n, rest)),
        'j' => number(text, 3, 1..=366).map(|(n, rest)| {
            found.day_of_year = i16::try_from(n).ok();
            rest
        }),
        'm' => number(text, 2, 1..=12).map(|(n, rest)| set(&mut found.month, n, rest)),
        'M' => number(text, 2, 0..=59).map(|(n, rest)| {
            found.minute = i8::try_from(n).unwrap_or(0);
            rest
        }),
        'S' => number(text, 2, 0..=61).map(|(n, rest)| {
            found.second = i8::try_from(n).unwrap_or(0);
            rest
        }),
        'p' => name(text, &["am", "pm"], false).map(|(index, rest)| {
            found.afternoon = Some(index == 1);
            rest
        }),
        'U' | 'W' => number(text, 2, 0..=53).map(|(_, rest)| rest),
        'w' => number(text, 1, 0..=6).map(|(_, rest)| rest),
        'y' => two_digits(text).map(|(n, rest)| {
            found.year = i16::try_from(if n <= 68 { 2000 + n } else { 1900 + n }).ok();
            rest
        }),
        'Y' => four_digits(text).map(|(n, rest)| {
            found.year = i16::try_from(n).ok();
            rest
        }),
        'z' => zone(text).map(|(offset, rest)| {
            found.offset = Some(offset);
            rest
        }),
        'Z' => ["utc", "gmt"].iter().find_map(|zone| strip(text, zone)).or(Some(text)),
        'c' => read(text, "%a %b %d %H:%M:%S %Y", found)?,
        'x' => read(text, "%m/%d/%y", found)?,
        'X' => read(text, "%H:%M:%S", found)?,
        '%' => text.strip_prefix('%'),
        other => {
            let message = format!("'{other}' is a bad directive in format");
            return value_error(message);
        }
    })
}

fn set<'t>(slot: &mut Option<i8>, number: u32, rest: &'t str) -> &'t str {
    *slot = i8::try_from(number).ok();
    rest
}

fn strip<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.get(..name.len())?;
    head.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
}

/// Reads one of some names, or the first three letters of one.
fn name<'t>(text: &'t str, names: &[&str], short: bool) -> Option<(usize, &'t str)> {
    let length = |name: &str| if short { 3.min(name.len()) } else { name.len() };
    let found = |(index, name): (usize, &&str)| {
        strip(text, &name[..length(name)]).map(|rest| (index, rest))
    };
    names.iter().enumerate().find_map(found)
}

/// Reads a number of so many digits at most, as many as keep it within a range.
fn number(
    text: &str,
    digits_max: usize,
    range: std::ops::RangeInclusive<u32>,
) -> Option<(u32, &str)> {
    let digits = text.bytes().take(digits_max).take_while(u8::is_ascii_digit).count();
    (1..=digits).rev().find_map(|length| {
        let number: u32 = text[..length].parse().ok()?;
        range.contains(&number).then(|| (number, &text[length..]))
    })
}

fn two_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if digits == 2 { Some((text[..2].parse().ok()?, &text[2..])) } else { None }
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    if digits == 4 { Some((text[..4].parse().ok()?, &text[4..])) } else { None }
}

fn fraction(text: &str) -> Option<(i32, &str)> {
    let digits = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let number: i32 = format!("{:0<9}", &text[..digits]).parse().ok()?;
    Some((number, &text[digits..]))
}

/// Reads an offset such as `+0100`, `+01:00` or `Z`, as microseconds.
fn zone(text: &str) -> Option<(i128, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, rest) = two_digits(rest)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = two_digits(rest)?;
    let seconds = i128::from(hours) * 3600 + i128::from(minutes) * 60;
    Some((sign * seconds * 1_000_000, rest))
}

fn assemble(found: &Found) -> Outcome<Object> {
    let invalid = |_| Raise::new(Class::Value, "day is out of range for month");
    let year = found.year.unwrap_or(1900);
    let mut date = civil::Date::new(year, found.month.unwrap_or(1), found.day.unwrap_or(1))
        .map_err(invalid)?;
    if let Some(day) = found.day_of_year.filter(|_| found.month.is_none() && found.day.is_none()) {
        let start = civil::Date::new(year, 1, 1).map_err(invalid)?;
        let span = jiff::Span::new().days(i64::from(day) - 1);
        date = start.checked_add(span).map_err(invalid)?;
    }
    let hour = match (found.hour.unwrap_or(0), found.afternoon) {
        (12, Some(false)) => 0,
        (12, Some(true)) => 12,
        (hour, Some(true)) => hour + 12,
        (hour, _) => hour,
    };
    let time = civil::Time::new(hour, found.minute, found.second, found.nanosecond)
        .map_err(|_| Raise::new(Class::Value, "second must be in 0..59"))?;
    DateTime::object(date.to_datetime(time), found.offset.unwrap_or(0), true)
}
