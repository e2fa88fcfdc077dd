//! What a plain scalar of YAML 1.1 is, by its look, and the value it stands for.

use serde_json::{Number, Value};

/// A kind of scalar that is told by its look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Bool,
    Float,
    Int,
    Merge,
    Null,
    Timestamp,
    Text,
}

/// Returns what a plain scalar looks like.
pub(super) fn look(text: &str) -> Look {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Look::Null,
        "<<" => return Look::Merge,
        _ => {}
    }
    if boolean(text).is_some() {
        return Look::Bool;
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return Look::Text;
    }
    if is_float(text) {
        Look::Float
    } else if is_int(text) {
        Look::Int
    } else if timestamp(text).is_some() {
        Look::Timestamp
    } else {
        Look::Text
    }
}

/// Returns the truth value that a text names: one of the three spellings of each word.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Returns the truth value of a text that is tagged as one: any spelling of the words.
pub(super) fn tagged_boolean(text: &str) -> Option<bool> {
    boolean(&text.to_lowercase())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn is_digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// Tells whether the text is digits and underscores after a first digit.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && all(text, is_digit_or_underscore)
}

fn is_int(text: &str) -> bool {
    let text = unsigned(text);
    if text == "0" {
        return true;
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1' | b'_'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, |byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    if let Some(digits) = text.strip_prefix('0') {
        return all(digits, |byte| matches!(byte, b'0'..=b'7' | b'_'));
    }
    let mut parts = text.split(':');
    is_number(parts.next().unwrap_or_default()) && parts.all(is_sixtieth)
}

/// Tells whether the text is one or two digits below sixty.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let bare = unsigned(text);
    if matches!(bare, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, fraction)) = bare.split_once('.') else { return false };
    if whole.contains(':') {
        let mut parts = whole.split(':');
        return is_number(parts.next().unwrap_or_default())
            && parts.all(is_sixtieth)
            && fraction.bytes().all(is_digit_or_underscore);
    }
    let (fraction, exponent) = match fraction.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (fraction, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['-', '+']).is_some_and(|digits| all(digits, |b| b.is_ascii_digit()))
    });
    let digits_fit = if whole.is_empty() {
        // Without a whole part there is no sign either.
        bare.len() == text.len() && is_number(fraction)
    } else {
        is_number(whole) && fraction.bytes().all(is_digit_or_underscore)
    };
    exponent_fits && digits_fit
}

/// Returns the whole number that the text stands for; beyond 64 bits the nearest float.
pub(super) fn integer(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    let is_negative = text.starts_with('-');
    let digits = unsigned(&text);
    if digits.contains(':') {
        let mut total: i128 = 0;
        for part in digits.split(':') {
            total = total.checked_mul(60)?.checked_add(i128::from(part.parse::<u64>().ok()?))?;
        }
        return Some(whole(total, is_negative));
    }
    let (digits, radix) = match digits {
        "0" => ("0", 10),
        _ => match (digits.strip_prefix("0b"), digits.strip_prefix("0x")) {
            (Some(digits), _) => (digits, 2),
            (_, Some(digits)) => (digits, 16),
            _ => match digits.strip_prefix('0') {
                Some(digits) => (digits, 8),
                None => (digits, 10),
            },
        },
    };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        // `0x` alone, or `0_`: Python reads no number there either.
        return text.ends_with('0').then(|| Value::from(0));
    }
    match i128::from_str_radix(digits, radix) {
        Ok(number) => Some(whole(number, is_negative)),
        Err(_) if radix == 10 => float_value(text.parse().ok()?),
        Err(_) => None,
    }
}

fn whole(number: i128, is_negative: bool) -> Value {
    let number = if is_negative { -number } else { number };
    if let Ok(number) = i64::try_from(number) {
        return number.into();
    }
    if let Ok(number) = u64::try_from(number) {
        return number.into();
    }
    #[expect(clippy::cast_precision_loss, reason = "JSON readers lose it beyond 64 bits anyway")]
    let float = number as f64;
    float_value(float).unwrap_or(Value::Null)
}

/// Returns the number; what JSON cannot say (not a number, infinity) is null, as in
/// StackStorm's JSON.
fn float_value(float: f64) -> Option<Value> {
    Some(Number::from_f64(float).map_or(Value::Null, Value::Number))
}

/// Returns the number that the text stands for.
pub(super) fn float(text: &str) -> Option<Value> {
    let text = text.replace('_', "").to_lowercase();
    let is_negative = text.starts_with('-');
    let digits = unsigned(&text);
    let number = match digits {
        ".inf" | ".nan" => return Some(Value::Null),
        _ if digits.contains(':') => {
            let mut total = 0.0;
            for part in digits.split(':') {
                total = total * 60.0 + part.parse::<f64>().ok()?;
            }
            total
        }
        _ if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => digits.parse().ok()?,
        _ => return None,
    };
    float_value(if is_negative { -number } else { number })
}

/// Returns the moment that the text stands for, as ISO 8601 text.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let date_len = date_len(text)?;
    let (date, rest) = text.split_at(date_len);
    if rest.is_empty() {
        return (date.len() == 10).then(|| date.to_owned());
    }
    let clock =
        rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start_matches([' ', '\t']));
    if clock.len() == rest.len() {
        return None;
    }
    let (hour, rest) = digits(clock, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            rest.split_at(rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len())
        }
        None => ("", rest),
    };
    let zone = zone(rest)?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let mut out = format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second}");
    let micros = format!("{:0<6.6}", fraction);
    if micros.bytes().any(|byte| byte != b'0') {
        out.push('.');
        out.push_str(&micros);
    }
    out.push_str(&zone);
    Some(out)
}

/// Returns how long the date is that the text begins with.
fn date_len(text: &str) -> Option<usize> {
    let (_, rest) = digits(text, 4, 4)?;
    let (_, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (_, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    Some(text.len() - rest.len())
}

fn zone(text: &str) -> Option<String> {
    let text = text.trim_start_matches([' ', '\t']);
    match text {
        "" => return Some(String::new()),
        "Z" => return Some("+00:00".to_owned()),
        _ => {}
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let (hour, rest) = digits(&text[1..], 1, 2)?;
    let minute = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2, 2).filter(|(_, rest)| rest.is_empty())?.0,
        None if rest.is_empty() => "00",
        None => return None,
    };
    Some(format!("{sign}{hour:0>2}:{minute}"))
}

/// Splits `min` to `max` digits off the front.
fn digits(text: &str, min: usize, max: usize) -> Option<(&str, &str)> {
    let count = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    (count >= min).then(|| text.split_at(count))
}

/// Tells whether the ISO text is a moment that exists.
pub(super) fn is_real(iso: &str) -> bool {
    if iso.len() == 10 {
        return iso.parse::<jiff::civil::Date>().is_ok_and(|date| date.year() > 0);
    }
    let civil = iso.get(..19).and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    // A leap second is read by the calendar here, but not by Python.
    civil.is_some_and(|civil| civil.year() > 0) && iso.get(17..19) != Some("60")
}
