//! Numbers.

use python::arithmetic::{self, Binary, affirm, binary, negate};
use python::number::{float_repr, parse_float, parse_int, round_places, too_large, truncate};
use python::object::Object;
use python::operators::truth;
use python::raise::{Class, Outcome, Raise, type_error, value_error};

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::kinds::Kind::{Any, Int, Number, NumberOrNull};
use crate::yaql::machine::Machine;

const NUMBERS: &[Parameter] = &[must("left", Number), must("right", Number)];
const INTS: &[Parameter] = &[must("left", Int), must("right", Int)];
const SHIFT: &[Parameter] = &[must("value", Int), must("bitsNumber", Int)];
const PAIR: &[Parameter] = &[must("a", Any), must("b", Any)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("#operator_+", NUMBERS, |_, bound| operate(bound, Binary::Add)),
    Function::free("#operator_-", NUMBERS, |_, bound| operate(bound, Binary::Sub)),
    Function::free("#operator_*", NUMBERS, |_, bound| operate(bound, Binary::Mul)),
    Function::free("#operator_/", NUMBERS, |_, bound| divide(bound)),
    Function::free("#operator_mod", NUMBERS, |_, bound| operate(bound, Binary::Mod)),
    Function::free("#unary_operator_+", &[must("op", Number)], |_, b| affirm(&b.object(0))),
    Function::free("#unary_operator_-", &[must("op", Number)], |_, b| negate(&b.object(0))),
    Function::free("abs", &[must("op", Number)], absolute),
    Function::free("int", &[must("value", Any)], int),
    Function::free("float", &[must("value", Any)], float),
    Function::free("random", &[], random),
    Function::free("random", &[must("from", Any), must("to", Any)], random_between),
    Function::free("bitwiseAnd", INTS, |_, bound| Ok(bits(bound, |a, b| a & b))),
    Function::free("bitwiseOr", INTS, |_, bound| Ok(bits(bound, |a, b| a | b))),
    Function::free("bitwiseXor", INTS, |_, bound| Ok(bits(bound, |a, b| a ^ b))),
    Function::free("bitwiseNot", &[must("arg", Int)], |_, b| Ok(Object::Int(!b.int(0, 0)))),
    Function::free("shiftBitsRight", SHIFT, |_, bound| shift(bound, false)),
    Function::free("shiftBitsLeft", SHIFT, |_, bound| shift(bound, true)),
    Function::free("max", PAIR, |machine, bound| larger(machine, bound, true)),
    Function::free("min", PAIR, |machine, bound| larger(machine, bound, false)),
    Function::free("pow", &[must("a", Number), must("b", Number), may("c", NumberOrNull)], power),
    Function::free("sign", &[must("num", Number)], sign),
    Function::free("round", &[must("number", Number), may("ndigits", Int)], round),
    Function::free("isInteger", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(matches!(bound.object(0), Object::Int(_))))
    }),
    Function::free("isNumber", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(matches!(bound.object(0), Object::Int(_) | Object::Float(_))))
    }),
    Function::free("bool", &[must("value", Any)], |_, bound| {
        truth(&bound.object(0)).map(Object::Bool)
    }),
    Function::free("isBoolean", &[must("value", Any)], |_, bound| {
        Ok(Object::Bool(matches!(bound.object(0), Object::Bool(_))))
    }),
    Function::free("hex", &[must("num", NumberOrNull)], hex),
];

fn operate(bound: &Bound<'_>, operator: Binary) -> Outcome<Object> {
    binary(operator, &bound.object(0), &bound.object(1))
}

fn divide(bound: &Bound<'_>) -> Outcome<Object> {
    let (left, right) = (bound.object(0), bound.object(1));
    let whole = matches!((&left, &right), (Object::Int(_), Object::Int(_)));
    binary(if whole { Binary::FloorDiv } else { Binary::Div }, &left, &right)
}

fn absolute(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match bound.object(0) {
        Object::Float(number) => Ok(Object::Float(number.abs())),
        Object::Int(number) => number.checked_abs().map(Object::Int).ok_or_else(too_large),
        other => Ok(other),
    }
}

fn int(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match bound.object(0) {
        Object::None => Ok(Object::Int(0)),
        Object::Float(number) => truncate(number).map(Object::Int),
        Object::Str(text) | Object::Markup(text) => parse_int(&text, 10).map(Object::Int),
        other => match other.as_int() {
            Some(number) => Ok(Object::Int(number)),
            None => type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                other.type_name()
            )),
        },
    }
}

fn float(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match bound.object(0) {
        Object::None => Ok(Object::Float(0.0)),
        Object::Str(text) | Object::Markup(text) => parse_float(&text).map(Object::Float),
        other => match other.as_float() {
            Some(number) => Ok(Object::Float(number)),
            None => type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                other.type_name()
            )),
        },
    }
}

