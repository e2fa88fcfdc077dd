//! The state as a set of small cells, so that each step writes only what it changed.
//!
//! A cell has a key and a JSON value. Results are not in cells: where one is needed again, the
//! cell names the execution that has it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Conductor, Plan, next::ITEMS_MAX};
use crate::{
    complaints::Complaint,
    contexts::{self, Contexts, Link, Object, Published},
    graph::{Graph, Node},
    items::Items,
    protocol::{Change, Fetch},
    route::Prev,
    stage::{Arrival, Staged},
    state::{Cell, Entry, Retrying, State},
    status::Status,
};

/// Cells that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recorded state of the workflow cannot be read: {0}")]
pub struct Unreadable(String);

#[derive(Serialize, Deserialize)]
struct WorkflowCell {
    status: Status,
    output: Option<Object>,
}

#[derive(Serialize, Deserialize)]
struct LinkCell {
    link: Link,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<Object>,
}

#[derive(Serialize, Deserialize)]
struct EntryCell {
    task: String,
    route: usize,
    context: usize,
    prev: Vec<(String, usize)>,
    next: Vec<(String, bool)>,
    status: Option<Status>,
    is_terminal: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<Retrying>,
}

#[derive(Serialize, Deserialize)]
struct StagedCell {
    task: String,
    route: usize,
    context: usize,
    prev: Vec<(String, usize)>,
    is_ready: bool,
    is_completed: bool,
    runs_on_fail: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_delay: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct ComplaintCell {
    message: String,
    task: Option<String>,
    route: Option<usize>,
    transition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Arc<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Arc<str>>,
}

impl Cell {
    fn key(self) -> String {
        match self {
            Self::Workflow => "workflow".to_owned(),
            Self::Link(list) => format!("link/{list}"),
            Self::Route(route) => format!("route/{route}"),
            Self::Entry(index) => format!("entry/{index}"),
            Self::Staged(number) => format!("staged/{number}"),
            Self::Item(number, item) => format!("item/{number}/{item}"),
            Self::Arrival(number, count) => format!("arrival/{number}/{count}"),
            Self::Complaint(number) => format!("error/{number}"),
        }
    }
}

impl Conductor {
    /// Returns what changed in the cells since the last call.
    pub fn changes(&mut self) -> Vec<Change> {
        let cleared = std::mem::take(&mut self.state.cleared);
        let joined = std::mem::take(&mut self.state.joined);
        let cleared = cleared.into_iter().map(|number| format!("item/{number}/"));
        let joined = joined.into_iter().map(|number| format!("arrival/{number}/"));
        let mut all: Vec<Change> = cleared.chain(joined).map(Change::RemoveAll).collect();
        for cell in std::mem::take(&mut self.state.dirty) {
            all.push(match self.cell(cell) {
                Some(value) => Change::Put(cell.key(), value),
                None => Change::Remove(cell.key()),
            });
        }
        all
    }

    fn cell(&self, cell: Cell) -> Option<Value> {
        let state = &self.state;
        let graph = &self.plan.graph;
        let value = match cell {
            Cell::Workflow => serde_json::to_value(WorkflowCell {
                status: state.status,
                output: state.output.clone(),
            }),
            Cell::Link(list) => {
                let link = state.contexts.link(list)?.clone();
                let published = match &link {
                    Link::Root => state.contexts.published(0),
                    Link::Then(_, index) => state.contexts.published(*index),
                    Link::All(_) => None,
                };
                let published = published.map(written);
                serde_json::to_value(LinkCell { link, published })
            }
            Cell::Route(route) => serde_json::to_value(state.routes.get(route)?.as_slice()),
            Cell::Entry(index) => {
                serde_json::to_value(entry_cell(graph, state.sequence.get(index)?))
            }
            Cell::Staged(number) => {
                serde_json::to_value(staged_cell(graph, state.stage.numbered(number)?))
            }
            Cell::Item(number, item) => {
                let status = state.stage.numbered(number)?.items.as_ref()?.get(item)?;
                serde_json::to_value((status != Status::Unset).then_some(status)?)
            }
            Cell::Arrival(number, count) => {
                let arrival = state.stage.numbered(number)?.arrivals.get(count)?;
                let name = &graph.edge(arrival.edge).inward;
                serde_json::to_value((name, arrival.entry, arrival.context))
            }
            Cell::Complaint(number) => {
                serde_json::to_value(complaint_cell(state.complaints.get(number)?))
            }
        };
        value.ok()
    }

