//! The variables that tasks see: what each transition published, and in which order.
//!
//! A published value is kept once, and shared by all that see it. A list of contexts is a chain of
//! references, so that a task costs the same however many stand before it: a chain that grows long,
//! and the list of a join, are written out without the contexts that no longer count.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use expr::variables::Variables;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// A mapping of names to values.
pub(crate) type Object = Map<String, Value>;

/// Names and values that were set together.
pub(crate) type Published = Vec<(Arc<str>, Arc<Value>)>;

/// A list of contexts, by its index among all.
pub(crate) type List = usize;

/// The list of the initial context alone.
pub(crate) const ROOT: List = 0;

/// How many lists are kept merged.
const MERGED_MAX: usize = 256;

/// How many contexts stand after one another before they are written out.
const CHAIN_MAX: u32 = 64;

/// How many names within values are looked at to tell whether one hides another.
const LOOKS_MAX: usize = 1_000;

/// How deeply objects are merged.
const DEPTH_MAX: usize = 200;

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
    published: Vec<Published>,
    links: Vec<Link>,
    /// How many contexts follow one another at the end of each list.
    depths: Vec<u32>,
    merged: RefCell<HashMap<List, Variables>>,
}

impl Contexts {
    /// Begins with the initial context.
    pub(crate) fn begin(&mut self, initial: Published) {
        self.published.push(initial);
        self.push(Link::Root);
    }

    fn push(&mut self, link: Link) -> List {
        let depth = match link {
            Link::Then(before, _) => self.depths.get(before).map_or(0, |depth| depth + 1),
            Link::Root | Link::All(_) => 0,
        };
        self.links.push(link);
        self.depths.push(depth);
        self.links.len() - 1
    }

    pub(crate) fn published(&self, index: usize) -> Option<&Published> {
        self.published.get(index)
    }

    pub(crate) fn link(&self, list: List) -> Option<&Link> {
        self.links.get(list)
    }

    /// Returns how many lists there are.
    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Puts back what was recorded.
    pub(crate) fn restore(published: Vec<Published>, links: Vec<Link>) -> Self {
        let mut contexts = Self { published, ..Self::default() };
        for link in links {
            contexts.push(link);
        }
        contexts
    }

    /// Adds what was published after a list, and returns the list that ends with it.
    pub(crate) fn publish(&mut self, list: List, values: Published) -> List {
        self.published.push(values);
        let list = self.push(Link::Then(list, self.published.len() - 1));
        if self.depths.get(list).is_none_or(|depth| *depth < CHAIN_MAX) {
            return list;
        }
        let all = self.that_count(self.expand(list));
        self.push(Link::All(all))
    }

    /// Returns the list of some lists one after the other, each but the first without the initial
    /// context.
    ///
    /// Of a context that stands in several only the last counts: the same values again change
    /// nothing.
    pub(crate) fn join(&mut self, first: List, others: &[List]) -> List {
        let mut all = self.expand(first);
        for other in others {
            all.extend(self.expand(*other).into_iter().filter(|index| *index != 0));
        }
        let mut known = HashSet::new();
        all.reverse();
        all.retain(|index| known.insert(*index));
        all.reverse();
        let all = self.that_count(all);
        if self.links.get(first) == Some(&Link::Root) && all == [0] {
            return first;
        }
        self.push(Link::All(all))
    }

    /// Leaves out the contexts all of whose values others hide; the initial one stays.
    fn that_count(&self, mut all: Vec<usize>) -> Vec<usize> {
        let mut later: HashMap<&str, Vec<&Value>> = HashMap::new();
        all.reverse();
        all.retain(|index| {
            let Some(values) = self.published.get(*index) else { return false };
            let mut looks = LOOKS_MAX;
            let mut is_hidden = |(name, value): &(Arc<str>, Arc<Value>)| {
                later.get(&**name).is_some_and(|later| hide(later, value, &mut looks))
            };
            if *index != 0 && values.iter().all(&mut is_hidden) {
                return false;
            }
            for (name, value) in values {
                later.entry(&**name).or_default().push(&**value);
            }
            true
        });
        all.reverse();
        all
    }

    /// Returns the places of a list's contexts, in order.
    pub(crate) fn expand(&self, list: List) -> Vec<usize> {
        let mut tail = Vec::new();
        let mut at = list;
        let mut all = loop {
            match self.links.get(at) {
                // What follows from itself is no list that this room made.
                Some(Link::Then(before, index)) if *before < at => {
                    tail.push(*index);
                    at = *before;
                }
                Some(Link::All(all)) => break all.clone(),
                Some(Link::Root | Link::Then(..)) | None => break vec![0],
            }
        };
        all.extend(tail.into_iter().rev());
        all
    }

