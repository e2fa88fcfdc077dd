//! Finds the variables that are read before anything sets them, and those that are private.
//!
//! The tasks are visited as Orquesta visits them, breadth first from the first tasks, each with
//! every set of variables that comes to it before its first visit; a join is visited with all of
//! these together. The same set need not come twice. There may be very many different sets, and
//! past a limit those that wait at a task are taken together: what none of them lacks is set.
//! Variables that nothing reads are left out.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    rc::Rc,
};

use expr::document::{self, Reference};
use serde_json::Value;

use super::{
    Finding,
    graph::{Graph, Node},
    location::Location,
    names::Names,
    view::field,
};
use crate::spec::{inline, is_falsy};

/// How many different sets may come to one task.
const SETS_MAX: usize = 64;
/// How much work the visits may make before sets are taken together at once.
const WORK_MAX: usize = 40_000_000;

/// A use of variables: it reads some, and sets some afterwards.
#[derive(Debug)]
struct Use {
    location: Location,
    references: Vec<(Reference, usize, Told)>,
    sets: Vec<String>,
}

/// The parts of a reference that are among the findings.
#[derive(Debug, Default)]
struct Told {
    is_private: bool,
    is_unset: bool,
}

/// The numbers of the variables that are read somewhere.
#[derive(Default)]
struct Numbers(HashMap<String, usize>);

impl Numbers {
    fn of(&mut self, name: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }
}

/// The uses of a task: its own, and those of what follows it.
#[derive(Default)]
struct Uses {
    own: Vec<Use>,
    next: Vec<Vec<Use>>,
}

/// Returns a finding for each variable that is read too early or not at all for others to read.
pub(super) fn check(graph: &Graph<'_>, variables: &[&str]) -> Vec<Finding> {
    let mut numbers = Numbers::default();
    let fields = graph.view.fields;
    let mut look = |name: &str, sets: bool| {
        uses(&Location::default(), name, field(fields, name), sets, &mut numbers)
    };
    let (mut before, mut after) = (look("input", true), look("output", true));
    before.extend(look("vars", true));
    let mut tasks: Vec<Uses> =
        (0..graph.names.len()).map(|node| task_uses(graph, node, &mut numbers)).collect();

    let numbers = numbers.0;
    let mut findings = Vec::new();
    let mut known = Names::new(numbers.len());
    for number in variables.iter().filter_map(|name| numbers.get(*name)) {
        known.insert(*number);
    }
    judge(&mut before, &mut known, &numbers, &mut findings);
    let walk = Walk::new(graph, &numbers, &tasks, known.clone());
    known.add(&walk.run(graph, &mut tasks, &mut findings));
    judge(&mut after, &mut known, &numbers, &mut findings);
    findings
}

fn task_uses(graph: &Graph<'_>, node: Node, numbers: &mut Numbers) -> Uses {
    let Some(task) = graph.task(node) else { return Uses::default() };
    let location = Location::tasks().named(task.name);
    let mut own = uses(&location, "delay", field(task.fields, "delay"), false, numbers);
    if let Some(items) = &task.items {
        let location = location.property("with");
        own.extend(uses(&location, "items", items.items, false, numbers));
        own.extend(uses(&location, "concurrency", items.concurrency, false, numbers));
    }
    own.extend(uses(&location, "action", &task.action, false, numbers));
    own.extend(uses(&location, "input", &task.input, false, numbers));
    let following = location.property("next");
    let mut next = Vec::with_capacity(task.next.len());
    for (index, transition) in task.next.iter().enumerate() {
        let location = following.item(index);
        let mut all = uses(&location, "when", transition.when, false, numbers);
        all.extend(uses(&location, "publish", &transition.publish, true, numbers));
        all.extend(uses(&location, "do", &transition.to, false, numbers));
        next.push(all);
    }
    Uses { own, next }
}

