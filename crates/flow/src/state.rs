//! The state of a workflow's run: its tasks in the order in which they came to be, those that are
//! staged, and how many stand under each status.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    contexts::{Contexts, List, Object},
    graph::{Edge, Graph, Node},
    items::Items,
    status::Status,
};

/// A task in a route, by which its latest entry is found.
pub(crate) type Place = (Node, usize);

/// A task that was started at least once, or a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) node: Node,
    pub(crate) route: usize,
    pub(crate) context: List,
    /// The entries before it, by the transition that came from each.
    pub(crate) prev: Prev,
    /// The transitions that were evaluated, and whether their conditions held.
    pub(crate) next: IndexMap<Edge, bool>,
    pub(crate) status: Option<Status>,
    pub(crate) is_terminal: bool,
    pub(crate) retry: Option<Retrying>,
}

/// The entries that lead to a task, by transition.
pub(crate) type Prev = IndexMap<Edge, usize>;

/// How often a task has run again and may.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Retrying {
    pub(crate) count: i64,
    pub(crate) delay: i64,
    pub(crate) tally: i64,
}

/// A task that waits to be started, or has items to start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Staged {
    pub(crate) number: u64,
    pub(crate) node: Node,
    pub(crate) route: usize,
    pub(crate) context: List,
    pub(crate) prev: Prev,
    pub(crate) is_ready: bool,
    pub(crate) is_completed: bool,
    pub(crate) runs_on_fail: bool,
    /// How many seconds to wait before it runs again.
    pub(crate) retry_delay: Option<i64>,
    pub(crate) items: Option<Items>,
}

impl Staged {
    pub(crate) fn new((node, route): Place, context: List) -> Self {
        Self {
            number: 0,
            node,
            route,
            context,
            prev: Prev::new(),
            is_ready: false,
            is_completed: false,
            runs_on_fail: false,
            retry_delay: None,
            items: None,
        }
    }
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) task: Option<String>,
    pub(crate) route: Option<usize>,
    pub(crate) transition: Option<String>,
    pub(crate) result: Option<Arc<Value>>,
    /// Where the result is on record.
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

    /// Returns it as people see it.
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
        if let Some(result) = self.result.as_deref().filter(|result| !result.is_null()) {
            entry.insert("result".to_owned(), result.clone());
        }
        Value::Object(entry)
    }
}

/// What is to be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cell {
    /// The status of the workflow and its output.
    Workflow,
    /// A list of contexts, with what was published at its end.
    Link(List),
    /// A route.
    Route(usize),
    /// An entry in the sequence.
    Entry(usize),
    /// A staged task.
    Staged(u64),
    /// An item of a staged task.
    Item(u64, usize),
    /// Something that went wrong.
    Complaint(u64),
}

/// The state of a workflow's run.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) output: Option<Object>,
    pub(crate) contexts: Contexts,
    pub(crate) routes: Vec<Arc<Vec<String>>>,
    pub(crate) sequence: Vec<Entry>,
    pub(crate) latest: HashMap<Place, usize>,
    #[expect(clippy::vec_box, reason = "removal from the middle moves pointers, not tasks")]
    pub(crate) staged: Vec<Box<Staged>>,
    pub(crate) staged_count: u64,
    pub(crate) complaints: IndexMap<u64, Complaint>,
    pub(crate) complaint_count: u64,
    /// The tasks that lead to a place, of those that have an entry in its route.
    reached: HashMap<Place, HashSet<Node>>,
    /// The tasks that lead to a place, of those whose condition held.
    satisfied: HashMap<Place, HashSet<Node>>,
    /// How many of the latest entries stand under each status.
    counts: [usize; Status::ALL.len()],
    pub(crate) dirty: BTreeSet<Cell>,
    /// The staged tasks whose items are forgotten.
    pub(crate) cleared: BTreeSet<u64>,
}

impl State {
    pub(crate) fn entry(&self, place: Place) -> Option<&Entry> {
        self.sequence.get(*self.latest.get(&place)?)
    }