    /// Returns what a list comes to.
    pub(crate) fn merged(&self, list: List) -> Variables {
        let mut pending = Vec::new();
        let mut at = list;
        let mut merged = self.merged.borrow_mut();
        let mut variables = loop {
            if let Some(known) = merged.get(&at) {
                break known.clone();
            }
            match self.links.get(at) {
                Some(Link::Then(before, index)) if *before < at => {
                    pending.push(*index);
                    at = *before;
                }
                Some(Link::All(all)) => break self.sum(all).into_variables(),
                Some(Link::Root | Link::Then(..)) | None => {
                    break self.sum(&[0]).into_variables();
                }
            }
        };
        if let [index] = pending.as_slice() {
            let over = self.published.get(*index).into_iter().flatten();
            let over: Published =
                over.map(|(name, value)| over_old(&variables, name, value)).collect();
            variables = variables.with(over);
        } else if !pending.is_empty() {
            let mut sum = Sum::from(&variables);
            for index in pending.into_iter().rev() {
                sum.add(self.published.get(index).into_iter().flatten());
            }
            variables = sum.into_variables();
        }
        if merged.len() >= MERGED_MAX {
            merged.clear();
        }
        merged.insert(list, variables.clone());
        variables
    }

    /// Returns what some contexts come to, in their order.
    pub(crate) fn sum(&self, indexes: &[usize]) -> Sum {
        let mut sum = Sum::default();
        for index in indexes {
            sum.add(self.published.get(*index).into_iter().flatten());
        }
        sum
    }
}

/// Returns a name and the value that it has when `value` comes over what it was.
fn over_old(old: &Variables, name: &Arc<str>, value: &Arc<Value>) -> (Arc<str>, Arc<Value>) {
    let mut merged = old.get_shared(name).map_or_else(|| Arc::clone(value), Arc::clone);
    put_over(&mut merged, value);
    (Arc::clone(name), merged)
}

/// Contexts put over one another.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    values: IndexMap<Arc<str>, Arc<Value>>,
}

impl Sum {
    pub(crate) fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a (Arc<str>, Arc<Value>)>) {
        for (name, value) in values {
            self.put(name, value);
        }
    }

    fn put(&mut self, name: &Arc<str>, value: &Arc<Value>) {
        match self.values.get_mut(name) {
            Some(old) => put_over(old, value),
            None => {
                self.values.insert(Arc::clone(name), Arc::clone(value));
            }
        }
    }

    /// Puts another sum over this one.
    pub(crate) fn put_all(&mut self, over: &Self) {
        for (name, value) in &over.values {
            self.put(name, value);
        }
    }

    /// Returns the names and values.
    pub(crate) fn published(&self) -> Published {
        let shared =
            |(name, value): (&Arc<str>, &Arc<Value>)| (Arc::clone(name), Arc::clone(value));
        self.values.iter().map(shared).collect()
    }

    pub(crate) fn to_variables(&self) -> Variables {
        self.published().into_iter().collect()
    }

    pub(crate) fn into_variables(self) -> Variables {
        self.values.into_iter().collect()
    }
}

impl From<Published> for Sum {
    fn from(values: Published) -> Self {
        Self { values: values.into_iter().collect() }
    }
}

impl From<&Variables> for Sum {
    fn from(variables: &Variables) -> Self {
        let shared = |(name, value): (&str, &Arc<Value>)| (Arc::from(name), Arc::clone(value));
        Self { values: variables.entries().into_iter().map(shared).collect() }
    }
}

/// Puts a value over another: objects are merged, anything else takes the other's place.
fn put_over(old: &mut Arc<Value>, value: &Arc<Value>) {
    if Arc::ptr_eq(old, value) {
        return;
    }
    if let Value::Object(over) = &**value
        && old.is_object()
        && let Value::Object(into) = Arc::make_mut(old)
    {
        merge(into, over, DEPTH_MAX);
    } else {
        *old = Arc::clone(value);
    }
}

/// Puts values over others; mappings in both are merged.
fn merge(into: &mut Object, from: &Object, depth: usize) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (Some(Value::Object(into)), Value::Object(value)) if depth > 0 => {
                merge(into, value, depth - 1);
            }
            (Some(into), value) => into.clone_from(value),
            (None, value) => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Returns whether nothing is left of a value when others come over it, as far as a few looks