    /// Restores a conductor from its cells.
    ///
    /// # Errors
    /// Fails when the cells do not fit together, or name what the plan does not have.
    pub fn restore(
        plan: Arc<Plan>,
        cells: Vec<(String, Value)>,
        fetch: Fetch<'_>,
    ) -> Result<Self, Unreadable> {
        let mut groups: HashMap<String, Vec<(Vec<u64>, Value)>> = HashMap::new();
        for (key, value) in cells {
            let mut parts = key.split('/');
            let kind = parts.next().unwrap_or_default().to_owned();
            let numbers: Result<Vec<u64>, _> = parts.map(str::parse).collect();
            let numbers = numbers.map_err(|_| Unreadable(format!("its key `{key}`")))?;
            groups.entry(kind).or_default().push((numbers, value));
        }
        for group in groups.values_mut() {
            group.sort_by(|one, other| one.0.cmp(&other.0));
        }
        let mut take = |kind: &str| groups.remove(kind).unwrap_or_default();
        let mut state = State::default();
        let mut published = Vec::new();
        let mut links = Vec::new();
        for (_, value) in take("link") {
            let cell: LinkCell = read("link", value)?;
            published.extend(cell.published.map(contexts::shared));
            links.push(cell.link);
        }
        state.contexts = Contexts::restore(published, links);
        for (_, value) in take("route") {
            state.routes.push(Arc::new(read("route", value)?));
        }
        for (_, value) in take("entry") {
            state.sequence.push(entry_of(&plan.graph, read("entry", value)?)?);
        }
        let mut staged = BTreeMap::new();
        for (numbers, value) in take("staged") {
            let number = numbers.first().copied().unwrap_or_default();
            staged.insert(number, staged_of(&plan.graph, number, read("staged", value)?)?);
        }
        for (numbers, value) in take("item") {
            let [number, item] = numbers.as_slice() else { continue };
            let items = staged.get_mut(number).and_then(|staged| staged.items.as_mut());
            if let (Some(items), Ok(item)) = (items, usize::try_from(*item)) {
                items.set(item, read("item", value)?);
            }
        }
        for (numbers, value) in take("arrival") {
            let number = numbers.first().copied().unwrap_or_default();
            let staged = staged.get_mut(&number);
            let staged = staged.ok_or_else(|| Unreadable("what comes to no task".to_owned()))?;
            let arrival = arrival_of(&plan.graph, staged.at.0, read("arrival", value)?)?;
            staged.prev.insert(arrival.edge, arrival.entry);
            staged.arrivals.push(arrival);
        }
        for staged in staged.into_values() {
            state.stage.put(staged);
        }
        for (numbers, value) in take("error") {
            let number = numbers.first().copied().unwrap_or_default();
            state.complaints.put(number, complaint_of(read("error", value)?, fetch));
        }
        if let Some((_, value)) = take("workflow").into_iter().next() {
            let cell: WorkflowCell = read("workflow", value)?;
            state.status = cell.status;
            state.output = cell.output;
        }
        check(&state)?;
        state.derive(&plan.graph);
        Ok(Self { plan, state })
    }
}

/// Checks that the entries that others refer to are there.
fn check(state: &State) -> Result<(), Unreadable> {
    let count = state.sequence.len();
    let of_entries = state.sequence.iter().map(|entry| &entry.prev);
    let of_staged = state.stage.iter().map(|staged| &staged.prev);
    let mut all = of_entries.chain(of_staged).flat_map(|prev| prev.values());
    match all.find(|index| **index >= count) {
        Some(index) => Err(Unreadable(format!("there is no entry {index}"))),
        None => Ok(()),
    }
}

fn read<T: serde::de::DeserializeOwned>(kind: &str, value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|error| Unreadable(format!("{kind}: {error}")))
}