    /// Adds an entry, which becomes the latest of its task in its route.
    pub(crate) fn add_entry(&mut self, graph: &Graph, entry: Entry) -> usize {
        let index = self.sequence.len();
        self.note_entry(graph, &entry);
        let old = self.latest.insert((entry.node, entry.route), index);
        if let Some(old) = old.and_then(|old| self.sequence.get(old)) {
            self.counts[slot(old.status)] -= 1;
        }
        self.counts[slot(entry.status)] += 1;
        self.sequence.push(entry);
        self.dirty.insert(Cell::Entry(index));
        index
    }

    fn note_entry(&mut self, graph: &Graph, entry: &Entry) {
        for edge in graph.out(entry.node) {
            let target = (graph.edge(*edge).to, entry.route);
            self.reached.entry(target).or_default().insert(entry.node);
            if let Some(satisfied) = self.satisfied.get_mut(&target) {
                satisfied.remove(&entry.node);
            }
        }
    }

    /// Notes whether the condition of a transition held.
    pub(crate) fn set_next(&mut self, graph: &Graph, index: usize, edge: Edge, holds: bool) {
        let entry = &mut self.sequence[index];
        entry.next.insert(edge, holds);
        self.dirty.insert(Cell::Entry(index));
        if holds && self.latest.get(&(entry.node, entry.route)) == Some(&index) {
            let target = (graph.edge(edge).to, entry.route);
            self.satisfied.entry(target).or_default().insert(entry.node);
        }
    }

    /// Returns how many of the tasks that lead to a place have an entry, and for how many of
    /// them the condition held.
    pub(crate) fn inbound(&self, place: Place) -> (usize, usize) {
        let count = |sets: &HashMap<Place, HashSet<Node>>| sets.get(&place).map_or(0, HashSet::len);
        (count(&self.reached), count(&self.satisfied))
    }

    /// Gives the entry at `index` a status.
    pub(crate) fn set_entry_status(&mut self, index: usize, status: Status) {
        let entry = &mut self.sequence[index];
        let old = entry.status.replace(status);
        if self.latest.get(&(entry.node, entry.route)) == Some(&index) {
            self.counts[slot(old)] -= 1;
            self.counts[slot(Some(status))] += 1;
        }
        self.dirty.insert(Cell::Entry(index));
    }

    /// Returns the entry at `index`, to be changed in all but its status.
    pub(crate) fn edit_entry(&mut self, index: usize) -> &mut Entry {
        self.dirty.insert(Cell::Entry(index));
        &mut self.sequence[index]
    }

    /// Derives anew what follows from the sequence.
    pub(crate) fn derive(&mut self, graph: &Graph) {
        self.staged_count = self.staged.iter().map(|staged| staged.number + 1).max().unwrap_or(0);
        self.complaint_count = self.complaints.keys().map(|number| number + 1).max().unwrap_or(0);
        self.counts = Default::default();
        self.latest.clear();
        for (index, entry) in self.sequence.iter().enumerate() {
            self.latest.insert((entry.node, entry.route), index);
        }
        for index in self.latest.clone().into_values() {
            let entry = self.sequence[index].clone();
            self.counts[slot(entry.status)] += 1;
            self.note_entry(graph, &entry);
            for (edge, _) in entry.next.iter().filter(|(_, holds)| **holds) {
                let target = (graph.edge(*edge).to, entry.route);
                self.satisfied.entry(target).or_default().insert(entry.node);
            }
        }
    }

    fn any(&self, is_it: impl Fn(Status) -> bool) -> bool {
        Status::ALL.into_iter().any(|status| is_it(status) && self.counts[slot(Some(status))] > 0)
    }

    pub(crate) fn has_active(&self) -> bool {
        self.any(Status::is_active)
    }

    pub(crate) fn has_halted(&self) -> bool {
        self.any(|status| matches!(status, Status::Pausing | Status::Paused | Status::Pending))
    }

