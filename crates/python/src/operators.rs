//! Truth, equality, order, membership, length and iteration of values.

use std::cmp::Ordering;
use std::rc::Rc;

use super::budget;
use super::object::{Map, Object, View};
use super::raise::{Class, Outcome, Raise, type_error};

/// Returns whether a value counts as true.
pub fn truth(object: &Object) -> Outcome<bool> {
    Ok(match object {
        Object::None => false,
        Object::Bool(flag) => *flag,
        Object::Int(number) => *number != 0,
        Object::Float(number) => *number != 0.0,
        Object::Str(text) | Object::Markup(text) => !text.is_empty(),
        Object::Bytes(bytes) => !bytes.is_empty(),
        Object::List(seq) | Object::Tuple(seq) => !seq.items.borrow().is_empty(),
        Object::Dict(map) | Object::View(_, map) => !map.entries.borrow().is_empty(),
        Object::Range(range) => !range.is_empty(),
        Object::Iter(_) | Object::Method(_) => true,
        Object::Undefined(undefined) if undefined.strict => return Err(undefined.error()),
        Object::Undefined(_) => false,
        Object::Native(native) => native.truth(),
    })
}

/// Returns whether two values are equal.
pub fn equal(a: &Object, b: &Object) -> Outcome<bool> {
    equal_within(a, b, 0)
}

fn equal_within(a: &Object, b: &Object, depth: usize) -> Outcome<bool> {
    budget::step(1)?;
    if let (Object::Undefined(undefined), _) | (_, Object::Undefined(undefined)) = (a, b) {
        if undefined.strict {
            return Err(undefined.error());
        }
        return Ok(a.is_undefined() && b.is_undefined());
    }
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (a.as_float(), b.as_float()) {
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(a == b);
    }
    super::guard(depth)?;
    match (a, b) {
        (Object::None, Object::None) => Ok(true),
        (Object::Bytes(a), Object::Bytes(b)) => Ok(a == b),
        (Object::List(x), Object::List(y)) | (Object::Tuple(x), Object::Tuple(y)) => {
            if Rc::ptr_eq(x, y) {
                return Ok(true);
            }
            all_equal(&x.items.borrow(), &y.items.borrow(), depth)
        }
        (Object::Dict(x), Object::Dict(y)) => equal_maps(x, y, depth),
        (Object::View(p, x), Object::View(q, y)) if p == q && *p != View::Values => {
            if *p == View::Items {
                return equal_maps(x, y, depth);
            }
            let (x, y) = (x.entries.borrow(), y.entries.borrow());
            Ok(x.len() == y.len() && x.keys().all(|key| y.contains_key(key)))
        }
        (Object::Range(a), Object::Range(b)) => Ok(a.len() == b.len()
            && (a.is_empty() || (a.start == b.start && (a.len() == 1 || a.step == b.step)))),
        (Object::Native(native), other) | (other, Object::Native(native)) => {
            Ok(native.equals(other).unwrap_or_else(|| a.is(b)))
        }
        _ => Ok(a.is(b)),
    }
}

