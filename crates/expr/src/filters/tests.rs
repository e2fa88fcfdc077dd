//! The tests behind `is`.

use python::arguments::Arguments;
use python::arithmetic::{Binary, binary};
use python::object::Object;
use python::operators::{Order, compare, contains, equal, is_iterable, length};
use python::raise::{Class, Outcome, Raise};
use python::text;

use crate::jinja::machine::Machine;

/// The names of all tests.
pub(crate) const NAMES: [&str; 39] = [
    "!=",
    "<",
    "<=",
    "==",
    ">",
    ">=",
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// Returns whether there is a test called `name`.
pub(crate) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Applies a test.
pub(crate) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<bool> {
    let other = || -> Outcome<&Object> {
        let [other] = arguments.bind(name, ["other"], 1)?;
        Ok(other.unwrap_or(&Object::None))
    };
    match name {
        "==" | "eq" | "equalto" => equal(value, other()?),
        "!=" | "ne" => Ok(!equal(value, other()?)?),
        ">" | "gt" | "greaterthan" => compare(value, other()?, Order::Greater),
        ">=" | "ge" => compare(value, other()?, Order::GreaterEqual),
        "<" | "lt" | "lessthan" => compare(value, other()?, Order::Less),
        "<=" | "le" => compare(value, other()?, Order::LessEqual),
        "in" => contains(other()?, value),
        "sameas" => Ok(value.is(other()?)),
        "divisibleby" => {
            let [number] = arguments.bind(name, ["num"], 1)?;
            remainder_is(value, number.unwrap_or(&Object::None), 0)
        }
        _ if exists(name) => {
            arguments.bind::<0>(name, [], 0)?;
            alone(machine, name, value)
        }
        _ => {
            let message = format!("No test named '{name}'.");
            let mut raise = Raise::new(Class::TemplateRuntime, message).about(name);
            raise.0.nearest = crate::jinja::nearest(name, NAMES.iter().copied());
            Err(raise)
        }
    }
}

fn remainder_is(value: &Object, divisor: &Object, wanted: i128) -> Outcome<bool> {
    equal(&binary(Binary::Mod, value, divisor)?, &Object::Int(wanted))
}

/// Applies a test that has no argument.
fn alone(machine: &Machine<'_>, name: &str, value: &Object) -> Outcome<bool> {
    Ok(match name {
        "odd" => return remainder_is(value, &Object::Int(2), 1),
        "even" => return remainder_is(value, &Object::Int(2), 0),
        "defined" => !value.is_undefined(),
        "undefined" => value.is_undefined(),
        "none" => value.is_none(),
        "boolean" => matches!(value, Object::Bool(_)),
        "false" => matches!(value, Object::Bool(false)),
        "true" => matches!(value, Object::Bool(true)),
        "integer" => matches!(value, Object::Int(_)),
        "float" => matches!(value, Object::Float(_)),
        "number" => value.as_float().is_some(),
        "string" => value.as_str().is_some(),
        "mapping" => matches!(value, Object::Dict(_)),
        "escaped" => matches!(value, Object::Markup(_)),
        "lower" | "upper" => {
            let text = text::str(value)?;
            let (lower, upper) =
                (text.chars().any(char::is_lowercase), text.chars().any(char::is_uppercase));
            if name == "lower" { lower && !upper } else { upper && !lower }
        }
        "sequence" => {
            let has_items = !matches!(value, Object::View(..) | Object::Native(_));
            has_items && length(value).is_ok()
        }
        "iterable" => {
            if let Object::Undefined(undefined) = value
                && undefined.strict
            {
                return Err(undefined.error());
            }
            is_iterable(value) || crate::jinja::as_lookup(value).is_some()
        }
        "callable" => match value {
            Object::Method(_) | Object::Undefined(_) => true,
            Object::Native(native) => native.callable(),
            _ => false,
        },
        "filter" => {
            value.key()?;
            let functions = machine.options.functions;
            value.as_str().is_some_and(|name| {
                super::exists(name) || functions.is_some_and(|all| all.exists(name))
            })
        }
        _ => {
            value.key()?;
            value.as_str().is_some_and(exists)
        }
    })
}
