//! Scopes, functions of one's own, calls by name, assertions.

use std::rc::Rc;
use std::sync::Arc;

use python::object::Object;
use python::raise::{Class, Outcome, Raise, value_error};

use crate::yaql::function::{Argument, Bound, Function, may, must};
use crate::yaql::iterate::{Cursor, Memory};
use crate::yaql::kinds::Kind::{Any, Iterable, Lambda, Mapping, Sequence, Str};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;
use crate::yaql::natives::ScopeObject;
use crate::yaql::resolve::Given;
use crate::yaql::scope::{Body, Scope};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("with", &[], with).with_rest(Any),
    Function::free("let", &[], with).with_rest(Any).with_names(),
    Function::method("unpack", &[must("sequence", Iterable)], unpack).with_rest(Str),
    Function::free("def", &[must("name", Str), must("func", Lambda)], define),
    Function::method(
        "assert",
        &[must("obj", Any), must("condition", Lambda), may("message", Str)],
        assert,
    ),
    Function::free(
        "call",
        &[must("name", Str), must("args", Sequence), must("kwargs", Mapping), may("receiver", Any)],
        call,
    ),
];

fn with(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let scope = Scope::inside(bound.scope);
    scope.set_places(bound.rest_objects());
    for (name, object) in bound.named_objects() {
        scope.set(&name, object);
    }
    Ok(Object::Native(Rc::new(ScopeObject(scope))))
}

fn unpack(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let names = bound.rest_objects();
    let scope = Scope::inside(bound.scope);
    let mut cursor = Cursor::new(&bound.object(0), machine)?;
    let mut items = Vec::new();
    let count_max = if names.is_empty() { usize::MAX } else { names.len() + 1 };
    while items.len() < count_max {
        let Some(item) = cursor.next(machine)? else { break };
        items.push(item);
    }
    if names.is_empty() {
        // An iterator has lost its first item to the look at its length.
        let lost = usize::from(Shape::of(&bound.object(0)) == Shape::Iterator).min(items.len());
        scope.set_places(items.drain(lost..));
    } else if names.len() != items.len() {
        let (found, wanted) = (items.len(), names.len());
        return value_error(format!("Cannot unpack {found} elements into {wanted}"));
    }
    for (name, item) in names.iter().zip(items) {
        scope.set(name.as_str().unwrap_or_default(), item);
    }
    Ok(Object::Native(Rc::new(ScopeObject(scope))))
}

fn define(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let name = camel_case(&bound.text_or_empty(0));
    let body = match bound.slots.get(1) {
        Some(Argument::Node(node)) => Body::Node(Arc::clone(node)),
        Some(Argument::Object(object)) => Body::Object(object.clone()),
        Some(Argument::Absent) | None => Body::Object(Object::None),
    };
    let scope = Scope::inside(bound.scope);
    scope.define(name, body);
    machine.defines.set(true);
    Ok(Object::Native(Rc::new(ScopeObject(scope))))
}

/// Names a function as YAQL does: without underscores, the letter after one large.
fn camel_case(name: &str) -> String {
    let name = name.trim_end_matches('_');
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next)
                if c == '_' && !out.is_empty() && (next.is_alphanumeric() || *next == '_') =>
            {
                out.extend(next.to_uppercase());
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

fn assert(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut object = bound.object(0);
    if Shape::of(&object) == Shape::Iterator {
        object = Memory::object(Cursor::new(&object, machine)?);
    }
    if machine.holds(&bound.lambda_or_null(1), std::slice::from_ref(&object))? {
        return Ok(object);
    }
    let message = bound.text(2).unwrap_or_else(|| Arc::from("Assertion failed"));
    Err(Raise::new(Class::Assertion, &*message))
}

fn call(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let name = bound.text_or_empty(0);
    let positional = Cursor::new(&bound.object(1), machine)?.rest(machine)?;
    let positional = positional.into_iter().map(Argument::Object).collect();
    let mut named = Vec::new();
    if let Object::Dict(map) = bound.object(2) {
        for (key, value) in map.entries.borrow().values() {
            let Some(key) = key.as_str() else {
                return Err(Raise::new(Class::Type, "keywords must be strings"));
            };
            let is_word =
                key.starts_with(|c: char| c.is_alphabetic() || c == '_') && !key.starts_with("__");
            if !is_word {
                let message = "dictionary changed size during iteration";
                return Err(Raise::new(Class::Runtime, message));
            }
            named.push((Arc::from(key), Argument::Object(value.clone())));
        }
    }
    let scope = bound.scope;
    machine.deeper(|| machine.call(&name, bound.given(3), Given { positional, named }, scope))
}
