//! Follows a path in a value.

use std::rc::Rc;

use super::{DEPTH_MAX, Step, VISITS_MAX, limit};
use crate::budget;
use crate::raise::{Class, Outcome, Raise};

/// A value as paths see it.
pub(super) trait Tree: Clone {
    /// Returns `None`.
    fn null() -> Self;

    /// Returns what a list or a dictionary holds.
    fn children(&self) -> Outcome<Vec<Self>>;

    /// Returns the values of a dictionary.
    fn values(&self) -> Outcome<Vec<Self>>;

    /// Returns the value of a dictionary's key.
    fn field(&self, name: &str) -> Outcome<Option<Self>>;

    /// Returns `len(self)`.
    fn length(&self) -> Outcome<usize>;

    /// Returns `self[index]`; none where it has no items.
    fn item(&self, index: i64) -> Outcome<Option<Self>>;

    /// Returns whether a slice takes it for the only item of a list.
    fn is_sliced_as_one(&self) -> bool;

    /// Returns the list with this as its only item.
    fn into_list(self) -> Self;
}

/// Returns a character of a text.
pub(super) fn part_of_text(text: &str, at: usize) -> Option<String> {
    text.chars().nth(at).map(String::from)
}

/// A value with the way back to the root.
#[derive(Clone)]
struct Datum<T> {
    value: T,
    parent: Option<Rc<Self>>,
}

/// What is found; none stands for the parent of the root.
type Found<T> = Vec<Option<Datum<T>>>;

/// Returns what a path finds.
pub(super) fn find<T: Tree>(step: &Step, root: T) -> Outcome<Vec<T>> {
    let mut visits = 0;
    let found = follow(step, Datum { value: root, parent: None }, &mut visits)?;
    found.into_iter().map(|datum| datum.map(|datum| datum.value).ok_or_else(no_parent)).collect()
}

/// Returns the error of asking the parent of the root for its value.
fn no_parent() -> Raise {
    Raise::no_attribute("NoneType", "value")
}

/// Returns what stands for the parent of the root.
fn nothing<T: Tree>() -> Datum<T> {
    Datum { value: T::null(), parent: None }
}

fn follow<T: Tree>(step: &Step, datum: Datum<T>, visits: &mut usize) -> Outcome<Found<T>> {
    visit(visits, 1)?;
    match step {
        Step::Root => Ok(vec![Some(root_of(datum))]),
        Step::This => Ok(vec![Some(datum)]),
        Step::Parent => Ok(vec![datum.parent.map(Rc::unwrap_or_clone)]),
        Step::Child(left, right) => {
            let mut found = Vec::new();
            for left in follow(left, datum, visits)? {
                found.extend(follow(right, left.unwrap_or_else(nothing), visits)?);
            }
            Ok(found)
        }
        Step::Descendants(left, right) => {
            let mut found = Vec::new();
            for left in follow(left, datum, visits)? {
                // Python looks at the right side before it stumbles over the missing parent.
                let Some(left) = left else {
                    follow(right, nothing::<T>(), visits)?;
                    return Err(no_parent());
                };
                descend(right, &Rc::new(left), &mut found, (0, &mut *visits))?;
            }
            Ok(found)
        }
        Step::Where(left, right) => {
            let mut found = Vec::new();
            for left in follow(left, datum, visits)? {
                let seen = left.clone().unwrap_or_else(nothing);
                if !follow(right, seen, visits)?.is_empty() {
                    found.push(left);
                }
            }
            Ok(found)
        }
        Step::Union(left, right) => {
            let mut found = follow(left, datum.clone(), visits)?;
            found.extend(follow(right, datum, visits)?);
            Ok(found)
        }
        Step::Intersect(..) => Err(Raise::new(Class::NotImplemented, "")),
        Step::Fields(names) => fields(names, datum, visits),
        Step::Index(index) => item(*index, datum),
        Step::Slice(start, end) => slice((*start, *end), datum, visits),
    }
}

fn visit(visits: &mut usize, count: usize) -> Outcome<()> {
    budget::step(count)?;
    *visits += count;
    if *visits > VISITS_MAX { Err(limit()) } else { Ok(()) }
}

fn root_of<T: Tree>(datum: Datum<T>) -> Datum<T> {
    let mut top = datum;
    while let Some(parent) = top.parent {
        top = Rc::unwrap_or_clone(parent);
    }
    top
}

fn descend<T: Tree>(
    right: &Step,
    datum: &Rc<Datum<T>>,
    found: &mut Found<T>,
    (depth, visits): (usize, &mut usize),
) -> Outcome<()> {
    if depth > DEPTH_MAX {
        return Err(limit());
    }
    found.extend(follow(right, (**datum).clone(), visits)?);
    for value in datum.value.children()? {
        let part = Rc::new(Datum { value, parent: Some(Rc::clone(datum)) });
        descend(right, &part, found, (depth + 1, &mut *visits))?;
    }
    Ok(())
}

fn fields<T: Tree>(names: &[String], datum: Datum<T>, visits: &mut usize) -> Outcome<Found<T>> {
    let mut values = Vec::new();
    if names.iter().any(|name| name == "*") {
        values = datum.value.values()?;
        visit(visits, values.len())?;
    } else {
        for name in names {
            values.extend(datum.value.field(name)?);
        }
    }
    below(datum, values)
}

fn below<T: Tree>(datum: Datum<T>, values: Vec<T>) -> Outcome<Found<T>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    budget::build(values.len() * size_of::<Datum<T>>())?;
    let parent = Rc::new(datum);
    let inside = |value| Some(Datum { value, parent: Some(Rc::clone(&parent)) });
    Ok(values.into_iter().map(inside).collect())
}

fn item<T: Tree>(index: i64, datum: Datum<T>) -> Outcome<Found<T>> {
    let length = datum.value.length()?;
    if i64::try_from(length).is_ok_and(|length| length <= index) {
        return Ok(Vec::new());
    }
    let item = datum.value.item(index)?;
    below(datum, item.into_iter().collect())
}

fn slice<T: Tree>(
    (start, end): (Option<i64>, Option<i64>),
    datum: Datum<T>,
    visits: &mut usize,
) -> Outcome<Found<T>> {
    let Datum { value, parent } = datum;
    let value = if value.is_sliced_as_one() { value.into_list() } else { value };
    let length = value.length()?;
    let clamp = |bound: i64| {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let bound = if bound < 0 { bound.saturating_add(length).max(0) } else { bound };
        bound.min(length)
    };
    let whole = i64::try_from(length).unwrap_or(i64::MAX);
    let (start, end) = (start.map_or(0, clamp), end.map_or(whole, clamp));
    let mut values = Vec::new();
    for index in start..end {
        values.extend(value.item(index)?);
    }
    visit(visits, values.len())?;
    below(Datum { value, parent }, values)
}
