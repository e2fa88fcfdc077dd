//! Sequences made from nothing but rules.

use std::collections::{HashSet, VecDeque};

use python::budget;
use python::object::{Key, Object};
use python::raise::{Outcome, value_error};

use crate::yaql::function::{Bound, Function, may, must};
use crate::yaql::iterate::{Cursor, Lazy};
use crate::yaql::kinds::Kind::{Any, Bool, Int, Lambda};
use crate::yaql::machine::Machine;
use crate::yaql::scope;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("range", &[must("stop", Int)], |_, bound| range(0, bound.int(0, 0), 1)),
    Function::free(
        "range",
        &[must("start", Int), must("stop", Int), may("step", Int)],
        |_, bound| range(bound.int(0, 0), bound.int(1, 0), bound.int(2, 1)),
    ),
    Function::free("sequence", &[may("start", Int), may("step", Int)], sequence),
    Function::free(
        "generate",
        &[
            must("initial", Any),
            must("predicate", Lambda),
            must("producer", Lambda),
            may("selector", Lambda),
            may("decycle", Bool),
        ],
        generate,
    ),
    Function::free(
        "generateMany",
        &[
            must("initial", Any),
            must("producer", Lambda),
            may("selector", Lambda),
            may("decycle", Bool),
            may("depthFirst", Bool),
        ],
        generate_many,
    ),
];

fn range(start: i128, stop: i128, step: i128) -> Outcome<Object> {
    if step == 0 {
        return value_error("range() arg 3 must not be zero");
    }
    let mut next = start;
    Ok(Lazy::object("range_iterator", move |_| {
        let open = if step > 0 { next < stop } else { next > stop };
        let current = next;
        next = next.saturating_add(step);
        Ok(open.then_some(Object::Int(current)))
    }))
}

fn sequence(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (mut next, step) = (bound.int(0, 0), bound.int(1, 1));
    Ok(Lazy::object("itertools.count", move |_| {
        let current = next;
        next = next.saturating_add(step);
        Ok(Some(Object::Int(current)))
    }))
}

/// Remembers items, to tell when one comes again.
struct Past(Option<HashSet<Key>>);

impl Past {
    fn new(bound: &Bound<'_>, index: usize) -> Self {
        Self(is_true(bound, index).then(HashSet::new))
    }

    /// Returns whether an item is new, or all items count as new.
    fn admits(&mut self, item: &Object) -> Outcome<bool> {
        let Some(past) = &mut self.0 else { return Ok(true) };
        budget::build(64)?;
        Ok(past.insert(item.key()?))
    }
}

fn is_true(bound: &Bound<'_>, index: usize) -> bool {
    matches!(bound.given(index), Some(Object::Bool(true)))
}

fn selected(
    machine: &Machine<'_>,
    selector: Option<&scope::Lambda>,
    item: &Object,
) -> Outcome<Object> {
    match selector {
        Some(selector) => machine.call_lambda(selector, std::slice::from_ref(item)),
        None => Ok(item.clone()),
    }
}

fn generate(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (predicate, producer) = (bound.lambda_or_null(1), bound.lambda_or_null(2));
    let (selector, mut past) = (bound.lambda(3), Past::new(bound, 4));
    let mut current = bound.object(0);
    let mut begun = false;
    Ok(Lazy::generator(move |machine| {
        if begun {
            current = machine.call_lambda(&producer, std::slice::from_ref(&current))?;
        }
        begun = true;
        if !machine.holds(&predicate, std::slice::from_ref(&current))? || !past.admits(&current)? {
            return Ok(None);
        }
        selected(machine, selector.as_ref(), &current).map(Some)
    }))
}

fn generate_many(_: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let (producer, selector) = (bound.lambda_or_null(1), bound.lambda(2));
    let (mut past, depth_first) = (Past::new(bound, 3), is_true(bound, 4));
    let mut queue = VecDeque::from([bound.object(0)]);
    let mut last: Option<Object> = None;
    Ok(Lazy::generator(move |machine| {
        if let Some(item) = last.take() {
            let produced = machine.call_lambda(&producer, &[item])?;
            let produced = Cursor::new(&produced, machine)?.rest(machine)?;
            if depth_first {
                for item in produced.into_iter().rev() {
                    queue.push_front(item);
                }
            } else {
                queue.extend(produced);
            }
        }
        while let Some(item) = queue.pop_front() {
            if past.admits(&item)? {
                let result = selected(machine, selector.as_ref(), &item)?;
                last = Some(item);
                return Ok(Some(result));
            }
        }
        Ok(None)
    }))
}
