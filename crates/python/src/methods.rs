//! The methods of Python's own types: which there are, and how they are called.

use super::arguments::Arguments;
use super::format::Attribute;
use super::object::Object;
use super::raise::{Outcome, Raise};
use super::{bytes, containers, strings};

/// The methods of dictionaries.
pub const DICT: &[&str] = &[
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];
const LIST: &[&str] = &[
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
    "sort",
];
const TUPLE: &[&str] = &["count", "index"];
const INT: &[&str] = &["as_integer_ratio", "bit_count", "bit_length", "conjugate", "to_bytes"];
const FLOAT: &[&str] = &["as_integer_ratio", "conjugate", "hex", "is_integer"];
const BYTES: &[&str] = &[
    "decode",
    "endswith",
    "find",
    "hex",
    "lower",
    "replace",
    "split",
    "startswith",
    "strip",
    "upper",
];
const VIEW: &[&str] = &["isdisjoint", "mapping"];

/// Attributes that every object has and that the sandbox hides.
const HIDDEN: &[&str] = &[
    "__class__",
    "__delattr__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__eq__",
    "__format__",
    "__ge__",
    "__getattribute__",
    "__getstate__",
    "__gt__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__le__",
    "__lt__",
    "__ne__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__sizeof__",
    "__str__",
    "__subclasshook__",
];
const NUMERIC: &[&str] = &[
    "__abs__",
    "__add__",
    "__and__",
    "__bool__",
    "__ceil__",
    "__divmod__",
    "__float__",
    "__floor__",
    "__floordiv__",
    "__index__",
    "__int__",
    "__invert__",
    "__lshift__",
    "__mod__",
    "__mul__",
    "__neg__",
    "__or__",
    "__pos__",
    "__pow__",
    "__radd__",
    "__rmul__",
    "__round__",
    "__rshift__",
    "__rsub__",
    "__sub__",
    "__truediv__",
    "__trunc__",
    "__xor__",
];
const SEQUENCE: &[&str] = &[
    "__add__",
    "__contains__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__mul__",
    "__rmul__",
    "__class_getitem__",
    "__delitem__",
    "__iadd__",
    "__imul__",
    "__reversed__",
    "__setitem__",
    "__ior__",
    "__or__",
    "__ror__",
    "__mod__",
    "__rmod__",
    "__getnewargs__",
];

/// Returns the methods that a value has.
#[must_use]
pub fn names(object: &Object) -> &'static [&'static str] {
    match object {
        Object::Str(_) | Object::Markup(_) => strings::NAMES,
        Object::Dict(_) => DICT,
        Object::List(_) => LIST,
        Object::Tuple(_) | Object::Range(_) => TUPLE,
        Object::Int(_) | Object::Bool(_) => INT,
        Object::Float(_) => FLOAT,
        Object::Bytes(_) => BYTES,
        Object::View(..) => VIEW,
        _ => &[],
    }
}

/// Returns whether a value has a hidden attribute called `name`.
#[must_use]
pub fn hides(object: &Object, name: &str) -> bool {
    if HIDDEN.contains(&name) {
        return true;
    }
    match object {
        Object::Int(_) | Object::Bool(_) | Object::Float(_) => NUMERIC.contains(&name),
        Object::None => name == "__bool__",
        Object::Method(_) => matches!(name, "__call__" | "__name__" | "__self__"),
        Object::Undefined(_) | Object::Native(_) => false,
        _ => SEQUENCE.contains(&name),
    }
}

/// Returns an attribute that is not a method: parts of numbers, names of a group's parts.
#[must_use]
pub fn property(object: &Object, name: &str) -> Option<Object> {
    match (object, name) {
        (Object::Int(_) | Object::Bool(_), "real" | "numerator") => {
            object.as_int().map(Object::Int)
        }
        (Object::Int(_) | Object::Bool(_), "imag") => Some(Object::Int(0)),
        (Object::Int(_) | Object::Bool(_), "denominator") => Some(Object::Int(1)),
        (Object::Float(_), "real") => Some(object.clone()),
        (Object::Float(_), "imag") => Some(Object::Float(0.0)),
        (Object::Range(range), "start") => Some(Object::Int(range.start)),
        (Object::Range(range), "stop") => Some(Object::Int(range.stop)),
        (Object::Range(range), "step") => Some(Object::Int(range.step)),
        (Object::Tuple(seq), "grouper") if seq.group => seq.items.borrow().first().cloned(),
        (Object::Tuple(seq), "list") if seq.group => seq.items.borrow().get(1).cloned(),
        _ => None,
    }
}

/// Calls `object.name(*arguments)`.
pub fn call(
    object: &Object,
    name: &str,
    arguments: &Arguments,
    attribute: Attribute<'_>,
) -> Outcome<Object> {
    match object {
        Object::Str(_) | Object::Markup(_) => strings::call(object, name, arguments, attribute),
        Object::Bytes(value) => bytes::call(value, name, arguments),
        Object::Dict(map) => containers::call_dict(map, name, arguments),
        Object::List(seq) => containers::call_list(seq, name, arguments),
        Object::Tuple(_) | Object::Range(_) => containers::call_tuple(object, name, arguments),
        Object::Int(_) | Object::Bool(_) | Object::Float(_) => number(object, name),
        Object::View(_, map) => Ok(Object::Dict(std::rc::Rc::clone(map))),
        other => Err(missing(other, name)),
    }
}

/// Returns the error for a method that a value does not have.
#[must_use]
pub fn missing(object: &Object, name: &str) -> Raise {
    Raise::no_attribute(object.type_name(), name).about(name)
}

fn number(object: &Object, name: &str) -> Outcome<Object> {
    let int = object.as_int();
    Ok(match (name, int) {
        ("is_integer", None) => {
            let number = object.as_float().unwrap_or(f64::NAN);
            Object::Bool(number.is_finite() && number.fract() == 0.0)
        }
        ("conjugate", Some(number)) => Object::Int(number),
        ("conjugate", None) => object.clone(),
        ("bit_length", Some(number)) => {
            Object::Int(i128::from(128 - number.unsigned_abs().leading_zeros()))
        }
        ("bit_count", Some(number)) => Object::Int(i128::from(number.unsigned_abs().count_ones())),
        ("as_integer_ratio", Some(number)) => {
            Object::tuple(vec![Object::Int(number), Object::Int(1)])
        }
        _ => return Err(missing(object, name)),
    })
}
