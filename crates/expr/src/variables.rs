//! Variables that many evaluations read: each value is kept once, and shared.
//!
//! A set of variables is a few layers over one another. Copying it, or putting
//! names over it, copies no value, whatever its size: a workflow keeps one set
//! and lays the names of each task over it.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// How many layers lie over one another before they are made one.
const LAYERS_MAX: usize = 4;

/// How deeply objects are merged.
const DEPTH_MAX: usize = 200;

/// Names and their values, cheap to copy and to lay others over.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    top: Option<Arc<Layer>>,
}

#[derive(Debug)]
struct Layer {
    names: IndexMap<Arc<str>, Arc<Value>>,
    below: Option<Arc<Self>>,
    /// How many layers there are, this one included.
    count: usize,
}

impl Variables {
    /// Returns the value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.get_shared(name).map(|value| &**value)
    }

    /// Returns the value of a name, to be kept on.
    #[must_use]
    pub fn get_shared(&self, name: &str) -> Option<&Arc<Value>> {
        self.layers().find_map(|layer| layer.names.get(name))
    }

    /// Returns all names; those of several layers come several times.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layers().flat_map(|layer| layer.names.keys()).map(|name| &**name)
    }

    /// Returns whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.top.is_none()
    }

    /// Returns all names and values; a name stays where it was first given.
    #[must_use]
    pub fn entries(&self) -> IndexMap<&str, &Arc<Value>> {
        let mut all = IndexMap::new();
        let layers: Vec<&Layer> = self.layers().collect();
        for layer in layers.into_iter().rev() {
            all.extend(layer.names.iter().map(|(name, value)| (&**name, value)));
        }
        all
    }

    /// Returns a copy as a JSON object.
    #[must_use]
    pub fn to_object(&self) -> Map<String, Value> {
        let copy = |(name, value): (&str, &Arc<Value>)| (name.to_owned(), (**value).clone());
        self.entries().into_iter().map(copy).collect()
    }

    /// Returns these variables with others over them, each of which replaces that of its name.
    #[must_use]
    pub fn with<N: Into<Arc<str>>>(&self, over: impl IntoIterator<Item = (N, Arc<Value>)>) -> Self {
        let over: IndexMap<Arc<str>, Arc<Value>> =
            over.into_iter().map(|(name, value)| (name.into(), value)).collect();
        if over.is_empty() {
            return self.clone();
        }
        let below = self.top.clone();
        let count = below.as_ref().map_or(0, |layer| layer.count) + 1;
        if count <= LAYERS_MAX {
            return Self { top: Some(Arc::new(Layer { names: over, below, count })) };
        }
        let shared = |(name, value): (&str, &Arc<Value>)| (Arc::from(name), Arc::clone(value));
        let mut names: IndexMap<Arc<str>, _> = self.entries().into_iter().map(shared).collect();
        names.extend(over);
        Self { top: Some(Arc::new(Layer { names, below: None, count: 1 })) }
    }

    /// Returns these variables with others merged into them, as Orquesta merges contexts: an
    /// object into an object, key by key; anything else takes the place of what it meets.
    #[must_use]
    pub fn merged(&self, over: &Self) -> Self {
        let replaced = |(name, value): (&str, &Arc<Value>)| {
            let value = match self.get_shared(name) {
                Some(old) if Arc::ptr_eq(old, value) => return None,
                Some(old) if old.is_object() && value.is_object() => {
                    let mut both = (**old).clone();
                    merge(&mut both, value, 0);
                    Arc::new(both)
                }
                _ => Arc::clone(value),
            };
            Some((Arc::<str>::from(name), value))
        };
        self.with(over.entries().into_iter().filter_map(replaced))
    }

    /// Returns the layers from the top.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::successors(self.top.as_deref(), |layer| layer.below.as_deref())
    }
}

/// Merges an object into another, key by key.
fn merge(into: &mut Value, from: &Value, depth: usize) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if depth < DEPTH_MAX => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(old) => merge(old, value, depth + 1),
                    None => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

impl From<Map<String, Value>> for Variables {
    fn from(map: Map<String, Value>) -> Self {
        map.into_iter().map(|(name, value)| (name, Arc::new(value))).collect()
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Arc<Value>)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, Arc<Value>)>>(pairs: I) -> Self {
        Self::default().with(pairs)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables(value: Value) -> Variables {
        match value {
            Value::Object(map) => Variables::from(map),
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_name_laid_over_hides_the_one_below_and_keeps_its_place() {
        let base = variables(json!({"a": 1, "b": 2}));
        let mut all = base.clone();
        for turn in 0..10 {
            all = all.with([("a", Arc::new(json!(turn))), ("c", Arc::new(json!(turn)))]);
            assert_eq!(
                json!(all.to_object()).to_string(),
                json!({"a": turn, "b": 2, "c": turn}).to_string()
            );
        }
        assert_eq!((base.get("a"), base.get("c")), (Some(&json!(1)), None));
    }

    #[test]
    fn values_are_shared_not_copied() {
        let base = variables(json!({"big": [1, 2, 3]}));
        let mut over = base.clone();
        for _ in 0..10 {
            over = over.with([("x", Arc::new(Value::Null))]).merged(&base);
        }
        let (a, b) = (base.get_shared("big").unwrap(), over.get_shared("big").unwrap());
        assert!(Arc::ptr_eq(a, b));
    }

    #[test]
    fn merging_goes_into_objects_and_replaces_all_else() {
        let base = variables(json!({"a": {"x": 1, "y": {"z": 1}}, "b": [1]}));
        let merged = base.merged(&variables(json!({"a": {"y": {"w": 2}}, "b": [2], "c": 3})));
        let expected = json!({"a": {"x": 1, "y": {"z": 1, "w": 2}}, "b": [2], "c": 3});
        assert_eq!(Value::Object(merged.to_object()), expected);
    }
}
