//! The variables that tasks see: what each transition published, and in which order it counts.
//!
//! A published value is kept once. A list of contexts is a chain of references, so that a task
//! costs the same however many stand before it; what a list comes to is kept while it is used.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

/// A mapping of names to values.
pub(crate) type Object = Map<String, Value>;

/// A list of contexts, by its place among all.
pub(crate) type List = usize;

/// The list of the initial context alone.
pub(crate) const ROOT: List = 0;

/// How many lists are kept merged.
const MERGED_MAX: usize = 64;

/// How one list follows from others.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Link {
    /// The initial context.
    Root,
    /// A list, then one more context.
    Then(List, usize),
    /// All contexts one by one: where branches join.
    All(Vec<usize>),
}

/// What was published, and the lists of it.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    published: Vec<Arc<Object>>,
    links: Vec<Link>,
    merged: RefCell<HashMap<List, Arc<Value>>>,
}

impl Contexts {
    /// Begins with the initial context.
    pub(crate) fn begin(&mut self, initial: Object) {
        self.published.push(Arc::new(initial));
        self.links.push(Link::Root);
    }

    pub(crate) fn published(&self, index: usize) -> Option<&Arc<Object>> {
        self.published.get(index)
    }

    pub(crate) fn link(&self, list: List) -> Option<&Link> {
        self.links.get(list)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.published.is_empty()
    }

    /// Puts back what was recorded.
    pub(crate) fn restore(published: Vec<Arc<Object>>, links: Vec<Link>) -> Self {
        Self { published, links, merged: RefCell::default() }
    }

    /// Adds what was published after a list, and returns the list that ends with it.
    pub(crate) fn publish(&mut self, list: List, values: Object) -> List {
        self.published.push(Arc::new(values));
        self.links.push(Link::Then(list, self.published.len() - 1));
        self.links.len() - 1
    }

    /// Returns the list of both, the first one's contexts first.
    ///
    /// Of a context that stands in both only the last counts: the same values again change nothing.
    pub(crate) fn join(&mut self, first: List, second: List) -> List {
        let mut second = self.expand(second);
        second.retain(|index| *index != 0);
        if second.is_empty() {
            return first;
        }
        let mut all = self.expand(first);
        let again: std::collections::HashSet<usize> = second.iter().copied().collect();
        all.retain(|index| !again.contains(index));
        all.extend(second);
        self.links.push(Link::All(all));
        self.links.len() - 1
    }

    /// Returns the places of a list's contexts, in order.
    pub(crate) fn expand(&self, list: List) -> Vec<usize> {
        let mut tail = Vec::new();
        let mut at = list;
        let mut all = loop {
            match self.links.get(at) {
                Some(Link::Then(before, index)) => {
                    tail.push(*index);
                    at = *before;
                }
                Some(Link::All(all)) => break all.clone(),
                Some(Link::Root) | None => break vec![0],
            }
        };
        all.extend(tail.into_iter().rev());
        all
    }

    /// Returns what a list comes to: an object.
    pub(crate) fn merged(&self, list: List) -> Arc<Value> {
        let mut pending = Vec::new();
        let mut at = list;
        let mut value = loop {
            if let Some(known) = self.merged.borrow().get(&at) {
                break Arc::clone(known);
            }
            match self.links.get(at) {
                Some(Link::Then(before, index)) => {
                    pending.push(*index);
                    at = *before;
                }
                Some(Link::All(all)) => break Arc::new(Value::Object(self.sum(all))),
                Some(Link::Root) | None => break Arc::new(Value::Object(self.sum(&[0]))),
            }
        };
        if !pending.is_empty() {
            let mut object = match Arc::unwrap_or_clone(value) {
                Value::Object(object) => object,
                _ => Object::new(),
            };
            for index in pending.into_iter().rev() {
                if let Some(values) = self.published.get(index) {
                    merge(&mut object, values);
                }
            }
            value = Arc::new(Value::Object(object));
        }
        let mut merged = self.merged.borrow_mut();
        if merged.len() >= MERGED_MAX {
            merged.clear();
        }
        merged.insert(list, Arc::clone(&value));
        value
    }

    /// Returns what some contexts come to, in their order.
    pub(crate) fn sum(&self, indexes: &[usize]) -> Object {
        let mut object = Object::new();
        for index in indexes {
            if let Some(values) = self.published.get(*index) {
                merge(&mut object, values);
            }
        }
        object
    }
}

/// Puts values over others; mappings in both are merged.
pub(crate) fn merge(into: &mut Object, from: &Object) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (Some(Value::Object(into)), Value::Object(value)) => merge(into, value),
            (Some(into), value) => into.clone_from(value),
            (None, value) => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}
