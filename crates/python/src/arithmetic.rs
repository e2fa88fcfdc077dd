//! The arithmetic operators.

use super::budget;
use super::number::{float_modulo, floor_div, modulo, too_large};
use super::object::Object;
use super::operators::like;
use super::percent;
use super::raise::{Class, Outcome, Raise, type_error, value_error};

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `//`.
    FloorDiv,
    /// `%`.
    Mod,
    /// `**`.
    Pow,
}

impl Binary {
    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "** or pow()",
        }
    }
}

/// Applies an operator to two values.
pub fn binary(operator: Binary, a: &Object, b: &Object) -> Outcome<Object> {
    if operator == Binary::Mod && a.as_str().is_some() {
        return percent::format(a, b);
    }
    if let (Object::Undefined(undefined), _) | (_, Object::Undefined(undefined)) = (a, b) {
        return Err(undefined.error());
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return on_ints(operator, x, y);
    }
    if let (Some(x), Some(y)) = (a.as_float(), b.as_float()) {
        return on_floats(operator, x, y);
    }
    let result = match operator {
        Binary::Add => add(a, b)?,
        Binary::Mul => match (repeat(a, b)?, repeat(b, a)?) {
            (Some(object), _) | (None, Some(object)) => Some(object),
            (None, None) => None,
        },
        _ => None,
    };
    match result {
        Some(object) => Ok(object),
        None => unsupported(operator, a, b),
    }
}

fn unsupported(operator: Binary, a: &Object, b: &Object) -> Outcome<Object> {
    let sequence = |object: &Object| {
        matches!(
            object,
            Object::Str(_)
                | Object::Markup(_)
                | Object::List(_)
                | Object::Tuple(_)
                | Object::Bytes(_)
        )
    };
    if operator == Binary::Mul && (sequence(a) || sequence(b)) {
        let other = if sequence(a) { b } else { a };
        let name = other.type_name();
        return type_error(format!("can't multiply sequence by non-int of type '{name}'"));
    }
    if operator == Binary::Add && sequence(a) {
        let (name, other) = (a.type_name(), b.type_name());
        return type_error(match a {
            Object::Bytes(_) => format!("can't concat {other} to bytes"),
            Object::Str(_) | Object::Markup(_) => {
                format!("can only concatenate str (not \"{other}\") to str")
            }
            _ => format!("can only concatenate {name} (not \"{other}\") to {name}"),
        });
    }
    type_error(format!(
        "unsupported operand type(s) for {}: '{}' and '{}'",
        operator.sign(),
        a.type_name(),
        b.type_name()
    ))
}

fn on_ints(operator: Binary, a: i128, b: i128) -> Outcome<Object> {
    let whole = |number: Option<i128>| number.map(Object::Int).ok_or_else(too_large);
    match operator {
        Binary::Add => whole(a.checked_add(b)),
        Binary::Sub => whole(a.checked_sub(b)),
        Binary::Mul => whole(a.checked_mul(b)),
        #[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
        Binary::Div if b != 0 => Ok(Object::Float(a as f64 / b as f64)),
        Binary::Div => division_by_zero("division by zero"),
        Binary::FloorDiv if b != 0 => whole(floor_div(a, b)),
        Binary::FloorDiv => division_by_zero("integer division or modulo by zero"),
        Binary::Mod if b != 0 => whole(modulo(a, b)),
        Binary::Mod => division_by_zero("integer modulo by zero"),
        Binary::Pow => power(a, b),
    }
}

#[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
fn power(a: i128, b: i128) -> Outcome<Object> {
    if b < 0 {
        return on_floats(Binary::Pow, a as f64, b as f64);
    }
    match (a, b) {
        (_, 0) | (1, _) => Ok(Object::Int(1)),
        (0, _) => Ok(Object::Int(0)),
        (-1, _) => Ok(Object::Int(if b % 2 == 0 { 1 } else { -1 })),
        _ => {
            let exponent = u32::try_from(b).map_err(|_| too_large())?;
            a.checked_pow(exponent).map(Object::Int).ok_or_else(too_large)
        }
    }
}