fn all_equal(a: &[Object], b: &[Object], depth: usize) -> Outcome<bool> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !a.is(b) && !equal_within(a, b, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(a: &Rc<Map>, b: &Rc<Map>, depth: usize) -> Outcome<bool> {
    if Rc::ptr_eq(a, b) {
        return Ok(true);
    }
    let (a, b) = (a.entries.borrow(), b.entries.borrow());
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, (_, value)) in a.iter() {
        let Some((_, other)) = b.get(key) else { return Ok(false) };
        if !value.is(other) && !equal_within(value, other, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// An ordering comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
}

impl Order {
    fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Less => ordering == Some(Ordering::Less),
            Self::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::GreaterEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// Compares two values by an order.
pub fn compare(a: &Object, b: &Object, order: Order) -> Outcome<bool> {
    compare_within(a, b, order, 0)
}

fn compare_within(a: &Object, b: &Object, order: Order, depth: usize) -> Outcome<bool> {
    budget::step(1)?;
    if let (Object::Undefined(undefined), _) | (_, Object::Undefined(undefined)) = (a, b) {
        return Err(undefined.error());
    }
    if let (Some(a), Some(b)) = (a.as_int(), b.as_int()) {
        return Ok(order.holds(Some(a.cmp(&b))));
    }
    if let (Some(a), Some(b)) = (a.as_float(), b.as_float()) {
        return Ok(order.holds(a.partial_cmp(&b)));
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return Ok(order.holds(Some(a.cmp(b))));
    }
    super::guard(depth)?;
    match (a, b) {
        (Object::Bytes(a), Object::Bytes(b)) => Ok(order.holds(Some(a.cmp(b)))),
        (Object::List(x), Object::List(y)) | (Object::Tuple(x), Object::Tuple(y)) => {
            let (x, y) = (x.items.borrow(), y.items.borrow());
            for (a, b) in x.iter().zip(y.iter()) {
                if !a.is(b) && !equal_within(a, b, depth + 1)? {
                    return compare_within(a, b, order, depth + 1);
                }
            }
            Ok(order.holds(Some(x.len().cmp(&y.len()))))
        }
        _ => type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            order.sign(),
            a.type_name(),
            b.type_name()
        )),
    }
}

/// Sorts stably by keys, asking `<` only, as Python does.
pub fn sort_by_keys(mut pairs: Vec<(Object, Object)>, reverse: bool) -> Outcome<Vec<Object>> {
    if reverse {
        pairs.reverse();
    }
    let mut width = 1;
    while width < pairs.len() {
        let mut merged = Vec::with_capacity(pairs.len());
        let mut rest = pairs.into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<_> = rest.by_ref().take(width).collect();
            let right: Vec<_> = rest.by_ref().take(width).collect();
            merge(left, right, &mut merged)?;
        }
        pairs = merged;
        width *= 2;
    }
    if reverse {
        pairs.reverse();
    }
    Ok(pairs.into_iter().map(|(_, value)| value).collect())
}

type Keyed = (Object, Object);

