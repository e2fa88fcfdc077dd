//! The stage: tasks that wait to be started, and those that have items to start.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    contexts::List,
    items::Items,
    route::{Prev, TaskRoute},
};

/// A task that waits to be started, or has items to start.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) number: u64,
    pub(crate) at: TaskRoute,
    pub(crate) context: List,
    /// The transitions since, whose contexts are to be joined to its own.
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) prev: Prev,
    pub(crate) is_ready: bool,
    pub(crate) is_completed: bool,
    pub(crate) runs_on_fail: bool,
    /// How many seconds to wait before it runs again.
    pub(crate) retry_delay: Option<i64>,
    pub(crate) items: Option<Items>,
    /// The list of its items; evaluated again where it is not kept.
    pub(crate) rendered: Option<Arc<Rendered>>,
}

/// Another transition to a staged task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) edge: crate::graph::Edge,
    pub(crate) entry: usize,
    pub(crate) context: List,
}

/// The items of a task, before its action is rendered for each.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) list: Vec<Value>,
    pub(crate) concurrency: Option<i64>,
}

impl Staged {
    pub(crate) fn new(at: TaskRoute, context: List) -> Self {
        Self {
            number: 0,
            at,
            context,
            arrivals: Vec::new(),
            prev: Prev::new(),
            is_ready: false,
            is_completed: false,
            runs_on_fail: false,
            retry_delay: None,
            items: None,
            rendered: None,
        }
    }

    fn may_start(&self) -> bool {
        self.is_ready && !self.is_completed
    }
}

/// All staged tasks, in the order in which they were staged.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    all: BTreeMap<u64, Staged>,
    /// The numbers of each task. Mostly there is one: a task that runs again may be staged twice.
    numbers: HashMap<TaskRoute, Vec<u64>>,
    ready: BTreeSet<u64>,
    count: u64,
}

impl Stage {
    /// Stages a task, and returns its number.
    pub(crate) fn push(&mut self, staged: Staged) -> u64 {
        let number = self.count;
        self.put(Staged { number, ..staged });
        number
    }

    /// Puts a task back under its number.
    pub(crate) fn put(&mut self, staged: Staged) {
        let number = staged.number;
        self.count = self.count.max(number.saturating_add(1));
        self.numbers.entry(staged.at).or_default().push(number);
        if staged.may_start() {
            self.ready.insert(number);
        }
        self.all.insert(number, staged);
    }

    /// Returns a staged task: the first, if it is staged twice.
    pub(crate) fn get(&self, at: TaskRoute) -> Option<&Staged> {
        self.all.get(self.numbers.get(&at)?.first()?)
    }

    pub(crate) fn numbered(&self, number: u64) -> Option<&Staged> {
        self.all.get(&number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Staged> {
        self.all.values()
    }

    /// Returns the tasks that may start, or whose items may.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Staged> {
        self.ready.iter().filter_map(|number| self.all.get(number))
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Changes a staged task, and returns its number.
    pub(crate) fn edit(&mut self, at: TaskRoute, change: impl FnOnce(&mut Staged)) -> Option<u64> {
        let number = *self.numbers.get(&at)?.first()?;
        let staged = self.all.get_mut(&number)?;
        change(staged);
        if staged.may_start() {
            self.ready.insert(number);
        } else {
            self.ready.remove(&number);
        }
        Some(number)
    }

    /// Removes a staged task.
    pub(crate) fn remove(&mut self, at: TaskRoute) -> Option<Staged> {
        let numbers = self.numbers.get_mut(&at)?;
        let number = *numbers.first()?;
        numbers.remove(0);
        if numbers.is_empty() {
            self.numbers.remove(&at);
        }
        self.ready.remove(&number);
        self.all.remove(&number)
    }
}
