//! Numbers: how Python reads, prints, rounds and divides them.

use super::raise::{Class, Outcome, Raise, value_error};
use super::text::quote;

/// Returns what `repr` gives for a float.
#[must_use]
pub fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (digits, exponent) = shortest(number);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if (-4..16).contains(&exponent) {
        return format!("{sign}{}", plain(&digits, exponent, true));
    }
    let (head, tail) = digits.split_at(1);
    let point = if tail.is_empty() { "" } else { "." };
    format!("{sign}{head}{point}{tail}{}", exponent_text(exponent))
}

/// Returns the shortest digits that stand for the number, and its decimal exponent.
#[must_use]
pub(crate) fn shortest(number: f64) -> (String, i32) {
    split_scientific(&format!("{:e}", number.abs()))
}

/// Returns `count` significant digits of the number, rounded, and its decimal exponent.
#[must_use]
pub(crate) fn significant(number: f64, count: usize) -> (String, i32) {
    split_scientific(&format!("{:.*e}", count.saturating_sub(1), number.abs()))
}

fn split_scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// Writes digits with a decimal exponent in the plain way.
#[must_use]
pub(crate) fn plain(digits: &str, exponent: i32, keep_point: bool) -> String {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("0.{zeros}{digits}");
    }
    if count > exponent + 1 {
        let (whole, part) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
        return format!("{whole}.{part}");
    }
    let zeros = "0".repeat(usize::try_from(exponent + 1 - count).unwrap_or(0));
    format!("{digits}{zeros}{}", if keep_point { ".0" } else { "" })
}

/// Writes a decimal exponent with a sign and two digits at least.
#[must_use]
pub(crate) fn exponent_text(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("e{sign}{:02}", exponent.unsigned_abs())
}

/// Reads text as `int(text, base)` does.
pub fn parse_int(text: &str, base: u32) -> Outcome<i128> {
    let wrong = || -> Raise {
        let message = format!("invalid literal for int() with base {base}: {}", quote(text));
        Raise::new(Class::Value, message)
    };
    if base != 0 && !(2..=36).contains(&base) {
        return value_error("int() base must be >= 2 and <= 36, or 0");
    }
    let trimmed = text.trim_matches(super::is_space);
    let (negative, rest) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let (radix, digits, prefixed) = strip_prefix(rest, base);
    let digits = match digits.strip_prefix('_') {
        Some(digits) if prefixed => digits,
        _ => digits,
    };
    if base == 0
        && !prefixed
        && digits.len() > 1
        && digits.starts_with('0')
        && digits.chars().any(|c| c != '0' && c != '_')
    {
        return Err(wrong());
    }
    if digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') {
        return Err(wrong());
    }
    let mut number: i128 = 0;
    let mut after_underscore = false;
    for c in digits.chars() {
        if c == '_' {
            if after_underscore {
                return Err(wrong());
            }
            after_underscore = true;
            continue;
        }
        after_underscore = false;
        let digit = digit_value(c).filter(|digit| *digit < radix).ok_or_else(wrong)?;
        number = number
            .checked_mul(i128::from(radix))
            .and_then(|number| number.checked_add(i128::from(digit)))
            .ok_or_else(too_large)?;
    }
    Ok(if negative { -number } else { number })
}

fn strip_prefix(text: &str, base: u32) -> (u32, &str, bool) {
    for (letter, radix) in [('x', 16), ('o', 8), ('b', 2)] {
        if base != 0 && base != radix {
            continue;
        }
        let mut chars = text.chars();
        let prefixed = chars.next() == Some('0')
            && chars.next().is_some_and(|c| c.to_ascii_lowercase() == letter);
        if prefixed {
            return (radix, &text[2..], true);
        }
    }
    (if base == 0 { 10 } else { base }, text, false)
}

fn digit_value(c: char) -> Option<u32> {
    c.to_digit(36).or_else(|| decimal_digit(c))
}

/// Returns the value of a decimal digit of any script.
#[must_use]
pub fn decimal_digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 20] = [
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
        0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
    ];
    let code = u32::from(c);
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).map(|zero| code - zero)
}

/// Reads text as `float(text)` does.
pub fn parse_float(text: &str) -> Outcome<f64> {
    let wrong = || {
        let message = format!("could not convert string to float: {}", quote(text));
        Raise::new(Class::Value, message)
    };
    let trimmed = text.trim_matches(super::is_space);
    let plain: String = trimmed
        .chars()
        .map(|c| decimal_digit(c).and_then(|d| char::from_digit(d, 10)).unwrap_or(c))
        .collect();
    let unsigned = plain.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(unsigned.as_str(), "inf" | "infinity" | "nan") {
        return plain.parse().map_err(|_| wrong());
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(wrong());
    }
    let bytes = plain.as_bytes();
    let between_digits = |index: usize| {
        index > 0
            && bytes[index - 1].is_ascii_digit()
            && bytes.get(index + 1).is_some_and(u8::is_ascii_digit)
    };
    let misplaced = (0..bytes.len()).any(|index| bytes[index] == b'_' && !between_digits(index));
    if misplaced {
        return Err(wrong());
    }
    plain.replace('_', "").parse().map_err(|_| wrong())
}

/// Returns the error for a whole number beyond what is kept.
#[must_use]
pub fn too_large() -> Raise {
    Raise::new(Class::Overflow, "the integer is too large")
}

/// Truncates a float as `int(float)` does.
pub fn truncate(number: f64) -> Outcome<i128> {
    if number.is_nan() {
        return value_error("cannot convert float NaN to integer");
    }
    if number.is_infinite() {
        let message = "cannot convert float infinity to integer";
        return Err(Raise::new(Class::Overflow, message));
    }
    if number.abs() >= 1.7e38 {
        return Err(too_large());
    }
    #[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
    Ok(number.trunc() as i128)
}

/// Divides whole numbers and rounds down.
#[must_use]
pub fn floor_div(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// Returns the remainder that has the sign of the divisor.
#[must_use]
pub fn modulo(a: i128, b: i128) -> Option<i128> {
    let rest = a.checked_rem(b)?;
    Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
}

/// Returns the remainder of floats that has the sign of the divisor.
#[must_use]
pub fn float_modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
        rest + b
    } else if rest == 0.0 {
        0.0_f64.copysign(b)
    } else {
        rest
    }
}

/// Rounds as `round(number, places)` does: to even, by the exact decimal value.
#[must_use]
pub fn round_places(number: f64, places: i128) -> f64 {
    if !number.is_finite() || places > 323 {
        return number;
    }
    if places >= 0 {
        let places = usize::try_from(places).unwrap_or(0);
        return format!("{number:.places$}").parse().unwrap_or(number);
    }
    if places < -308 {
        return 0.0_f64.copysign(number);
    }
    let scale = 10_f64.powi(i32::try_from(-places).unwrap_or(308));
    (number / scale).round_ties_even() * scale
}