fn merge(left: Vec<Keyed>, right: Vec<Keyed>, out: &mut Vec<Keyed>) -> Outcome<()> {
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if compare(&b.0, &a.0, Order::Less)? { right.next() } else { left.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    Ok(())
}

/// Returns whether `item in container` holds.
pub fn contains(container: &Object, item: &Object) -> Outcome<bool> {
    match container {
        Object::Str(text) | Object::Markup(text) => match item {
            Object::Str(part) | Object::Markup(part) => Ok(text.contains(&**part)),
            Object::Undefined(undefined) if undefined.strict => Err(undefined.error()),
            other => type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                other.type_name()
            )),
        },
        Object::Dict(map) | Object::View(View::Keys, map) => {
            let key = item.key()?;
            Ok(map.entries.borrow().contains_key(&key))
        }
        Object::Range(_) if matches!(item, Object::Undefined(undefined) if undefined.strict) => {
            equal(item, &Object::None)
        }
        Object::Range(range) => match item.as_int() {
            Some(number) => Ok(!range.is_empty()
                && (number - range.start) % range.step == 0
                && (range.start.min(range.at(range.len() - 1))
                    ..=range.start.max(range.at(range.len() - 1)))
                    .contains(&number)),
            None => Ok(false),
        },
        Object::Bytes(bytes) => match item {
            Object::Bytes(part) => {
                Ok(part.is_empty() || bytes.windows(part.len()).any(|window| window == &**part))
            }
            other => Ok(other.as_int().is_some_and(|number| {
                u8::try_from(number).is_ok_and(|byte| bytes.contains(&byte))
            })),
        },
        Object::Undefined(undefined) if undefined.strict => Err(undefined.error()),
        Object::Undefined(_) => Ok(false),
        Object::List(_)
        | Object::Tuple(_)
        | Object::View(..)
        | Object::Iter(_)
        | Object::Native(_)
            if is_iterable(container) =>
        {
            for other in iterate(container)? {
                if other.is(item) || equal(&other, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        other => type_error(format!("argument of type '{}' is not iterable", other.type_name())),
    }
}

/// Returns the number of items of a value.
pub fn length(object: &Object) -> Outcome<usize> {
    Ok(match object {
        Object::Str(text) | Object::Markup(text) => text.chars().count(),
        Object::Bytes(bytes) => bytes.len(),
        Object::List(seq) | Object::Tuple(seq) => seq.items.borrow().len(),
        Object::Dict(map) | Object::View(_, map) => map.entries.borrow().len(),
        Object::Range(range) => range.len(),
        Object::Undefined(undefined) if undefined.strict => return Err(undefined.error()),
        Object::Undefined(_) => 0,
        Object::Native(native) => match native.length() {
            Some(length) => length,
            None => return no_length(object),
        },
        other => return no_length(other),
    })
}

fn no_length(object: &Object) -> Outcome<usize> {
    type_error(format!("object of type '{}' has no len()", object.type_name()))
}

/// Returns the items of a value, in order; an iterator is used up.
pub fn iterate(object: &Object) -> Outcome<Vec<Object>> {
    let items = match object {
        Object::Str(text) | Object::Markup(text) => {
            let mut buffer = [0; 4];
            text.chars().map(|c| Object::str(c.encode_utf8(&mut buffer))).collect()
        }
        Object::Bytes(bytes) => bytes.iter().map(|byte| Object::Int(i128::from(*byte))).collect(),
        Object::List(seq) | Object::Tuple(seq) => seq.items.borrow().clone(),
        Object::Dict(map) => view_items(View::Keys, map),
        Object::View(view, map) => view_items(*view, map),
        Object::Range(range) => {
            budget::step(range.len())?;
            (0..range.len()).map(|index| Object::Int(range.at(index))).collect()
        }
        Object::Iter(iter) => iter.rest.borrow_mut().drain(..).collect(),
        Object::Undefined(undefined) if undefined.strict => return Err(undefined.error()),
        Object::Undefined(_) => Vec::new(),
        Object::None | Object::Bool(_) | Object::Int(_) | Object::Float(_) => {
            return not_iterable(object);
        }
        Object::Native(native) => match native.items() {
            Some(items) => items,
            None => return not_iterable(object),
        },
        Object::Method(_) => return not_iterable(object),
    };
    budget::step(items.len() / 8)?;
    budget::build(items.len().saturating_mul(32))?;
    Ok(items)
}

fn not_iterable(object: &Object) -> Outcome<Vec<Object>> {
    type_error(format!("'{}' object is not iterable", object.type_name()))
}

/// Returns whether a value can be iterated over.
#[must_use]
pub fn is_iterable(object: &Object) -> bool {
    match object {
        Object::None | Object::Bool(_) | Object::Int(_) | Object::Float(_) | Object::Method(_) => {
            false
        }
        Object::Native(native) => native.items().is_some(),
        _ => true,
    }
}

/// Returns what a view of a dictionary shows.
#[must_use]
pub fn view_items(view: View, map: &Map) -> Vec<Object> {
    let entries = map.entries.borrow();
    let pairs = entries.values();
    match view {
        View::Keys => pairs.map(|(key, _)| key.clone()).collect(),
        View::Values => pairs.map(|(_, value)| value.clone()).collect(),
        View::Items => {
            pairs.map(|(key, value)| Object::tuple(vec![key.clone(), value.clone()])).collect()
        }
    }
}

/// Returns `object[key]`; none when there is no such item or the object has no items.
pub fn subscript(object: &Object, key: &Object) -> Outcome<Option<Object>> {
    match object {
        Object::Dict(map) => {
            let Ok(key) = key.key() else { return Ok(None) };
            Ok(map.entries.borrow().get(&key).map(|(_, value)| value.clone()))
        }
        Object::Undefined(undefined) => Err(undefined.error()),
        Object::Native(native) => Ok(native.item(key)),
        _ => {
            let Some(index) = key.as_int() else { return Ok(None) };
            Ok(at_index(object, index))
        }
    }
}

fn at_index(object: &Object, index: i128) -> Option<Object> {
    let real = |length: usize| {
        let length = i128::try_from(length).ok()?;
        let index = if index < 0 { index + length } else { index };
        usize::try_from(index).ok()
    };
    match object {
        Object::Str(text) | Object::Markup(text) => {
            let index = if index < 0 { real(text.chars().count())? } else { real(0)? };
            text.chars().nth(index).map(|c| like(object, c.to_string()))
        }
        Object::Bytes(bytes) => {
            bytes.get(real(bytes.len())?).map(|byte| Object::Int(i128::from(*byte)))
        }
        Object::List(seq) | Object::Tuple(seq) => {
            let items = seq.items.borrow();
            items.get(real(items.len())?).cloned()
        }
        Object::Range(range) => {
            let index = real(range.len())?;
            (index < range.len()).then(|| Object::Int(range.at(index)))
        }
        _ => None,
    }
}

/// Makes a string of the same kind as `model`: safe HTML stays safe.
#[must_use]
pub fn like(model: &Object, text: String) -> Object {
    match model {
        Object::Markup(_) => Object::Markup(text.into()),
        _ => Object::from(text),
    }
}

/// Returns `object[start:stop:step]`.
pub fn slice(object: &Object, bounds: [&Object; 3]) -> Outcome<Object> {
    if let Object::Undefined(undefined) = object {
        return Err(undefined.error());
    }
    match object {
        Object::Str(text) | Object::Markup(text) => {
            let chars: Vec<char> = text.chars().collect();
            let picked = picked(chars.len(), bounds)?;
            Ok(like(object, picked.into_iter().map(|index| chars[index]).collect()))
        }
        Object::Bytes(bytes) => {
            let picked = picked(bytes.len(), bounds)?;
            Ok(Object::Bytes(picked.into_iter().map(|index| bytes[index]).collect()))
        }
        Object::List(seq) | Object::Tuple(seq) => {
            let items = seq.items.borrow();
            let picked = picked(items.len(), bounds)?;
            budget::build(picked.len().saturating_mul(32))?;
            let items = picked.into_iter().map(|index| items[index].clone()).collect();
            Ok(if matches!(object, Object::List(_)) {
                Object::list(items)
            } else {
                Object::tuple(items)
            })
        }
        Object::Range(range) => {
            let (start, step, count) = resolve(range.len(), bounds)?;
            let first = range.start.saturating_add(range.step.saturating_mul(start));
            let step = range.step.saturating_mul(step);
            let stop = first.saturating_add(step.saturating_mul(count));
            Ok(Object::Range(Rc::new(super::object::Range { start: first, stop, step })))
        }
        Object::Dict(_) => type_error("unhashable type: 'slice'"),
        other => type_error(format!("'{}' object is not subscriptable", other.type_name())),
    }
}

fn picked(length: usize, bounds: [&Object; 3]) -> Outcome<Vec<usize>> {
    let (start, step, count) = resolve(length, bounds)?;
    budget::step(usize::try_from(count).unwrap_or(usize::MAX) / 8)?;
    Ok((0..count).filter_map(|turn| usize::try_from(start + step * turn).ok()).collect())
}

/// Resolves the bounds of a slice to where it starts, its step and its length.
fn resolve(length: usize, bounds: [&Object; 3]) -> Outcome<(i128, i128, i128)> {
    let length = i128::try_from(length).unwrap_or(i128::MAX);
    let step = bound(bounds[2])?.unwrap_or(1);
    if step == 0 {
        return Err(Raise::new(Class::Value, "slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |given: Option<i128>, otherwise: i128| {
        given.map_or(otherwise, |index| {
            let index = if index < 0 { index.saturating_add(length) } else { index };
            index.clamp(low, high)
        })
    };
    let start = clamp(bound(bounds[0])?, if step > 0 { low } else { high });
    let stop = clamp(bound(bounds[1])?, if step > 0 { high } else { low });
    let distance = if step > 0 { stop - start } else { start - stop };
    let size = step.saturating_abs();
    let count = if distance > 0 { (distance - 1) / size + 1 } else { 0 };
    Ok((start, step, count))
}

fn bound(object: &Object) -> Outcome<Option<i128>> {
    match object {
        Object::None => Ok(None),
        Object::Undefined(undefined) => Err(undefined.error()),
        other => other.as_int().map(Some).ok_or_else(|| {
            let message = "slice indices must be integers or None or have an __index__ method";
            Raise::new(Class::Type, message)
        }),
    }
}
