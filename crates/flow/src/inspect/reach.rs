//! Finds the joins of which Orquesta cannot tell at which level they join.
//!
//! A task to which several transitions lead without a join is a split: what follows it runs once
//! for each. Each task gathers the splits before it; a join whose splits are not those of each task
//! right before it is ambiguous. Around cycles the order matters in which the tasks are visited,
//! so there the visits are Orquesta's, breadth first; without cycles one pass gives the same.

use std::{
    collections::{HashSet, VecDeque},
    rc::Rc,
};

use super::{
    graph::{Graph, Node},
    names::Names,
};

/// How many words of memory all splits before all tasks may take; beyond, joins are not examined.
const WORDS_MAX: usize = 4_000_000;
/// How much work the visits may make around cycles; beyond, joins are not examined.
const WORK_MAX: usize = 5_000_000;
/// How many visits that change nothing are made all the same.
const REPEATS_MAX: usize = 20_000;
/// How many steps the search for undefined tasks may take.
const STEPS_MAX: usize = 2_000_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) unreachable: Vec<Node>,
    /// Whether Orquesta, in search of cycles, meets a task that does not exist.
    pub(super) raises: bool,
}

/// What is known of a task that was visited.
struct Visits {
    splits: Vec<Option<Names>>,
    before: Vec<HashSet<Node>>,
}

/// Examines all joins.
pub(super) fn examine(graph: &Graph<'_>) -> Reach {
    let numbers = split_numbers(graph);
    let count = numbers.iter().flatten().count();
    if count.div_ceil(64).saturating_mul(graph.view.tasks.len()) > WORDS_MAX {
        return Reach::default();
    }
    let is_complete = graph.exits.iter().flatten().all(|exit| exit.to.is_some());
    let has_cycles = graph.in_cycle.contains(&true);
    let mut search =
        Search { graph, known: vec![None; graph.names.len()], steps: 0, repeats: 0, is_complete };
    let empty = Names::new(count);
    let visits = if is_complete && !has_cycles {
        Some(pass(graph, &numbers, &empty))
    } else {
        visit(graph, &numbers, &empty, &mut search)
    };
    let raises = search.known.contains(&Some(true));
    let unreachable = visits.map(|visits| ambiguous(graph, &visits)).unwrap_or_default();
    Reach { unreachable, raises }
}

/// Numbers the splits that lie on no cycle.
fn split_numbers(graph: &Graph<'_>) -> Vec<Option<usize>> {
    let mut count = 0;
    let mut number = |node| {
        let is_split = is_split(graph, node) && !graph.in_cycle[node];
        is_split.then(|| {
            count += 1;
            count - 1
        })
    };
    (0..graph.view.tasks.len()).map(&mut number).collect()
}

fn is_split(graph: &Graph<'_>, node: Node) -> bool {
    graph.join(node).is_null() && graph.entries[node] > 1
}

fn ambiguous(graph: &Graph<'_>, visits: &Visits) -> Vec<Node> {
    let is_ambiguous = |node: &Node| {
        let Some(splits) = &visits.splits[*node] else { return false };
        let differs = |before: &Node| visits.splits[*before].as_ref() != Some(splits);
        !graph.join(*node).is_null() && visits.before[*node].iter().any(differs)
    };
    (0..graph.view.tasks.len()).filter(is_ambiguous).collect()
}

fn unvisited(graph: &Graph<'_>) -> Visits {
    let count = graph.view.tasks.len();
    Visits { splits: vec![None; count], before: vec![HashSet::new(); count] }
}

/// Goes through a graph without cycles once, each task after all before it.
fn pass(graph: &Graph<'_>, numbers: &[Option<usize>], empty: &Names) -> Visits {
    let mut visits = unvisited(graph);
    let mut waiting = graph.entries.clone();
    let mut ready = graph.starts.clone();
    while let Some(node) = ready.pop() {
        let mut splits = empty.clone();
        for before in &visits.before[node] {
            if let Some(before) = &visits.splits[*before] {
                splits.add(before);
            }
        }
        if let Some(number) = numbers[node] {
            splits.insert(number);
        }
        visits.splits[node] = Some(splits);
        for to in graph.exits[node].iter().filter_map(|exit| exit.to) {
            if !graph.is_defined(to) {
                continue;
            }
            visits.before[to].insert(node);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    visits
}

/// Visits the tasks in Orquesta's order; none where that is too much work.
fn visit(
    graph: &Graph<'_>,
    numbers: &[Option<usize>],
    empty: &Names,
    search: &mut Search<'_>,
) -> Option<Visits> {
    let mut visits = unvisited(graph);
    let nothing = Rc::new(empty.clone());
    let mut queue: VecDeque<(Option<Node>, Node, Rc<Names>)> =
        graph.starts.iter().map(|start| (None, *start, Rc::clone(&nothing))).collect();
    let mut work = 0;
    while let Some((before, node, carried)) = queue.pop_front() {
        if !graph.is_defined(node) {
            continue;
        }
        work += carried.weight();
        if work > WORK_MAX {
            return None;
        }
        if is_split(graph, node) {
            search.meets_undefined(node);
        }
        visits.before[node].extend(before);
        let is_new = visits.splits[node].is_none();
        let splits = visits.splits[node].get_or_insert_with(|| empty.clone());
        let mut grew = splits.add(&carried);
        if let Some(number) = numbers[node] {
            grew |= splits.insert(number);
        }
        let is_empty = splits.is_empty();
        let goes_on = is_new || grew || (is_empty && search.repeats());
        if !goes_on {
            continue;
        }
        let carried = Rc::new(splits.clone());
        let mut last = None;
        for to in graph.sorted_exits(node).into_iter().filter_map(|exit| exit.to) {
            work += 1;
            let is_visited = graph.is_defined(to) && visits.splits[to].is_some();
            if is_visited {
                search.meets_undefined(to);
            }
            let is_same = last.replace(to) == Some(to) && !is_empty;
            if !is_same && (!is_visited || !graph.in_cycle[to]) {
                queue.push_back((Some(node), to, Rc::clone(&carried)));
            }
        }
    }
    Some(visits)
}

/// Orquesta's search for a cycle, which ends with an exception at a task that does not exist.
struct Search<'a> {
    graph: &'a Graph<'a>,
    known: Vec<Option<bool>>,
    steps: usize,
    repeats: usize,
    is_complete: bool,
}

impl Search<'_> {
    /// Tells whether a visit that brings nothing new may still meet a task that does not exist.
    fn repeats(&mut self) -> bool {
        self.repeats += 1;
        !self.is_complete && self.repeats <= REPEATS_MAX
    }

    /// Notes whether a task that does not exist is met before the way leads back.
    fn meets_undefined(&mut self, start: Node) {
        if self.is_complete || self.known[start].is_some() || self.steps > STEPS_MAX {
            return;
        }
        let mut seen = HashSet::new();
        let mut queue: VecDeque<_> = self.graph.sorted_exits(start).into();
        while let Some(exit) = queue.pop_front() {
            let Some(node) = exit.to else {
                self.known[start] = Some(true);
                return;
            };
            if node == start {
                break;
            }
            if seen.insert(node) {
                self.steps += 1;
                queue.extend(self.graph.sorted_exits(node));
            }
        }
        self.known[start] = Some(false);
    }
}
