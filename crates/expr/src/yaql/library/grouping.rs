//! Grouping by keys.

use python::budget;
use python::object::{Entries, Object};
use python::operators::{equal, iterate, length};
use python::raise::{Class, Outcome, Raise};

use crate::yaql::function::{Bound, Function, may, must};
use crate::yaql::iterate::{Cursor, Lazy};
use crate::yaql::kinds::Kind::{Iterable, Lambda};
use crate::yaql::kinds::Shape;
use crate::yaql::machine::Machine;
use crate::yaql::scope;

pub(super) static FUNCTIONS: &[Function] = &[Function::method(
    "groupBy",
    &[
        must("collection", Iterable),
        must("keySelector", Lambda),
        may("valueSelector", Lambda),
        may("aggregator", Lambda),
    ],
    group_by,
)];

fn group_by(machine: &Machine<'_>, bound: &mut Bound<'_>) -> Outcome<Object> {
    let mut items = Cursor::new(&bound.object(0), machine)?;
    let (key_of, value_of) = (bound.lambda_or_null(1), bound.lambda(2));
    let mut groups = Entries::new();
    while let Some(item) = items.next(machine)? {
        let value = match &value_of {
            Some(value_of) => machine.call_lambda(value_of, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let key = machine.call_lambda(&key_of, &[item])?;
        budget::build(64)?;
        let group = groups.entry(key.key()?).or_insert_with(|| (key, Object::list(Vec::new())));
        if let Object::List(seq) = &group.1 {
            seq.items.borrow_mut().push(value);
        }
    }
    let mut groups = groups.into_values();
    let mut aggregator = bound.lambda(3).map(|lambda| Aggregator {
        lambda,
        may_take_pairs: true,
        takes_pairs: None,
    });
    Ok(Lazy::object("map", move |machine| {
        let Some((key, values)) = groups.next() else { return Ok(None) };
        match &mut aggregator {
            None => Ok(Some(Object::tuple(vec![key, values]))),
            Some(aggregator) => aggregator.apply(machine, key, values).map(Some),
        }
    }))
}

/// Applies a function to the values of each group; an old one, that takes key
/// and values as a pair, is known by its failure with values alone.
struct Aggregator {
    lambda: scope::Lambda,
    may_take_pairs: bool,
    /// The failure with values alone.
    takes_pairs: Option<Failure>,
}

struct Failure {
    class: Class,
    message: String,
}

impl Aggregator {
    fn apply(&mut self, machine: &Machine<'_>, key: Object, values: Object) -> Outcome<Object> {
        if self.takes_pairs.is_none() {
            match machine.call_lambda(&self.lambda, std::slice::from_ref(&values)) {
                Ok(result) => {
                    if !looks_like_pair(&values, &result)? {
                        self.may_take_pairs = false;
                    }
                    return Ok(Object::tuple(vec![key, result]));
                }
                Err(raise) if is_mismatch(&raise) => {
                    let (class, message) = (raise.0.class, raise.0.message.clone());
                    self.takes_pairs = Some(Failure { class, message });
                }
                Err(raise) => return Err(raise),
            }
        }
        if self.may_take_pairs {
            let pair = Object::tuple(vec![key, values]);
            let result = machine.call_lambda(&self.lambda, &[pair]);
            if let Err(raise) = &result
                && raise.0.class == Class::Limit
            {
                return result;
            }
            if let Ok(result) = result
                && length(&result).is_ok_and(|length| length == 2)
            {
                return Ok(result);
            }
        }
        let failure = self.takes_pairs.as_ref();
        let (class, message) = failure
            .map_or((Class::Runtime, ""), |failure| (failure.class, failure.message.as_str()));
        Err(Raise::new(class, message))
    }
}

fn is_mismatch(raise: &Raise) -> bool {
    matches!(raise.0.class, Class::NoMatchingMethod | Class::NoMatchingFunction | Class::Index)
}

/// Returns whether two values became a pair that begins with the first of them.
fn looks_like_pair(values: &Object, result: &Object) -> Outcome<bool> {
    let values = iterate(values)?;
    if values.len() != 2 || !matches!(Shape::of(result), Shape::List | Shape::Tuple) {
        return Ok(false);
    }
    let result = iterate(result)?;
    Ok(result.len() == 2 && equal(&result[0], &values[0])?)
}
