//! Texts: changing, cutting and joining them.

use python::arguments::Arguments;
use python::budget;
use python::format::Part;
use python::methods;
use python::object::Object;
use python::raise::Outcome;
use python::replace_text;

use crate::yaql::function::{Bound, Function, Parameter, may, must};
use crate::yaql::iterate::Cursor;
use crate::yaql::kinds::Kind::{Any, Bool, Int, Iterable, Mapping, Str, StrOrNull};
use crate::yaql::machine::Machine;

const STRING: &[Parameter] = &[must("string", Str)];
const TRIMMED: &[Parameter] = &[must("string", Str), may("chars", StrOrNull)];
const SPLIT: &[Parameter] =
    &[must("string", Str), may("separator", StrOrNull), may("maxSplits", Int)];
const STRING_TIMES: &[Parameter] = &[must("left", Str), must("right", Int)];
const TIMES_STRING: &[Parameter] = &[must("left", Int), must("right", Str)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("concat", &[], concat).with_rest(Str),
    Function::free("#operator_+", &[], concat).with_rest(Str),
    Function::method("toUpper", STRING, |_, bound| python(&bound.object(0), "upper", vec![])),
    Function::method("toLower", STRING, |_, bound| python(&bound.object(0), "lower", vec![])),
    Function::both("len", STRING, |_, b| Ok(Object::count(b.text_or_empty(0).chars().count()))),
    Function::method("split", SPLIT, |_, bound| split(bound, "split")),
    Function::method("rightSplit", SPLIT, |_, bound| split(bound, "rsplit")),
    Function::method(
        "join",
        &[must("sequence", Iterable), must("separator", Str)],
        |machine, b| join(machine, b, 0, 1),
    ),
    Function::method(
        "join",
        &[must("separator", Str), must("sequence", Iterable)],
        |machine, b| join(machine, b, 1, 0),
    ),
    Function::free("str", &[must("value", Any)], |_, b| text(&b.object(0)).map(Object::from)),
    Function::method("trim", TRIMMED, |_, bound| trim(bound, "strip")),
    Function::method("trimLeft", TRIMMED, |_, bound| trim(bound, "lstrip")),
    Function::method("trimRight", TRIMMED, |_, bound| trim(bound, "rstrip")),
    Function::both("norm", &[must("string", StrOrNull), may("chars", StrOrNull)], norm),
    Function::both(
        "isEmpty",
        &[must("string", StrOrNull), may("trim", Bool), may("chars", StrOrNull)],
        is_empty,
    ),
    Function::method(
        "replace",
        &[must("string", Str), must("old", Str), must("new", Str), may("count", Int)],
        replace,
    ),
    Function::method(
        "replace",
        &[must("string", Str), must("replacements", Mapping), may("count", Int)],
        replace_all,
    ),
    Function::free("#operator_*", STRING_TIMES, |_, bound| repeat(bound, 0, 1)),
    Function::free("#operator_*", TIMES_STRING, |_, bound| repeat(bound, 1, 0)),
    Function::free("#operator_in", &[must("left", Str), must("right", Str)], |_, bound| {
        Ok(Object::Bool(bound.text_or_empty(1).contains(&*bound.text_or_empty(0))))
    }),
    Function::method("toCharArray", STRING, |_, bound| {
        python::operators::iterate(&bound.object(0)).map(Object::tuple)
    }),
    Function::free("isString", &[must("arg", Any)], |_, bound| {
        Ok(Object::Bool(bound.object(0).as_str().is_some()))
    }),
];

/// Returns what YAQL's `str` makes of a value.
pub(super) fn text(object: &Object) -> Outcome<String> {
    match object {
        Object::None => Ok("null".to_owned()),
        Object::Bool(true) => Ok("true".to_owned()),
        Object::Bool(false) => Ok("false".to_owned()),
        other => python::text::str(other),
    }
}

fn concat(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut out = String::new();
    for object in bound.rest_objects() {
        let part = object.as_str().unwrap_or_default();
        budget::build(part.len())?;
        out.push_str(part);
    }
    Ok(out.into())
}

fn split(bound: &Bound<'_>, method: &str) -> Outcome<Object> {
    let arguments = vec![bound.object(1), Object::Int(bound.int(2, -1))];
    python(&bound.object(0), method, arguments)
}

/// Calls one of Python's own methods of texts.
pub(super) fn python(object: &Object, name: &str, arguments: Vec<Object>) -> Outcome<Object> {
    let none = |_: &Object, _: Part<'_>| Ok(Object::None);
    methods::call(object, name, &Arguments::positional(arguments), &none)
}

fn trim(bound: &Bound<'_>, method: &str) -> Outcome<Object> {
    python(&bound.object(0), method, vec![bound.object(1)])
}

fn join(machine: &Machine<'_>, bound: &Bound<'_>, items: usize, by: usize) -> Outcome<Object> {
    let separator = bound.text_or_empty(by);
    let mut cursor = Cursor::new(&bound.object(items), machine)?;
    let mut out = String::new();
    let mut first = true;
    while let Some(item) = cursor.next(machine)? {
        if !std::mem::take(&mut first) {
            out.push_str(&separator);
        }
        let part = text(&item)?;
        budget::build(part.len() + separator.len())?;
        out.push_str(&part);
    }
    Ok(out.into())
}

fn norm(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    if bound.object(0).is_none() {
        return Ok(Object::None);
    }
    let value = trim(bound, "strip")?;
    Ok(if value.as_str() == Some("") { Object::None } else { value })
}

fn is_empty(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut string = bound.object(0);
    if string.is_none() {
        return Ok(Object::Bool(true));
    }
    if !matches!(bound.given(1), Some(Object::Bool(false))) {
        string = python(&string, "strip", vec![bound.object(2)])?;
    }
    Ok(Object::Bool(string.as_str() == Some("")))
}

fn replace(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (old, new) = (bound.text_or_empty(1), bound.text_or_empty(2));
    replace_text(&bound.text_or_empty(0), &old, &new, bound.int(3, -1)).map(Object::from)
}

fn replace_all(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut string = bound.text_or_empty(0).to_string();
    if let Object::Dict(map) = bound.object(1) {
        for (old, new) in map.entries.borrow().values() {
            string = replace_text(&string, &text(old)?, &text(new)?, bound.int(2, -1))?;
        }
    }
    Ok(string.into())
}

fn repeat(bound: &Bound<'_>, string: usize, times: usize) -> Outcome<Object> {
    let times = Object::Int(bound.int(times, 0));
    python::arithmetic::binary(python::arithmetic::Binary::Mul, &bound.object(string), &times)
}
