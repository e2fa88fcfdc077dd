//! Choosing by conditions.

use python::object::Object;
use python::raise::Outcome;

use crate::yaql::ast::Kind as NodeKind;
use crate::yaql::function::{Argument, Bound, Function, must};
use crate::yaql::iterate::Lazy;
use crate::yaql::kinds::Kind::{Int, Lambda, Rule};
use crate::yaql::machine::Machine;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("switch", &[], switch).with_rest(Rule).without_names(),
    Function::free("selectCase", &[], select_case).with_rest(Lambda),
    Function::free("selectAllCases", &[], select_all_cases).with_rest(Lambda),
    Function::free("examine", &[], examine).with_rest(Lambda),
    Function::method("switchCase", &[must("case", Int)], switch_case).with_rest(Lambda),
    Function::free("coalesce", &[], coalesce).with_rest(Lambda),
];

fn switch(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    for argument in &bound.rest {
        let Argument::Node(node) = argument else { continue };
        let NodeKind::Rule(condition, result) = &node.kind else { continue };
        let holds = machine.eval(condition, bound.scope)?;
        if machine.truth(&holds)? {
            return machine.eval(result, bound.scope);
        }
    }
    Ok(Object::None)
}

fn select_case(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let cases = bound.rest_lambdas();
    for (index, case) in cases.iter().enumerate() {
        if machine.holds(case, &[])? {
            return Ok(Object::count(index));
        }
    }
    Ok(Object::count(cases.len()))
}

fn select_all_cases(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cases = bound.rest_lambdas().into_iter().enumerate();
    Ok(Lazy::generator(move |machine| {
        for (index, case) in cases.by_ref() {
            if machine.holds(&case, &[])? {
                return Ok(Some(Object::count(index)));
            }
        }
        Ok(None)
    }))
}

fn examine(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut cases = bound.rest_lambdas().into_iter();
    Ok(Lazy::generator(move |machine| match cases.next() {
        Some(case) => Ok(Some(Object::Bool(machine.holds(&case, &[])?))),
        None => Ok(None),
    }))
}

fn switch_case(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let cases = bound.rest_lambdas();
    let chosen = usize::try_from(bound.int(0, 0)).ok().and_then(|index| cases.get(index));
    match chosen.or(cases.last()) {
        Some(case) => machine.call_lambda(case, &[]),
        None => Ok(Object::None),
    }
}

fn coalesce(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    for case in bound.rest_lambdas() {
        let value = machine.call_lambda(&case, &[])?;
        if !value.is_none() {
            return Ok(value);
        }
    }
    Ok(Object::None)
}