    pub(crate) fn has_paused(&self) -> bool {
        self.any(|status| matches!(status, Status::Paused | Status::Pending))
    }

    pub(crate) fn has_canceled(&self) -> bool {
        self.any(Status::is_cancel)
    }

    /// Returns the latest entries that are active.
    pub(crate) fn active(&self) -> Vec<usize> {
        if !self.has_active() {
            return Vec::new();
        }
        let is_active =
            |index: &&usize| self.sequence[**index].status.is_some_and(Status::is_active);
        let mut all: Vec<usize> = self.latest.values().filter(is_active).copied().collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn set_status(&mut self, status: Status) {
        self.status = status;
        self.dirty.insert(Cell::Workflow);
    }

    pub(crate) fn stage(&mut self, staged: Staged) -> &mut Staged {
        let number = self.staged_count;
        self.staged_count += 1;
        self.dirty.insert(Cell::Staged(number));
        self.staged.push(Box::new(Staged { number, ..staged }));
        let last = self.staged.len() - 1;
        &mut self.staged[last]
    }

    pub(crate) fn staged(&self, place: Place) -> Option<&Staged> {
        self.staged.iter().map(|staged| &**staged).find(|it| (it.node, it.route) == place)
    }

    /// Returns a staged task, to be changed in all but its items.
    pub(crate) fn edit_staged(&mut self, place: Place) -> Option<&mut Staged> {
        let found = self.staged.iter_mut().find(|it| (it.node, it.route) == place)?;
        self.dirty.insert(Cell::Staged(found.number));
        Some(&mut **found)
    }

    /// Gives an item of a staged task a status.
    pub(crate) fn set_item(&mut self, place: Place, item: usize, status: Status) {
        let Some(found) = self.staged.iter_mut().find(|it| (it.node, it.route) == place) else {
            return;
        };
        if let Some(items) = &mut found.items {
            items.set(item, status);
            self.dirty.insert(Cell::Item(found.number, item));
        }
    }

    /// Takes a task off the stage, unless items of it are on their way.
    pub(crate) fn unstage(&mut self, place: Place) {
        let found = self.staged.iter().position(|it| (it.node, it.route) == place);
        let Some(index) = found else { return };
        let items = self.staged[index].items.as_ref();
        if items.is_some_and(Items::has_active) {
            return;
        }
        let gone = self.staged.remove(index);
        self.forget_cells(gone.number);
        self.dirty.insert(Cell::Staged(gone.number));
    }

    /// Forgets the items of a staged task.
    pub(crate) fn forget_items(&mut self, place: Place) {
        let Some(staged) = self.edit_staged(place) else { return };
        staged.items = None;
        let number = staged.number;
        self.forget_cells(number);
    }

    fn forget_cells(&mut self, number: u64) {
        let (first, last) = (Cell::Item(number, 0), Cell::Item(number, usize::MAX));
        let gone: Vec<Cell> = self.dirty.range(first..=last).copied().collect();
        for cell in gone {
            self.dirty.remove(&cell);
        }
        self.cleared.insert(number);
    }

    pub(crate) fn has_ready(&self) -> bool {
        self.staged.iter().any(|staged| staged.is_ready && !staged.is_completed)
    }

    pub(crate) fn complain(&mut self, complaint: Complaint) {
        let is_known = self.complaints.values().any(|known| known.same_as(&complaint));
        if is_known {
            return;
        }
        let number = self.complaint_count;
        self.complaint_count += 1;
        self.complaints.insert(number, complaint);
        self.dirty.insert(Cell::Complaint(number));
    }
}

impl Complaint {
    fn same_as(&self, other: &Self) -> bool {
        let same_result = match (&self.result, &other.result) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one.is_none() == other.is_none(),
        };
        self.message == other.message
            && self.task == other.task
            && self.route == other.route
            && self.transition == other.transition
            && same_result
    }
}

fn slot(status: Option<Status>) -> usize {
    status.unwrap_or_default() as usize
}
