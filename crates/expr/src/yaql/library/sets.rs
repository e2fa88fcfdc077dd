//! Sets.

use python::object::Object;
use python::operators::length;
use python::raise::{Class, Outcome, Raise};

use crate::yaql::function::{Bound, Function, Parameter, must};
use crate::yaql::iterate::Cursor;
use crate::yaql::kinds::Kind::{self, Any, Iterable};
use crate::yaql::kinds::Shape;
use crate::yaql::natives::{Set, other_items};

use super::collections::unrolled;

const ONE: &[Parameter] = &[must("set", Kind::Set)];
const TWO: &[Parameter] = &[must("left", Kind::Set), must("right", Kind::Set)];

pub(super) static FUNCTIONS: &[Function] = &[
    Function::free("isSet", &[must("arg", Any)], |_, bound| {
        Ok(Object::Bool(Shape::of(&bound.object(0)) == Shape::Set))
    }),
    Function::free("set", &[], |machine, bound| {
        Set::object(unrolled(machine, bound.rest_objects())?)
    })
    .with_rest(Any),
    Function::method("toSet", &[must("collection", Iterable)], |machine, bound| {
        Set::object(Cursor::new(&bound.object(0), machine)?.rest(machine)?)
    }),
    Function::both("len", ONE, |_, bound| length(&bound.object(0)).map(Object::count)),
    Function::method("union", TWO, |_, bound| {
        method_of_set(bound, "union")?;
        let mut items = other_items(&bound.object(0)).unwrap_or_default();
        for (key, item) in other_items(&bound.object(1)).unwrap_or_default() {
            items.entry(key).or_insert(item);
        }
        Ok(Set::of(items))
    }),
    Function::method("intersect", TWO, |_, bound| {
        method_of_set(bound, "intersection")?;
        Ok(picked(bound, |here, there| here && there))
    }),
    Function::method("difference", TWO, |_, bound| difference(bound)),
    Function::free("#operator_-", TWO, |_, bound| difference(bound)),
    Function::method("symmetricDifference", TWO, |_, bound| {
        method_of_set(bound, "symmetric_difference")?;
        Ok(picked(bound, |here, there| here != there))
    }),
    Function::method("add", ONE, |_, bound| {
        method_of_set(bound, "union")?;
        let mut items = other_items(&bound.object(0)).unwrap_or_default();
        for value in bound.rest_objects() {
            items.entry(value.key()?).or_insert(value);
        }
        Ok(Set::of(items))
    })
    .with_rest(Any),
    Function::method("remove", ONE, |_, bound| {
        method_of_set(bound, "difference")?;
        let mut items = other_items(&bound.object(0)).unwrap_or_default();
        for value in bound.rest_objects() {
            items.shift_remove(&value.key()?);
        }
        Ok(Set::of(items))
    })
    .with_rest(Any),
];

/// Refuses what is a set in all but its methods, as the keys of a mapping are.
fn method_of_set(bound: &Bound<'_>, method: &str) -> Outcome<()> {
    let set = bound.object(0);
    let is_real = matches!(&set, Object::Native(_));
    // The views of a plain dictionary have no methods of sets; those of a frozen one neither.
    if is_real {
        return Ok(());
    }
    let message = format!("'{}' object has no attribute '{method}'", set.type_name());
    Err(Raise::new(Class::Attribute, message))
}

fn difference(bound: &Bound<'_>) -> Outcome<Object> {
    method_of_set(bound, "difference")?;
    let right = other_items(&bound.object(1)).unwrap_or_default();
    let mut left = other_items(&bound.object(0)).unwrap_or_default();
    left.retain(|key, _| !right.contains_key(key));
    Ok(Set::of(left))
}

/// Returns the items of both sets that a test picks by where they are.
fn picked(bound: &Bound<'_>, test: fn(bool, bool) -> bool) -> Object {
    let left = other_items(&bound.object(0)).unwrap_or_default();
    let right = other_items(&bound.object(1)).unwrap_or_default();
    let mut items = left.clone();
    items.extend(right.iter().map(|(key, item)| (key.clone(), item.clone())));
    items.retain(|key, _| test(left.contains_key(key), right.contains_key(key)));
    Set::of(items)
}