fn written(published: &Published) -> Object {
    published.iter().map(|(name, value)| (name.to_string(), (**value).clone())).collect()
}

fn prev_cell(graph: &Graph, prev: &Prev) -> Vec<(String, usize)> {
    prev.iter().map(|(edge, index)| (graph.edge(*edge).inward.clone(), *index)).collect()
}

fn entry_cell(graph: &Graph, entry: &Entry) -> EntryCell {
    let next = entry.next.iter();
    EntryCell {
        task: graph.name(entry.node).to_owned(),
        route: entry.route,
        context: entry.context,
        prev: prev_cell(graph, &entry.prev),
        next: next.map(|(edge, holds)| (graph.edge(*edge).outward.clone(), *holds)).collect(),
        status: entry.status,
        is_terminal: entry.is_terminal,
        retry: entry.retry.clone(),
    }
}

fn staged_cell(graph: &Graph, staged: &Staged) -> StagedCell {
    StagedCell {
        task: graph.name(staged.at.0).to_owned(),
        route: staged.at.1,
        context: staged.context,
        prev: prev_cell(graph, &staged.prev),
        is_ready: staged.is_ready,
        is_completed: staged.is_completed,
        runs_on_fail: staged.runs_on_fail,
        retry_delay: staged.retry_delay,
        items: staged.items.as_ref().map(Items::len),
    }
}

fn complaint_cell(complaint: &Complaint) -> ComplaintCell {
    let has_source = complaint.source.is_some();
    ComplaintCell {
        message: complaint.message.clone(),
        task: complaint.task.clone(),
        route: complaint.route,
        transition: complaint.transition.clone(),
        result: complaint.result.clone().filter(|_| !has_source),
        source: complaint.source.clone(),
    }
}

fn node_of(graph: &Graph, task: &str) -> Result<Node, Unreadable> {
    graph.node(task).ok_or_else(|| Unreadable(format!("the workflow has no task `{task}`")))
}

fn prev_of(graph: &Graph, node: Node, prev: Vec<(String, usize)>) -> Prev {
    prev.into_iter().filter_map(|(name, index)| Some((graph.inward(node, &name)?, index))).collect()
}

fn entry_of(graph: &Graph, cell: EntryCell) -> Result<Entry, Unreadable> {
    let node = node_of(graph, &cell.task)?;
    let next = cell.next.into_iter();
    Ok(Entry {
        node,
        route: cell.route,
        context: cell.context,
        prev: prev_of(graph, node, cell.prev),
        next: next.filter_map(|(name, holds)| Some((graph.outward(node, &name)?, holds))).collect(),
        status: cell.status,
        is_terminal: cell.is_terminal,
        retry: cell.retry,
    })
}

fn staged_of(graph: &Graph, number: u64, cell: StagedCell) -> Result<Staged, Unreadable> {
    let node = node_of(graph, &cell.task)?;
    Ok(Staged {
        number,
        prev: prev_of(graph, node, cell.prev),
        is_ready: cell.is_ready,
        is_completed: cell.is_completed,
        runs_on_fail: cell.runs_on_fail,
        retry_delay: cell.retry_delay,
        items: cell.items.map(|count| Items::new(count.min(ITEMS_MAX))),
        ..Staged::new((node, cell.route), cell.context)
    })
}

fn arrival_of(
    graph: &Graph,
    to: Node,
    (name, entry, context): (String, usize, usize),
) -> Result<Arrival, Unreadable> {
    let edge = graph.inward(to, &name);
    let edge = edge.ok_or_else(|| Unreadable(format!("the workflow has no way `{name}`")))?;
    Ok(Arrival { edge, entry, context })
}

fn complaint_of(cell: ComplaintCell, fetch: Fetch<'_>) -> Complaint {
    let result = match (&cell.result, &cell.source) {
        (None, Some(source)) => fetch(source),
        _ => cell.result,
    };
    Complaint {
        message: cell.message,
        task: cell.task,
        route: cell.route,
        transition: cell.transition,
        result,
        source: cell.source,
    }
}
