//! The tree of a workflow: its tasks, their items and its sub-workflows, built from API documents.
//! Nothing here does I/O.

mod render;

use std::collections::{BTreeMap, HashMap};

use model::{Runner, Timestamp};
use serde_json::Value;

pub(super) use render::{View, lines, summary};

/// The maximum depth of sub-workflows that are shown.
const DEPTH_MAX: usize = 32;

/// A task, an item or an execution.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Node {
    /// The name of the task, or of the action if there is no task.
    pub(super) name: String,
    /// The route of the task.
    pub(super) route: usize,
    /// The number of the repeated run, from 1; 0 if it was not repeated.
    pub(super) run: usize,
    /// The item.
    pub(super) item: Option<usize>,
    /// The reference of the action.
    pub(super) action: String,
    /// The status.
    pub(super) status: String,
    /// The start time.
    pub(super) start: Option<Timestamp>,
    /// The end time.
    pub(super) end: Option<Timestamp>,
    /// The id of the execution.
    pub(super) id: String,
    /// The number of items.
    pub(super) items_count: Option<usize>,
    /// Whether it ran before a re-run and is still part of the result.
    pub(super) is_kept: bool,
    /// The children.
    pub(super) children: Vec<Self>,
}

/// The documents of an execution and everything below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// The executions below the root, by id.
    pub(super) executions: BTreeMap<String, Value>,
    /// The tasks of workflows, by execution id.
    pub(super) tasks: HashMap<String, Vec<Value>>,
}

/// Returns whether a document is that of a workflow.
pub(super) fn is_workflow(document: &Value) -> bool {
    let name = document["action"]["runner_type"].as_str().unwrap_or_default();
    name.parse().is_ok_and(Runner::is_workflow)
}

/// Returns the name of a child in its workflow, such as `deploy` or `deploy[3]`.
pub(super) fn child_name(document: &Value) -> String {
    let name = task_name(document);
    match item(document) {
        Some(item) => format!("{name}[{item}]"),
        None => name,
    }
}

/// Builds the tree below an execution.
pub(super) fn build(root: &Value, known: &Known) -> Node {
    let mut children: HashMap<&str, Vec<&Value>> = HashMap::new();
    for document in known.executions.values() {
        let parent = document["parent"].as_str().unwrap_or_default();
        children.entry(parent).or_default().push(document);
    }
    let mut node = leaf(root);
    node.children = inside(&node.id, &children, known, 0);
    node
}

/// The runs of one task: its executions and its task document.
#[derive(Default)]
struct Group<'v> {
    task: Option<&'v Value>,
    executions: Vec<&'v Value>,
}

fn inside(
    id: &str,
    children: &HashMap<&str, Vec<&Value>>,
    known: &Known,
    depth: usize,
) -> Vec<Node> {
    if depth == DEPTH_MAX {
        return Vec::new();
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for task in known.tasks.get(id).into_iter().flatten() {
        places.insert(text(task, "/id"), groups.len());
        groups.push(Group { task: Some(task), executions: Vec::new() });
    }
    for document in children.get(id).into_iter().flatten() {
        let task = text(document, "/context/orquesta/task_execution_id");
        // Each task of a chain is a node of its own.
        let key = if task.is_empty() { text(document, "/id") } else { task };
        let place = *places.entry(key).or_insert_with(|| {
            groups.push(Group::default());
            groups.len() - 1
        });
        groups[place].executions.push(document);
    }
    let mut nodes: Vec<Node> = Vec::new();
    for group in groups {
        nodes.extend(group.nodes(|execution| {
            let mut node = leaf(execution);
            node.children = inside(&node.id, children, known, depth + 1);
            node
        }));
    }
    nodes.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    nodes
}

impl Group<'_> {
    fn nodes(mut self, expand: impl Fn(&Value) -> Node) -> Vec<Node> {
        // Ids are ordered by time.
        self.executions.sort_by_key(|document| text(document, "/id"));
        let count = self.task.and_then(|task| task["items_count"].as_u64());
        let has_items =
            count.is_some() || self.executions.iter().any(|document| item(document).is_some());
        if !has_items && !self.executions.is_empty() {
            let mut nodes: Vec<Node> = self.executions.iter().map(|one| expand(one)).collect();
            number(&mut nodes);
            return nodes;
        }
        let mut node = self.task.map_or_else(Node::default, of_task);
        node.items_count = count.and_then(|count| usize::try_from(count).ok());
        let mut items: Vec<Node> = self.executions.iter().map(|one| expand(one)).collect();
        items.sort_by(|a, b| (a.item, &a.id).cmp(&(b.item, &b.id)));
        for same in items.chunk_by_mut(|a, b| a.item == b.item) {
            number(same);
        }
        if self.task.is_none()
            && let Some(first) = items.first()
        {
            node.name.clone_from(&first.name);
            node.route = first.route;
            node.start = items.iter().filter_map(|item| item.start).min();
            node.status = status_of(&items);
            let all_ended = items.iter().all(|item| item.end.is_some());
            node.end = items.iter().filter_map(|item| item.end).max().filter(|_| all_ended);
        }
        if let Some(first) = items.first() {
            node.action.clone_from(&first.action);
            // Each item has its own id.
            (node.is_kept, node.id) = (false, String::new());
        }
        node.children = items;
        vec![node]
    }
}

/// Numbers repeated runs.
fn number(nodes: &mut [Node]) {
    if nodes.len() > 1 {
        for (index, node) in nodes.iter_mut().enumerate() {
            node.run = index + 1;
        }
    }
}

/// Returns the combined status of items, for a task without a status.
fn status_of(items: &[Node]) -> String {
    let bad = |node: &&Node| !matches!(node.status.as_str(), "succeeded" | "running");
    let shown = items.iter().find(|item| item.end.is_none()).or_else(|| items.iter().find(bad));
    shown.or(items.first()).map(|item| item.status.clone()).unwrap_or_default()
}

fn of_task(task: &Value) -> Node {
    let ran = task["children"].as_array().and_then(|children| children.last());
    Node {
        name: text(task, "/task_name"),
        route: route(&task["task_route"]),
        status: text(task, "/status"),
        start: time(task, "start_timestamp"),
        end: time(task, "end_timestamp"),
        is_kept: ran.is_some(),
        id: ran.and_then(Value::as_str).unwrap_or_default().to_owned(),
        ..Node::default()
    }
}

fn leaf(document: &Value) -> Node {
    Node {
        name: task_name(document),
        route: route(&document["context"]["orquesta"]["task_route"]),
        item: item(document),
        action: text(document, "/action/ref"),
        status: text(document, "/status"),
        start: time(document, "start_timestamp"),
        end: time(document, "end_timestamp"),
        id: text(document, "/id"),
        ..Node::default()
    }
}

fn task_name(document: &Value) -> String {
    let names = ["/context/orquesta/task_name", "/context/chain/name", "/action/ref"];
    names.iter().map(|name| text(document, name)).find(|name| !name.is_empty()).unwrap_or_default()
}

fn item(document: &Value) -> Option<usize> {
    let item = document["context"]["orquesta"]["item_id"].as_u64()?;
    usize::try_from(item).ok()
}

fn route(value: &Value) -> usize {
    value.as_u64().and_then(|route| usize::try_from(route).ok()).unwrap_or_default()
}

fn text(document: &Value, pointer: &str) -> String {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn time(document: &Value, key: &str) -> Option<Timestamp> {
    Timestamp::parse(document[key].as_str()?)
}

#[cfg(test)]
mod tests;
