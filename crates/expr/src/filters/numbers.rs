//! Filters over numbers.

use python::arguments::{Arguments, flag, whole_or};
use python::arithmetic::{Binary, binary};
use python::number::{parse_float, parse_int, round_places, truncate};
use python::object::Object;
use python::raise::{Class, Outcome, Raise, type_error};

use crate::jinja::{Area, as_lookup};

pub(super) fn call(name: &str, value: &Object, arguments: &Arguments) -> Outcome<Object> {
    match name {
        "abs" => match value {
            Object::Float(number) => Ok(Object::Float(number.abs())),
            other => match other.as_int() {
                Some(number) => Ok(Object::Int(number.saturating_abs())),
                None => type_error(format!("bad operand type for abs(): '{}'", other.type_name())),
            },
        },
        "int" => {
            let [default, base] = arguments.bind(name, ["default", "base"], 0)?;
            let base = u32::try_from(whole_or(base, 10)?).unwrap_or(u32::MAX);
            to_int(value, base, default.unwrap_or(&Object::Int(0)))
        }
        "float" => {
            let [default] = arguments.bind(name, ["default"], 0)?;
            match float_of(value) {
                Ok(number) => Ok(Object::Float(number)),
                Err(raise) if is_conversion(&raise) => {
                    Ok(default.cloned().unwrap_or(Object::Float(0.0)))
                }
                Err(raise) => Err(raise),
            }
        }
        "round" => round(value, arguments),
        _ => file_size(value, arguments),
    }
}

fn is_conversion(raise: &Raise) -> bool {
    matches!(raise.0.class, Class::Type | Class::Value)
}

/// Returns `float(value)`.
pub(crate) fn float_of(value: &Object) -> Outcome<f64> {
    if let Some(found) = as_lookup(value).filter(|found| found.area == Area::System) {
        return parse_float(&found.value()?);
    }
    match value {
        Object::Undefined(undefined) => Err(undefined.error()),
        Object::Str(text) | Object::Markup(text) => parse_float(text),
        other => match other.as_float() {
            Some(number) => Ok(number),
            None => type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                other.type_name()
            )),
        },
    }
}

/// Returns `int(value)`.
pub(crate) fn int_of(value: &Object) -> Outcome<i128> {
    if as_lookup(value).is_some_and(|found| found.area == Area::System) {
        return truncate(float_of(value)?);
    }
    match value {
        Object::Undefined(undefined) => Err(undefined.error()),
        Object::Str(text) | Object::Markup(text) => parse_int(text, 10),
        Object::Float(number) => truncate(*number),
        other => match other.as_int() {
            Some(number) => Ok(number),
            None => type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                other.type_name()
            )),
        },
    }
}

fn to_int(value: &Object, base: u32, default: &Object) -> Outcome<Object> {
    let first = match value.as_str() {
        Some(text) => parse_int(text, base),
        None => int_of(value),
    };
    match first {
        Ok(number) => return Ok(Object::Int(number)),
        Err(raise) if is_conversion(&raise) => {}
        Err(raise) => return Err(raise),
    }
    let second = float_of(value).and_then(truncate);
    match second {
        Ok(number) => Ok(Object::Int(number)),
        Err(raise) if is_conversion(&raise) || raise.0.class == Class::Overflow => {
            Ok(default.clone())
        }
        Err(raise) => Err(raise),
    }
}

fn round(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [precision, method] = arguments.bind("round", ["precision", "method"], 0)?;
    let method = method.map_or(Some("common"), Object::as_str);
    let precision = precision.cloned().unwrap_or(Object::Int(0));
    let up = match method {
        Some("common") => return round_common(value, &precision),
        Some("ceil") => true,
        Some("floor") => false,
        _ => {
            let message = "method must be common, ceil or floor";
            return Err(Raise::new(Class::FilterArgument, message));
        }
    };
    let scale = binary(Binary::Pow, &Object::Int(10), &precision)?;
    let scaled = binary(Binary::Mul, value, &scale)?;
    let whole = match &scaled {
        Object::Float(number) => truncate(if up { number.ceil() } else { number.floor() })?,
        other => match other.as_int() {
            Some(number) => number,
            None => {
                let name = other.type_name();
                return type_error(format!("must be real number, not {name}"));
            }
        },
    };
    binary(Binary::Div, &Object::Int(whole), &scale)
}

fn round_common(value: &Object, precision: &Object) -> Outcome<Object> {
    if let Object::Undefined(undefined) = value {
        return Err(undefined.error());
    }
    if precision.is_none() {
        return match value {
            Object::Float(number) => truncate(number.round_ties_even()).map(Object::Int),
            other => match other.as_int() {
                Some(number) => Ok(Object::Int(number)),
                None => no_round(other),
            },
        };
    }
    let places = python::arguments::whole(precision)?;
    match value {
        Object::Float(number) => {
            let rounded = round_places(*number, places);
            if rounded.is_infinite() && number.is_finite() {
                return Err(Raise::new(Class::Overflow, "rounded value too large to represent"));
            }
            Ok(Object::Float(rounded))
        }
        other => match other.as_int() {
            Some(number) => Ok(Object::Int(round_int(number, places))),
            None => no_round(other),
        },
    }
}

fn no_round(value: &Object) -> Outcome<Object> {
    let name = value.type_name();
    type_error(format!("type {name} doesn't define __round__ method"))
}

fn round_int(number: i128, places: i128) -> i128 {
    if places >= 0 {
        return number;
    }
    let exponent = u32::try_from(places.saturating_neg()).unwrap_or(u32::MAX);
    let Some(unit) = 10_i128.checked_pow(exponent) else { return 0 };
    let (quotient, rest) = (number.div_euclid(unit), number.rem_euclid(unit));
    let up = rest * 2 > unit || (rest * 2 == unit && quotient % 2 != 0);
    (quotient + i128::from(up)) * unit
}

fn file_size(value: &Object, arguments: &Arguments) -> Outcome<Object> {
    let [binary] = arguments.bind("filesizeformat", ["binary"], 0)?;
    let is_binary = flag(binary)?;
    let bytes = float_of(value)?;
    #[expect(clippy::float_cmp, reason = "exactly one byte is meant")]
    if bytes == 1.0 {
        return Ok(Object::str("1 Byte"));
    }
    let base = if is_binary { 1024.0 } else { 1000.0 };
    if bytes < base {
        return Ok(Object::from(format!("{} Bytes", truncate(bytes)?)));
    }
    let letters = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    let mut unit = base * base;
    for (index, letter) in letters.iter().enumerate() {
        if bytes < unit || index + 1 == letters.len() {
            let letter = if is_binary { letter.to_uppercase() } else { (*letter).to_owned() };
            let suffix = if is_binary { "iB" } else { "B" };
            return Ok(Object::from(format!("{:.1} {letter}{suffix}", base * bytes / unit)));
        }
        unit *= base;
    }
    Ok(Object::None)
}
