//! The list of errors of a workflow, each entry once.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use indexmap::IndexMap;
use serde_json::Value;

use crate::contexts::Object;

/// How many values within a result are looked at to tell it from others.
const LOOKS_MAX: usize = 1_000;

/// An entry in the list of errors.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) task: Option<String>,
    pub(crate) route: Option<usize>,
    pub(crate) transition: Option<String>,
    pub(crate) result: Option<Arc<Value>>,
    /// The execution that has the result.
    pub(crate) source: Option<Arc<str>>,
}

impl Complaint {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            task: None,
            route: None,
            transition: None,
            result: None,
            source: None,
        }
    }

    /// Returns the entry as the result of the workflow shows it.
    pub(crate) fn to_value(&self) -> Value {
        let mut entry = Object::new();
        entry.insert("type".to_owned(), "error".into());
        entry.insert("message".to_owned(), self.message.clone().into());
        if let Some(task) = &self.task {
            entry.insert("task_id".to_owned(), task.clone().into());
        }
        if let Some(route) = self.route {
            entry.insert("route".to_owned(), route.into());
        }
        if let Some(transition) = &self.transition {
            entry.insert("task_transition_id".to_owned(), transition.clone().into());
        }
        if let Some(result) = self.shown_result() {
            entry.insert("result".to_owned(), result.clone());
        }
        Value::Object(entry)
    }

    /// Returns the result, if it is shown.
    fn shown_result(&self) -> Option<&Value> {
        self.result.as_deref().filter(|result| !result.is_null())
    }

    fn same_as(&self, other: &Self) -> bool {
        self.message == other.message
            && self.task == other.task
            && self.route == other.route
            && self.transition == other.transition
            && self.shown_result() == other.shown_result()
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.message, &self.task, self.route, &self.transition).hash(&mut hasher);
        hash_value(self.shown_result().unwrap_or(&Value::Null), &mut hasher, LOOKS_MAX);
        hasher.finish()
    }
}

/// All entries, in order.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    all: IndexMap<u64, Complaint>,
    /// Entries that may be the same, by their hashes.
    same: HashMap<u64, Vec<u64>>,
    count: u64,
}

impl Complaints {
    /// Adds an entry and returns its number, unless it is known already.
    pub(crate) fn add(&mut self, complaint: Complaint) -> Option<u64> {
        let hash = complaint.hash();
        let known = self.same.get(&hash).into_iter().flatten();
        if known.filter_map(|number| self.all.get(number)).any(|it| it.same_as(&complaint)) {
            return None;
        }
        let number = self.count;
        self.put(number, complaint);
        Some(number)
    }

    /// Puts an entry back under its number.
    pub(crate) fn put(&mut self, number: u64, complaint: Complaint) {
        self.count = self.count.max(number.saturating_add(1));
        self.same.entry(complaint.hash()).or_default().push(number);
        self.all.insert(number, complaint);
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Complaint> {
        self.all.get(&number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Complaint> {
        self.all.values()
    }

    /// Removes the entries of a task, and returns their numbers.
    pub(crate) fn forget(&mut self, task: &str) -> Vec<u64> {
        let is_its = |(_, complaint): &(&u64, &Complaint)| complaint.task.as_deref() == Some(task);
        let gone: Vec<u64> = self.all.iter().filter(is_its).map(|(number, _)| *number).collect();
        if !gone.is_empty() {
            self.all.retain(|_, complaint| complaint.task.as_deref() != Some(task));
        }
        gone
    }
}

/// Hashes a value up to a number of looks; returns how many are left.
fn hash_value(value: &Value, hasher: &mut DefaultHasher, mut looks: usize) -> usize {
    if looks == 0 {
        return 0;
    }
    looks -= 1;
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(flag) => flag.hash(hasher),
        Value::Number(number) => number.to_string().hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::Array(items) => {
            for item in items {
                looks = hash_value(item, hasher, looks);
            }
        }
        Value::Object(object) => {
            // The order of the names makes no difference.
            let mut all = 0_u64;
            for (name, value) in object {
                let mut own = DefaultHasher::new();
                name.hash(&mut own);
                looks = hash_value(value, &mut own, looks);
                all = all.wrapping_add(own.finish());
            }
            all.hash(hasher);
        }
    }
    looks
}
