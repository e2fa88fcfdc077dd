//! Filters that apply a filter or a test to each item.

use python::arguments::Arguments;
use python::budget;
use python::object::Object;
use python::operators::{iterate, truth};
use python::raise::{Class, Outcome, Raise};

use crate::jinja::machine::Machine;

use super::attributes::{get, parts};

pub(super) fn call(
    machine: &Machine<'_>,
    name: &str,
    value: &Object,
    arguments: Arguments,
) -> Outcome<Object> {
    if !truth(value)? {
        return Ok(Object::generator(Vec::new()));
    }
    if name == "map" {
        return map(machine, value, arguments);
    }
    let mut operands = arguments.positional.into_iter();
    let attribute = if name.ends_with("attr") {
        let message = "Missing parameter for attribute name";
        let first = operands.next().ok_or_else(|| Raise::new(Class::FilterArgument, message))?;
        Some(parts(&first)?)
    } else {
        None
    };
    let test = operands.next();
    let rest = Arguments { positional: operands.collect(), named: arguments.named };
    let keeps = name.starts_with("select");
    let mut kept = Vec::new();
    for item in iterate(value)? {
        budget::step(1)?;
        let tested = match &attribute {
            Some(parts) => get(machine, &item, parts)?,
            None => item.clone(),
        };
        let holds = match &test {
            None => truth(&tested)?,
            Some(test) => run_test(machine, test, &tested, &rest)?,
        };
        if holds == keeps {
            kept.push(item);
        }
    }
    Ok(Object::generator(kept))
}

fn run_test(
    machine: &Machine<'_>,
    test: &Object,
    value: &Object,
    arguments: &Arguments,
) -> Outcome<bool> {
    let name = test.as_str().unwrap_or_default();
    super::tests::call(machine, name, value, arguments)
}

fn map(machine: &Machine<'_>, value: &Object, mut arguments: Arguments) -> Outcome<Object> {
    let mut mapped = Vec::new();
    if arguments.positional.is_empty() {
        let Some(attribute) = arguments.take_named("attribute") else {
            let message = "map requires a filter argument";
            return Err(Raise::new(Class::FilterArgument, message));
        };
        let default = arguments.take_named("default").filter(|default| !default.is_none());
        if let Some((name, _)) = arguments.named.first() {
            let message = format!("Unexpected keyword argument '{name}'");
            return Err(Raise::new(Class::FilterArgument, message));
        }
        let parts = parts(&attribute)?;
        for item in iterate(value)? {
            budget::step(1)?;
            mapped.push(super::attributes::get_or(machine, &item, &parts, default.as_ref())?);
        }
        return Ok(Object::generator(mapped));
    }
    let name = arguments.positional.remove(0);
    for item in iterate(value)? {
        budget::step(1)?;
        let result = machine.deeper(|| machine.call_filter(&name, &item, arguments.clone()))?;
        mapped.push(result);
    }
    Ok(Object::generator(mapped))
}
