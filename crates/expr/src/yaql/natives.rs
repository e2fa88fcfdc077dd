//! YAQL's own kinds of values: scopes, rules, compiled patterns, sets.

use std::any::Any;
use std::rc::Rc;

use indexmap::IndexMap;
use python::object::{Key, Native, Object, View};
use python::raise::Outcome;
use python::re::{DOTALL, IGNORECASE, MULTILINE};
use python::text;

use super::scope::Scope;

/// A scope as a value: what `let` gives.
pub(crate) struct ScopeObject(pub(crate) Rc<Scope>);

/// A pair that `key => value` stands for.
pub(crate) struct RuleObject {
    pub(crate) source: Object,
    pub(crate) destination: Object,
}

/// A compiled pattern.
pub(crate) struct RegexObject {
    pub(crate) source: String,
    pub(crate) flags: u8,
}

/// A set: one that never changes, or a plain one as an evaluation gives it.
pub(crate) struct Set {
    pub(crate) items: IndexMap<Key, Object>,
    pub(crate) plain: bool,
}

impl Native for ScopeObject {
    fn type_name(&self) -> &'static str {
        "Context"
    }

    fn repr(&self) -> String {
        "<yaql.language.contexts.Context object at 0x7f0000000000>".to_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Native for RuleObject {
    fn type_name(&self) -> &'static str {
        "MappingRule"
    }

    fn repr(&self) -> String {
        "<yaql.language.utils.MappingRule object at 0x7f0000000000>".to_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Native for RegexObject {
    fn type_name(&self) -> &'static str {
        "Pattern"
    }

    fn repr(&self) -> String {
        let named =
            [(IGNORECASE, "re.IGNORECASE"), (MULTILINE, "re.MULTILINE"), (DOTALL, "re.DOTALL")];
        let is_set = |(flag, _): &&(u8, &str)| self.flags & flag != 0;
        let flags: Vec<&str> = named.iter().filter(is_set).map(|(_, name)| *name).collect();
        let comma = if flags.is_empty() { "" } else { ", " };
        format!("re.compile({}{comma}{})", text::quote(&self.source), flags.join("|"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Set {
    /// Makes a set from items, of which equal ones are one.
    pub(crate) fn object(items: impl IntoIterator<Item = Object>) -> Outcome<Object> {
        let mut set = IndexMap::new();
        for item in items {
            set.entry(item.key()?).or_insert(item);
        }
        Ok(Self::of(set))
    }

    /// Makes a set from items by their keys.
    pub(crate) fn of(items: IndexMap<Key, Object>) -> Object {
        Object::Native(Rc::new(Self { items, plain: false }))
    }

    fn has_items_of(&self, other: &Object) -> Option<bool> {
        let items = other_items(other)?;
        let all =
            |keys: &IndexMap<Key, Object>| keys.keys().all(|key| self.items.contains_key(key));
        Some(items.len() == self.items.len() && all(&items))
    }
}

/// Returns the items of a set or of what looks like one.
pub(crate) fn other_items(object: &Object) -> Option<IndexMap<Key, Object>> {
    match object {
        Object::Native(native) => {
            native.as_any().downcast_ref::<Set>().map(|set| set.items.clone())
        }
        Object::View(view, map) if *view != View::Values => {
            let items = python::operators::view_items(*view, map).into_iter();
            items.map(|item| Some((item.key().ok()?, item))).collect()
        }
        _ => None,
    }
}

impl Native for Set {
    fn type_name(&self) -> &'static str {
        if self.plain { "set" } else { "frozenset" }
    }

    fn repr(&self) -> String {
        let items: Outcome<Vec<String>> = self.in_order().iter().map(text::repr).collect();
        match items.unwrap_or_default().as_slice() {
            [] => format!("{}()", self.type_name()),
            items if self.plain => format!("{{{}}}", items.join(", ")),
            items => format!("frozenset({{{}}})", items.join(", ")),
        }
    }

    fn length(&self) -> Option<usize> {
        Some(self.items.len())
    }

    fn key(&self) -> Option<Key> {
        let mut keys: Vec<Key> = self.items.keys().cloned().collect();
        keys.sort();
        Some(Key::Set(keys))
    }

    fn equals(&self, other: &Object) -> Option<bool> {
        Some(self.has_items_of(other).unwrap_or(false))
    }

    fn items(&self) -> Option<Vec<Object>> {
        Some(self.in_order())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Set {
    /// Returns the items in the order in which Python keeps small whole numbers.
    pub(crate) fn in_order(&self) -> Vec<Object> {
        let small = |key: &Key| match key {
            Key::Int(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        let numbers: Option<Vec<u32>> = self.items.keys().map(small).collect();
        let mut pairs: Vec<(usize, &Object)> = self.items.values().map(|item| (0, item)).collect();
        if let Some(numbers) = numbers {
            for ((place, _), number) in pairs.iter_mut().zip(table(&numbers)) {
                *place = number;
            }
            pairs.sort_by_key(|(place, _)| *place);
        }
        pairs.into_iter().map(|(_, item)| item.clone()).collect()
    }
}

/// Returns where each number stands in the hash table that Python builds by adding them in turn.
fn table(numbers: &[u32]) -> Vec<usize> {
    let mut slots: Vec<Option<u32>> = vec![None; 8];
    for (count, number) in numbers.iter().enumerate() {
        insert(&mut slots, *number);
        if (count + 1) * 5 >= (slots.len() - 1) * 3 {
            let factor = if count + 1 > 50_000 { 2 } else { 4 };
            let mut size = 8;
            while size <= (count + 1) * factor {
                size *= 2;
            }
            let old = std::mem::replace(&mut slots, vec![None; size]);
            for number in old.into_iter().flatten() {
                insert(&mut slots, number);
            }
        }
    }
    let place = |number: &u32| slots.iter().position(|slot| *slot == Some(*number)).unwrap_or(0);
    if numbers.len() > 1000 {
        (0..numbers.len()).collect()
    } else {
        numbers.iter().map(place).collect()
    }
}

fn insert(slots: &mut [Option<u32>], number: u32) {
    let mask = slots.len() - 1;
    let mut perturb = number as usize;
    let mut at = number as usize & mask;
    loop {
        let probes = if at + 9 <= mask { 9 } else { 0 };
        if let Some(free) = slots[at..=at + probes].iter_mut().find(|slot| slot.is_none()) {
            *free = Some(number);
            return;
        }
        perturb >>= 5;
        at = (at * 5 + 1 + perturb) & mask;
    }
}