/// Returns the uses in the value of a property: one for each item of a list, else one.
fn uses(
    within: &Location,
    name: &str,
    value: &Value,
    sets: bool,
    numbers: &mut Numbers,
) -> Vec<Use> {
    if is_falsy(value) {
        return Vec::new();
    }
    let location = within.property(name);
    let inline = inline_parameters(value);
    let Some(items) = inline.as_ref().or_else(|| value.as_array()) else {
        return Vec::from_iter(one_use(location, value, sets, numbers));
    };
    let one = |(index, item)| one_use(location.element(index), item, sets, numbers);
    items.iter().enumerate().filter_map(one).collect()
}

fn inline_parameters(value: &Value) -> Option<Vec<Value>> {
    let pairs = inline::parameters(value.as_str()?);
    let one = |(name, value)| Value::Object([(name, value)].into_iter().collect());
    (!pairs.is_empty()).then(|| pairs.into_iter().map(one).collect())
}

/// Returns the use that a value is, unless it neither reads nor sets.
fn one_use(location: Location, value: &Value, sets: bool, numbers: &mut Numbers) -> Option<Use> {
    let references: Vec<_> = document::variables(value)
        .into_iter()
        .map(|reference| {
            let number = numbers.of(&reference.variable);
            (reference, number, Told::default())
        })
        .collect();
    let sets = if sets { names_in(value) } else { Vec::new() };
    (!references.is_empty() || !sets.is_empty()).then_some(Use { location, references, sets })
}

