//! JSON as Python sees it: types, truth and comparisons. Booleans are numbers, numbers are compared
//! exactly, and what has no order raises.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::raise::{Class, Outcome, Raise, type_error};

/// How deeply values may nest before a comparison is refused.
const DEPTH_MAX: usize = 200;

/// Returns Python's name of a value's type.
#[inline]
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Returns whether Python takes a value for true.
#[inline]
#[must_use]
pub fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// A number: whole, or with a fraction.
#[derive(Debug, Clone, Copy)]
pub enum Numeric {
    /// An integer or a boolean.
    Whole(i128),
    /// A float.
    Float(f64),
}

/// Returns the number that a value is; booleans are numbers.
#[inline]
#[must_use]
pub fn numeric(value: &Value) -> Option<Numeric> {
    match value {
        Value::Bool(flag) => Some(Numeric::Whole(i128::from(*flag))),
        Value::Number(number) => Some(number_of(number)),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn number_of(number: &Number) -> Numeric {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    whole.map_or_else(|| Numeric::Float(number.as_f64().unwrap_or(f64::NAN)), Numeric::Whole)
}

fn compare_numbers(a: Numeric, b: Numeric) -> Option<Ordering> {
    match (a, b) {
        (Numeric::Whole(a), Numeric::Whole(b)) => Some(a.cmp(&b)),
        (Numeric::Float(a), Numeric::Float(b)) => a.partial_cmp(&b),
        (Numeric::Whole(a), Numeric::Float(b)) => compare_mixed(a, b),
        (Numeric::Float(a), Numeric::Whole(b)) => compare_mixed(b, a).map(Ordering::reverse),
    }
}

/// Compares without rounding the whole number to a float.
fn compare_mixed(whole: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.abs() >= 1e30 {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let floor = float.floor() as i128;
    let fraction = if float.fract() == 0.0 { Ordering::Equal } else { Ordering::Less };
    Some(whole.cmp(&floor).then(fraction))
}

/// Returns whether `a == b`.
#[inline]
#[must_use]
pub fn equal(a: &Value, b: &Value) -> bool {
    equal_within(a, b, 0)
}

fn equal_within(a: &Value, b: &Value, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Null, Value::Null) => true,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_within(a, b, depth + 1))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal_within(a, b, depth + 1)))
        }
        _ => match (numeric(a), numeric(b)) {
            (Some(a), Some(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

/// Returns whether `a < b` or `a > b`, by the operator's sign.
pub fn ordered(a: &Value, sign: Sign, b: &Value) -> Outcome<bool> {
    ordered_within(a, sign, b, 0)
}

/// The sign of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `<`.
    Less,
    /// `>`.
    Greater,
}

impl Sign {
    /// Returns whether an order is the one that this sign asks for.
    #[must_use]
    pub fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Less => order == Some(Ordering::Less),
            Self::Greater => order == Some(Ordering::Greater),
        }
    }

    fn mark(self) -> char {
        match self {
            Self::Less => '<',
            Self::Greater => '>',
        }
    }
}

fn ordered_within(a: &Value, sign: Sign, b: &Value, depth: usize) -> Outcome<bool> {
    if depth > DEPTH_MAX {
        return Err(Raise::new(Class::Recursion, "maximum recursion depth exceeded"));
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => return Ok(sign.holds(Some(a.cmp(b)))),
        (Value::Array(a), Value::Array(b)) => {
            let differing = a.iter().zip(b).find(|(a, b)| !equal_within(a, b, depth + 1));
            return match differing {
                Some((a, b)) => ordered_within(a, sign, b, depth + 1),
                None => Ok(sign.holds(Some(a.len().cmp(&b.len())))),
            };
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (numeric(a), numeric(b)) {
        return Ok(sign.holds(compare_numbers(a, b)));
    }
    let (mark, a, b) = (sign.mark(), type_name(a), type_name(b));
    let message = format!("'{mark}' not supported between instances of '{a}' and '{b}'");
    type_error(message)
}

/// Returns whether `needle in haystack`.
pub fn contains(haystack: &Value, needle: &Value) -> Outcome<bool> {
    match haystack {
        Value::String(text) => needle.as_str().map(|part| text.contains(part)).ok_or_else(|| {
            let message = "'in <string>' requires string as left operand, not ";
            Raise::new(Class::Type, format!("{message}{}", type_name(needle)))
        }),
        Value::Array(items) => Ok(items.iter().any(|item| equal(item, needle))),
        Value::Object(entries) => match needle {
            Value::String(key) => Ok(entries.contains_key(key)),
            Value::Array(_) | Value::Object(_) => {
                let message = format!("unhashable type: '{}'", type_name(needle));
                type_error(message)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(false),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let message = format!("argument of type '{}' is not iterable", type_name(haystack));
            type_error(message)
        }
    }
}