/// Draws a number by the seed of the evaluation and how many were drawn before.
fn draw(machine: &Machine<'_>) -> u64 {
    let drawn = machine.drawn.get() + 1;
    machine.drawn.set(drawn);
    let mut bits = machine.context.seed.wrapping_add(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn random(machine: &Machine<'_>, _: &mut Bound<'_>) -> Outcome<Object> {
    Ok(Object::Float((draw(machine) >> 11) as f64 / (1_u64 << 53) as f64))
}

fn random_between(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let whole = |index| {
        let object = bound.object(index);
        let wrong = || {
            let name = object.type_name();
            let message = format!("'{name}' object cannot be interpreted as an integer");
            Raise::new(Class::Type, message)
        };
        object.as_int().ok_or_else(wrong)
    };
    let (low, high) = (whole(0)?, whole(1)?);
    let width = high.checked_sub(low).and_then(|width| width.checked_add(1));
    match width {
        Some(width) if width > 0 => Ok(Object::Int(low + i128::from(draw(machine)) % width)),
        _ => value_error(format!("empty range in randrange({low}, {high})")),
    }
}

fn bits(bound: &Bound<'_>, operate: fn(i128, i128) -> i128) -> Object {
    let (left, right) = (bound.object(0), bound.object(1));
    let result = operate(left.as_int().unwrap_or(0), right.as_int().unwrap_or(0));
    match (left, right) {
        (Object::Bool(_), Object::Bool(_)) => Object::Bool(result != 0),
        _ => Object::Int(result),
    }
}

fn shift(bound: &Bound<'_>, left: bool) -> Outcome<Object> {
    let (value, count) = (bound.int(0, 0), bound.int(1, 0));
    if count < 0 {
        return value_error("negative shift count");
    }
    if !left {
        let count = u32::try_from(count).unwrap_or(127).min(127);
        return Ok(Object::Int(value >> count));
    }
    if value == 0 {
        return Ok(Object::Int(0));
    }
    let exponent = u32::try_from(count).map_err(|_| too_large())?;
    let factor = 2_i128.checked_pow(exponent).ok_or_else(too_large)?;
    value.checked_mul(factor).map(Object::Int).ok_or_else(too_large)
}

fn larger(machine: &Machine<'_>, bound: &Bound<'_>, largest: bool) -> Outcome<Object> {
    let (a, b) = (bound.object(0), bound.object(1));
    let greater = machine.call_with("#operator_>", vec![b.clone(), a.clone()], bound.scope)?;
    Ok(if truth(&greater)? == largest { b } else { a })
}

fn power(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (base, exponent) = (bound.object(0), bound.object(1));
    let Some(modulus) = bound.given(2).filter(|modulus| !modulus.is_none()) else {
        return binary(Binary::Pow, &base, &exponent);
    };
    let (Object::Int(base), Object::Int(exponent), Object::Int(modulus)) =
        (base, exponent, modulus)
    else {
        return type_error("pow() 3rd argument not allowed unless all arguments are integers");
    };
    if modulus == 0 {
        return value_error("pow() 3rd argument cannot be 0");
    }
    if exponent < 0 {
        return value_error("base is not invertible for the given modulus");
    }
    let (mut result, mut factor, mut exponent) = (1_i128, base, exponent);
    let reduce = |number: i128| arithmetic_modulo(number, modulus);
    factor = reduce(factor)?;
    result = reduce(result)?;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = reduce(result.checked_mul(factor).ok_or_else(too_large)?)?;
        }
        exponent >>= 1;
        if exponent > 0 {
            factor = reduce(factor.checked_mul(factor).ok_or_else(too_large)?)?;
        }
    }
    Ok(Object::Int(result))
}

fn arithmetic_modulo(number: i128, modulus: i128) -> Outcome<i128> {
    let rest = arithmetic::binary(Binary::Mod, &Object::Int(number), &Object::Int(modulus))?;
    Ok(rest.as_int().unwrap_or(0))
}

fn sign(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let number = bound.object(0).as_float().unwrap_or(0.0);
    Ok(Object::Int(i128::from(number > 0.0) - i128::from(number < 0.0)))
}

fn round(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let places = bound.int(1, 0);
    match bound.object(0) {
        Object::Float(number) => Ok(Object::Float(round_places(number, places))),
        Object::Int(number) if places < 0 => {
            let exponent = u32::try_from(-places).unwrap_or(u32::MAX);
            let Some(unit) = 10_i128.checked_pow(exponent) else { return Ok(Object::Int(0)) };
            let rest = number.rem_euclid(unit);
            let low = number - rest;
            let even = (low / unit) % 2 == 0;
            let up = rest * 2 > unit || (rest * 2 == unit && !even);
            Ok(Object::Int(if up { low + unit } else { low }))
        }
        other => Ok(other),
    }
}

fn hex(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    match bound.object(0) {
        Object::Int(number) => {
            let sign = if number < 0 { "-" } else { "" };
            Ok(Object::from(format!("{sign}0x{:x}", number.unsigned_abs())))
        }
        Object::Float(number) => type_error(format!(
            "'float' object cannot be interpreted as an integer: {}",
            float_repr(number)
        )),
        other => type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            other.type_name()
        )),
    }
}
