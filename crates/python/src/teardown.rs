//! The end of values: containers in containers are dropped one after the other, so that deep
//! nesting does not use up the stack.

use std::cell::{Cell, RefCell};

use super::object::{Iter, Map, Object, Seq};

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
    static DOOMED: RefCell<Vec<Object>> = const { RefCell::new(Vec::new()) };
}

/// Drops the parts of a container.
pub fn drop_flat(parts: impl IntoIterator<Item = Object>) {
    // What is dropped on the way must find the list free.
    let parts: Vec<Object> = parts.into_iter().collect();
    DOOMED.with_borrow_mut(|doomed| doomed.extend(parts));
    if DROPPING.replace(true) {
        return;
    }
    while let Some(object) = DOOMED.with_borrow_mut(Vec::pop) {
        drop(object);
    }
    DROPPING.set(false);
}

impl Drop for Seq {
    fn drop(&mut self) {
        let items = std::mem::take(self.items.get_mut());
        if items.iter().any(nests) {
            drop_flat(items);
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let entries = std::mem::take(self.entries.get_mut());
        if entries.values().any(|(key, value)| nests(key) || nests(value)) {
            drop_flat(entries.into_values().flat_map(|(key, value)| [key, value]));
        }
    }
}

impl Drop for Iter {
    fn drop(&mut self) {
        let rest = std::mem::take(self.rest.get_mut());
        if rest.iter().any(nests) {
            drop_flat(rest);
        }
    }
}

fn nests(object: &Object) -> bool {
    matches!(
        object,
        Object::List(_)
            | Object::Tuple(_)
            | Object::Dict(_)
            | Object::Iter(_)
            | Object::View(..)
            | Object::Method(_)
            | Object::Native(_)
    )
}