/// tell.
fn hide(later: &[&Value], value: &Value, looks: &mut usize) -> bool {
    if later.len() >= *looks {
        *looks = 0;
        return false;
    }
    *looks -= later.len();
    if later.iter().any(|later| !later.is_object()) {
        return true;
    }
    // What an object comes over makes a difference to what it came over.
    let Value::Object(value) = value else { return false };
    let is_hidden = |(name, value): (&String, &Value)| {
        let later: Vec<&Value> = later.iter().filter_map(|later| later.get(name)).collect();
        hide(&later, value, looks)
    };
    !later.is_empty() && value.iter().all(is_hidden)
}

/// Shares the values of an object.
pub(crate) fn shared(object: Object) -> Published {
    object.into_iter().map(|(name, value)| (Arc::from(name), Arc::new(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn published(value: Value) -> Published {
        shared(value.as_object().unwrap().clone())
    }

    fn value(contexts: &Contexts, list: List) -> Value {
        Value::Object(contexts.merged(list).to_object())
    }

    fn begun(initial: Value) -> Contexts {
        let mut contexts = Contexts::default();
        contexts.begin(published(initial));
        contexts
    }

    #[test]
    fn what_is_published_later_comes_over_what_was_before() {
        let mut contexts = begun(json!({"a": 1, "d": {"x": 1}}));
        let one = contexts.publish(ROOT, published(json!({"a": 2, "d": {"y": 2}})));
        let two = contexts.publish(one, published(json!({"d": 5})));
        let three = contexts.publish(two, published(json!({"d": {"z": 3}})));
        assert_eq!(value(&contexts, ROOT), json!({"a": 1, "d": {"x": 1}}));
        assert_eq!(value(&contexts, one), json!({"a": 2, "d": {"x": 1, "y": 2}}));
        assert_eq!(value(&contexts, three), json!({"a": 2, "d": {"z": 3}}));
    }

    #[test]
    fn a_join_counts_what_came_last_and_brings_back_what_both_had() {
        let mut contexts = begun(json!({"a": 0}));
        let stem = contexts.publish(ROOT, published(json!({"a": 1})));
        let left = contexts.publish(stem, published(json!({"a": 2, "l": 1})));
        let right = contexts.publish(stem, published(json!({"r": 1})));
        let joined = contexts.join(left, &[right]);
        assert_eq!(value(&contexts, joined), json!({"a": 1, "l": 1, "r": 1}));
        assert_eq!(contexts.expand(joined), [0, 2, 1, 3]);
    }

    #[test]
    fn a_join_forgets_what_is_hidden_and_keeps_what_is_not() {
        let mut contexts = begun(json!({}));
        let mut list = ROOT;
        for turn in 0..3 {
            list = contexts.publish(list, published(json!({"n": turn, "d": {"k": turn}})));
        }
        let odd = contexts.publish(list, published(json!({"d": {"k": {"deep": 1}}})));
        let joined = contexts.join(odd, &[list]);
        assert_eq!(contexts.expand(joined), [0, 3]);
        let joined = contexts.join(list, &[odd]);
        assert_eq!(contexts.expand(joined), [0, 3, 4]);
    }

    #[test]
    fn long_chains_and_their_joins_come_to_what_they_would_one_by_one() {
        let mut contexts = begun(json!({"d": {}}));
        let mut list = ROOT;
        let mut expected = json!({"d": {}});
        for turn in 0..500 {
            let name = format!("v{}", turn % 7);
            let values = match turn % 3 {
                0 => json!({name: turn}),
                1 => json!({name: {"k": turn}, "d": {format!("k{}", turn % 11): turn}}),
                _ => json!({name: {format!("k{}", turn % 5): {"j": turn}}}),
            };
            let (Some(into), Some(from)) = (expected.as_object_mut(), values.as_object()) else {
                panic!("objects");
            };
            merge(into, from, DEPTH_MAX);
            list = contexts.publish(list, published(values));
            assert_eq!(value(&contexts, list), expected);
        }
        let joined = contexts.join(list, &[list, ROOT]);
        assert_eq!(value(&contexts, joined), expected);
        assert!(contexts.expand(list).len() < 140);
        let restored = Contexts::restore(contexts.published.clone(), contexts.links.clone());
        assert_eq!(value(&restored, list), expected);
        assert_eq!(restored.depths, contexts.depths);
    }

    #[test]
    fn values_are_shared() {
        let mut contexts = begun(json!({"big": {"x": [1, 2, 3]}}));
        let mut list = ROOT;
        for turn in 0..200 {
            list = contexts.publish(list, published(json!({"n": turn})));
        }
        let (first, last) = (contexts.merged(ROOT), contexts.merged(list));
        let (first, last) = (first.get_shared("big").unwrap(), last.get_shared("big").unwrap());
        assert!(Arc::ptr_eq(first, last));
    }
}