/// Returns the names that a value sets.
fn names_in(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(items) => {
            let is_one = |item: &&Value| item.as_object().is_none_or(|map| map.len() == 1);
            let items = items.iter().filter(|item| !item.is_array()).filter(is_one);
            items.flat_map(names_in).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Notes what is wrong with some uses, one after the other, where some variables are known.
fn judge(
    uses: &mut [Use],
    known: &mut Names,
    numbers: &HashMap<String, usize>,
    findings: &mut Vec<Finding>,
) {
    for one in uses {
        for (reference, number, told) in &mut one.references {
            let name = &reference.variable;
            let mut tell = |message: String, hint: &str| {
                findings.push(Finding {
                    language: Some(reference.language),
                    expression: Some(reference.expression.clone()),
                    hint: Some(hint.to_owned()),
                    ..Finding::new(&one.location.spec, &one.location.schema, message)
                });
            };
            if name.starts_with("__") && !told.is_private {
                told.is_private = true;
                let message = format!(
                    "Variable \"{name}\" that is prefixed with double underscores is considered \
                     a private variable and cannot be referenced."
                );
                tell(message, "use a name that does not begin with `__`");
            }
            if !told.is_unset && !known.contains(*number) {
                told.is_unset = true;
                let message = format!("Variable \"{name}\" is referenced before assignment.");
                tell(message, "add it to `input` or `vars`, or publish it in a task before");
            }
        }
        for number in one.sets.iter().filter_map(|name| numbers.get(name)) {
            known.insert(*number);
        }
    }
}

/// A set of variables on its way to a task.
struct Visit {
    node: Node,
    /// What is set in any case, and what is set in some.
    sure: Rc<Names>,
    maybe: Rc<Names>,
    /// The transition to the task, which sets variables too: a task and the number of the
    /// transition.
    by: Option<(Node, usize)>,
}

/// The visits to the tasks.
struct Walk<'n> {
    numbers: &'n HashMap<String, usize>,
    /// What each transition of each task sets.
    sets: Vec<Vec<Vec<usize>>>,
    queue: VecDeque<Visit>,
    is_visited: Vec<bool>,
    /// The sets that came to each task, by digest.
    came: Vec<HashSet<(u64, u64)>>,
    /// What comes together at a join, or past the limit.
    together: Vec<Option<(Names, Names)>>,
    all: Names,
    work: usize,
}

impl<'n> Walk<'n> {
    fn new(
        graph: &Graph<'_>,
        numbers: &'n HashMap<String, usize>,
        tasks: &[Uses],
        known: Names,
    ) -> Self {
        let of_transition = |uses: &Vec<Use>| {
            let names = uses.iter().flat_map(|one| &one.sets);
            names.filter_map(|name| numbers.get(name).copied()).collect()
        };
        let start = Rc::new(known.clone());
        let visit = |node: &Node| Visit {
            node: *node,
            sure: Rc::clone(&start),
            maybe: Rc::clone(&start),
            by: None,
        };
        Self {
            numbers,
            sets: tasks.iter().map(|uses| uses.next.iter().map(of_transition).collect()).collect(),
            queue: graph.starts.iter().map(visit).collect(),
            is_visited: vec![false; tasks.len()],
            came: vec![HashSet::new(); tasks.len()],
            together: vec![None; tasks.len()],
            all: known,
            work: 0,
        }
    }

    /// Visits all tasks; returns the variables that were seen.
    fn run(mut self, graph: &Graph<'_>, tasks: &mut [Uses], findings: &mut Vec<Finding>) -> Names {
        while let Some(visit) = self.queue.pop_front() {
            let node = visit.node;
            self.is_visited[node] = true;
            let (mut sure, maybe) = self.arrive(visit);
            self.work += sure.weight() * (2 + tasks[node].next.len());
            self.all.add(&maybe);
            judge(&mut tasks[node].own, &mut sure, self.numbers, findings);
            for transition in &mut tasks[node].next {
                let reads = transition.iter().any(|one| !one.references.is_empty());
                if reads {
                    judge(transition, &mut sure.clone(), self.numbers, findings);
                }
            }
            let (sure, maybe) = (Rc::new(sure), Rc::new(maybe));
            for exit in &graph.exits[node] {
                if let Some(to) = exit.to.filter(|to| !self.is_visited[*to]) {
                    let by = Some((node, exit.transition));
                    let (sure, maybe) = (Rc::clone(&sure), Rc::clone(&maybe));
                    self.send(Visit { node: to, sure, maybe, by }, !is_falsy(graph.join(to)));
                }
            }
        }
        self.all
    }

    /// Returns what is set at a task when it is visited.
    fn arrive(&mut self, visit: Visit) -> (Names, Names) {
        if visit.by.is_none()
            && let Some(together) = self.together[visit.node].take()
        {
            return together;
        }
        self.with_way(&visit)
    }

    fn with_way(&self, visit: &Visit) -> (Names, Names) {
        let (mut sure, mut maybe) = ((*visit.sure).clone(), (*visit.maybe).clone());
        for number in self.way(visit) {
            sure.insert(*number);
            maybe.insert(*number);
        }
        (sure, maybe)
    }

    fn way(&self, visit: &Visit) -> &[usize] {
        visit
            .by
            .map(|(node, transition)| self.sets[node][transition].as_slice())
            .unwrap_or_default()
    }

    /// Queues a visit to a task that was not visited yet.
    fn send(&mut self, visit: Visit, is_join: bool) {
        let node = visit.node;
        let way = self.way(&visit);
        let digests = (visit.sure.digest_with(way), visit.maybe.digest_with(way));
        self.work += way.len() + 1;
        let most = if self.work > WORK_MAX { 1 } else { SETS_MAX };
        if self.came[node].contains(&digests) {
            return;
        }
        if !is_join && self.came[node].len() < most {
            self.came[node].insert(digests);
            self.queue.push_back(visit);
            return;
        }
        let (sure, maybe) = self.with_way(&visit);
        self.work += sure.weight();
        if is_join {
            self.came[node].insert(digests);
        }
        match &mut self.together[node] {
            Some((all_sure, all_maybe)) => {
                all_maybe.add(&maybe);
                if is_join {
                    *all_sure = all_maybe.clone();
                } else {
                    all_sure.keep(&sure);
                }
            }
            empty => {
                *empty = Some(if is_join { (maybe.clone(), maybe) } else { (sure, maybe) });
                self.queue.push_back(Visit { by: None, ..visit });
            }
        }
    }
}
