//! The state of a workflow: its tasks in the order in which they came to be, those that are staged,
//! and how many have each status.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use indexmap::IndexMap;

use crate::{
    complaints::Complaints,
    contexts::{Contexts, List},
    graph::{Edge, Graph, Node},
    items::Items,
    route::{Prev, TaskRoute},
    stage::{Arrival, Stage, Staged},
    status::Status,
};

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

/// How often a task has run again and may.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Retrying {
    pub(crate) count: i64,
    pub(crate) delay: i64,
    pub(crate) tally: i64,
}

/// A cell that has to be written again.
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
    /// A transition to a staged task since its contexts were joined last.
    Arrival(u64, usize),
    /// An entry in the list of errors.
    Complaint(u64),
}

/// The state of a workflow.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) output: Option<crate::contexts::Object>,
    pub(crate) contexts: Contexts,
    pub(crate) routes: Vec<Arc<Vec<String>>>,
    pub(crate) sequence: Vec<Entry>,
    pub(crate) latest: HashMap<TaskRoute, usize>,
    pub(crate) stage: Stage,
    pub(crate) complaints: Complaints,
    /// By target: the tasks that lead to it and have an entry in its route.
    reached: HashMap<TaskRoute, HashSet<Node>>,
    /// By target: the tasks that lead to it and whose condition held.
    satisfied: HashMap<TaskRoute, HashSet<Node>>,
    /// How many of the latest entries have each status.
    counts: [usize; Status::ALL.len()],
    pub(crate) dirty: BTreeSet<Cell>,
    /// The staged tasks whose items were dropped.
    pub(crate) cleared: BTreeSet<u64>,
    /// The staged tasks whose arrivals were joined.
    pub(crate) joined: BTreeSet<u64>,
}

impl State {
    pub(crate) fn entry(&self, at: TaskRoute) -> Option<&Entry> {
        self.sequence.get(*self.latest.get(&at)?)
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

    /// Returns how many of the tasks that lead to a target have an entry, and for how many of
    /// them the condition held.
    pub(crate) fn inbound(&self, at: TaskRoute) -> (usize, usize) {
        let count =
            |sets: &HashMap<TaskRoute, HashSet<Node>>| sets.get(&at).map_or(0, HashSet::len);
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

    /// Derives the indices from the sequence.
    pub(crate) fn derive(&mut self, graph: &Graph) {
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

    pub(crate) fn stage(&mut self, staged: Staged) {
        let number = self.stage.push(staged);
        self.dirty.insert(Cell::Staged(number));
    }

    /// Changes a staged task in all but its items.
    pub(crate) fn edit_staged(&mut self, at: TaskRoute, change: impl FnOnce(&mut Staged)) -> bool {
        let number = self.stage.edit(at, change);
        self.dirty.extend(number.map(Cell::Staged));
        number.is_some()
    }

    /// Adds another transition to a staged task; returns whether one is staged there.
    pub(crate) fn arrive(&mut self, at: TaskRoute, arrival: Arrival) -> bool {
        let mut count = 0;
        let number = self.stage.edit(at, |staged| {
            staged.prev.insert(arrival.edge, arrival.entry);
            count = staged.arrivals.len();
            staged.arrivals.push(arrival);
        });
        self.dirty.extend(number.map(|number| Cell::Arrival(number, count)));
        number.is_some()
    }

    /// Returns the contexts of a staged task, after joining its arrivals.
    pub(crate) fn settle(&mut self, at: TaskRoute) -> Option<List> {
        let staged = self.stage.get(at)?;
        if staged.arrivals.is_empty() {
            return Some(staged.context);
        }
        let number = staged.number;
        let arrived: Vec<List> = staged.arrivals.iter().map(|arrival| arrival.context).collect();
        let joined = self.contexts.join(staged.context, &arrived);
        self.dirty.insert(Cell::Link(joined));
        self.edit_staged(at, |staged| {
            staged.context = joined;
            staged.arrivals.clear();
        });
        self.drop_arrivals_of(number);
        Some(joined)
    }

    /// Gives an item of a staged task a status.
    pub(crate) fn set_item(&mut self, at: TaskRoute, item: usize, status: Status) {
        let mut is_set = false;
        let number = self.stage.edit(at, |staged| {
            if let Some(items) = &mut staged.items {
                items.set(item, status);
                is_set = true;
            }
        });
        if let Some(number) = number.filter(|_| is_set) {
            self.dirty.insert(Cell::Item(number, item));
        }
    }

    /// Takes a task off the stage, unless items of it are on their way.
    pub(crate) fn unstage(&mut self, at: TaskRoute) {
        let items = self.stage.get(at).and_then(|staged| staged.items.as_ref());
        if items.is_some_and(Items::has_active) {
            return;
        }
        let Some(gone) = self.stage.remove(at) else { return };
        if gone.items.is_some() {
            self.drop_items_of(gone.number);
        }
        if !gone.arrivals.is_empty() {
            self.drop_arrivals_of(gone.number);
        }
        self.dirty.insert(Cell::Staged(gone.number));
    }

    /// Drops the items of a staged task.
    pub(crate) fn drop_items(&mut self, at: TaskRoute) {
        let Some(staged) = self.stage.get(at) else { return };
        let (number, has_items) = (staged.number, staged.items.is_some());
        self.stage.edit(at, |staged| {
            staged.items = None;
            staged.rendered = None;
        });
        if has_items {
            self.dirty.insert(Cell::Staged(number));
            self.drop_items_of(number);
        }
    }

    fn drop_items_of(&mut self, number: u64) {
        self.clean(Cell::Item(number, 0), Cell::Item(number, usize::MAX));
        self.cleared.insert(number);
    }

    fn drop_arrivals_of(&mut self, number: u64) {
        self.clean(Cell::Arrival(number, 0), Cell::Arrival(number, usize::MAX));
        self.joined.insert(number);
    }

    /// Takes cells off those that have to be written.
    fn clean(&mut self, first: Cell, last: Cell) {
        let gone: Vec<Cell> = self.dirty.range(first..=last).copied().collect();
        for cell in gone {
            self.dirty.remove(&cell);
        }
    }

    pub(crate) fn complain(&mut self, complaint: crate::complaints::Complaint) {
        if let Some(number) = self.complaints.add(complaint) {
            self.dirty.insert(Cell::Complaint(number));
        }
    }
}

fn slot(status: Option<Status>) -> usize {
    status.unwrap_or_default() as usize
}