fn on_floats(operator: Binary, a: f64, b: f64) -> Outcome<Object> {
    Ok(Object::Float(match operator {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div if b != 0.0 => a / b,
        Binary::Div => return division_by_zero("float division by zero"),
        Binary::FloorDiv if b != 0.0 => ((a - float_modulo(a, b)) / b).round(),
        Binary::FloorDiv => return division_by_zero("float floor division by zero"),
        Binary::Mod if b != 0.0 => float_modulo(a, b),
        Binary::Mod => return division_by_zero("float modulo"),
        Binary::Pow if a == 0.0 && b < 0.0 => {
            return division_by_zero("0.0 cannot be raised to a negative power");
        }
        Binary::Pow if a < 0.0 && b.fract() != 0.0 && b.is_finite() => {
            return value_error("complex numbers are not supported");
        }
        Binary::Pow => {
            let result = a.powf(b);
            if result.is_infinite() && a.is_finite() && b.is_finite() {
                let message = "(34, 'Numerical result out of range')";
                return Err(Raise::new(Class::Overflow, message));
            }
            result
        }
    }))
}

fn division_by_zero(message: &str) -> Outcome<Object> {
    Err(Raise::new(Class::ZeroDivision, message))
}

fn add(a: &Object, b: &Object) -> Outcome<Option<Object>> {
    Ok(match (a, b) {
        (Object::Str(x), Object::Str(y)) => {
            budget::build(x.len() + y.len())?;
            Some(Object::from(format!("{x}{y}")))
        }
        (Object::Markup(x), Object::Str(y)) => {
            budget::build(x.len() + y.len())?;
            Some(Object::Markup(format!("{x}{}", crate::html::escape_text(y)).into()))
        }
        (Object::Str(x), Object::Markup(y)) => {
            budget::build(x.len() + y.len())?;
            Some(Object::Markup(format!("{}{y}", crate::html::escape_text(x)).into()))
        }
        (Object::Markup(x), Object::Markup(y)) => {
            budget::build(x.len() + y.len())?;
            Some(Object::Markup(format!("{x}{y}").into()))
        }
        (Object::Bytes(x), Object::Bytes(y)) => {
            budget::build(x.len() + y.len())?;
            Some(Object::Bytes([&**x, &**y].concat().into()))
        }
        (Object::List(x), Object::List(y)) => {
            let joined = [x.items.borrow().as_slice(), y.items.borrow().as_slice()].concat();
            budget::build(joined.len().saturating_mul(32))?;
            Some(Object::list(joined))
        }
        (Object::Tuple(x), Object::Tuple(y)) => {
            let joined = [x.items.borrow().as_slice(), y.items.borrow().as_slice()].concat();
            budget::build(joined.len().saturating_mul(32))?;
            Some(Object::tuple(joined))
        }
        _ => None,
    })
}

fn repeat(object: &Object, times: &Object) -> Outcome<Option<Object>> {
    let Some(times) = times.as_int() else { return Ok(None) };
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    Ok(match object {
        Object::Str(text) | Object::Markup(text) => {
            budget::build(text.len().saturating_mul(times))?;
            Some(like(object, text.repeat(times)))
        }
        Object::Bytes(bytes) => {
            budget::build(bytes.len().saturating_mul(times))?;
            Some(Object::Bytes(bytes.repeat(times).into()))
        }
        Object::List(seq) | Object::Tuple(seq) => {
            let items = seq.items.borrow();
            budget::build(items.len().saturating_mul(times).saturating_mul(32))?;
            let times = if items.is_empty() { 0 } else { times };
            let count = items.len().saturating_mul(times);
            let repeated = items.iter().cycle().take(count).cloned().collect();
            Some(if matches!(object, Object::List(_)) {
                Object::list(repeated)
            } else {
                Object::tuple(repeated)
            })
        }
        _ => None,
    })
}

/// Returns `-object`.
pub fn negate(object: &Object) -> Outcome<Object> {
    match object {
        Object::Float(number) => Ok(Object::Float(-number)),
        Object::Undefined(undefined) => Err(undefined.error()),
        other => match other.as_int() {
            Some(number) => Ok(Object::Int(number.checked_neg().ok_or_else(too_large)?)),
            None => type_error(format!("bad operand type for unary -: '{}'", other.type_name())),
        },
    }
}

/// Returns `+object`.
pub fn affirm(object: &Object) -> Outcome<Object> {
    match object {
        Object::Float(_) => Ok(object.clone()),
        Object::Undefined(undefined) => Err(undefined.error()),
        other => match other.as_int() {
            Some(number) => Ok(Object::Int(number)),
            None => type_error(format!("bad operand type for unary +: '{}'", other.type_name())),
        },
    }
}
