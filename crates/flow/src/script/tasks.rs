//! The runs of the tasks of an Orquesta workflow: their cells, their results where expressions read
//! them, and how the API shows them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{env::Records, status::Status};

/// A run of a task. It is known by the index of its entry in the sequence.
#[derive(Debug, Clone)]
pub(super) struct TaskRun {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) route: usize,
    pub(super) items_count: Option<usize>,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

impl TaskRun {
    pub(super) fn to_cell(&self) -> Value {
        json!({
            "id": self.id,
            "task": self.name,
            "route": self.route,
            "items_count": self.items_count,
            "start": self.start.as_microsecond(),
            "end": self.end.map(Timestamp::as_microsecond),
        })
    }

    pub(super) fn of_cell(cell: &Value) -> Option<Self> {
        let moment = |name: &str| Timestamp::from_microsecond(cell.get(name)?.as_i64()?).ok();
        let count = |name: &str| usize::try_from(cell.get(name)?.as_u64()?).ok();
        Some(Self {
            id: cell.get("id")?.as_str()?.to_owned(),
            name: cell.get("task")?.as_str()?.to_owned(),
            route: count("route")?,
            items_count: count("items_count"),
            start: moment("start")?,
            end: moment("end"),
        })
    }
}

pub(super) fn task_key(entry: usize) -> String {
    format!("task/{entry}")
}

/// Returns the entry of a key that [`task_key`] made.
pub(super) fn of_task_key(key: &str) -> Option<usize> {
    key.strip_prefix("task/")?.parse().ok()
}

pub(super) fn child_key(entry: usize, item: Option<usize>) -> String {
    match item {
        Some(item) => format!("child/{entry}/{item}"),
        None => format!("child/{entry}"),
    }
}

/// Returns the entry and the item of a key that [`child_key`] made.
pub(super) fn of_child_key(key: &str) -> Option<(usize, Option<usize>)> {
    let mut parts = key.strip_prefix("child/")?.split('/');
    let entry = parts.next()?.parse().ok()?;
    let item = parts.next().map(str::parse).transpose().ok()?;
    Some((entry, item))
}

/// How an execution ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) result: Arc<Value>,
}

/// The runs of tasks, and their results. `task()` reads them.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) workflow_id: String,
    /// By the index of the entry in the sequence.
    pub(super) runs: BTreeMap<usize, TaskRun>,
    /// The results of tasks without items, where expressions read them.
    pub(super) ended: HashMap<usize, Ended>,
    /// The results of items, by task and route.
    pub(super) items: HashMap<(String, usize), Vec<Option<Ended>>>,
    pub(super) keeps_results: bool,
}

impl History {
    /// Returns the results of all items of a task, in their order.
    pub(super) fn accumulated(&self, task: &str, route: usize) -> Value {
        let items = self.items.get(&(task.to_owned(), route)).into_iter().flatten();
        let result = |item: &Option<Ended>| match item {
            Some(ended) => Value::clone(&ended.result),
            None => Value::Null,
        };
        Value::Array(items.map(result).collect())
    }

    /// Keeps the result of an item.
    pub(super) fn keep_item(&mut self, task: &str, route: usize, item: usize, ended: Ended) {
        let items = self.items.entry((task.to_owned(), route)).or_default();
        if items.len() <= item {
            items.resize(item + 1, None);
        }
        items[item] = Some(ended);
    }

    fn items_result(&self, run: &TaskRun) -> Value {
        let all = self.items.get(&(run.name.clone(), run.route)).into_iter().flatten();
        let item = |ended: &Option<Ended>| match ended {
            Some(ended) => json!({"status": ended.status, "result": ended.result}),
            None => Value::Null,
        };
        json!({"items": all.map(item).collect::<Vec<Value>>()})
    }
}

impl Records for History {
    fn record(&self, entry: usize) -> Option<Value> {
        let run = self.runs.get(&entry)?;
        let ended = self.ended.get(&entry);
        let (status, result) = match run.items_count {
            Some(_) => (json!(null), self.items_result(run)),
            None => {
                let status = ended.map_or(Status::Running, |ended| ended.status);
                let result = ended.map(|ended| Value::clone(&ended.result));
                (json!(status), result.unwrap_or_default())
            }
        };
        Some(json!({
            "task_execution_id": run.id,
            "workflow_execution_id": self.workflow_id,
            "task_name": run.name,
            "task_id": run.name,
            "route": run.route,
            "result": result,
            "status": status,
            "start_timestamp": text(run.start),
            "end_timestamp": run.end.map(text),
        }))
    }
}

/// Formats as StackStorm's API does: `2014-10-31T02:00:46.679000Z`.
fn text(moment: Timestamp) -> String {
    format!("{moment:.6}")
}

/// Returns the runs of the tasks of a workflow as the API shows them, in the order of the sequence.
#[must_use]
pub fn documents(workflow_id: &str, cells: &[(String, Value)]) -> Vec<Value> {
    let mut runs: BTreeMap<usize, TaskRun> = BTreeMap::new();
    let mut statuses: BTreeMap<usize, Status> = BTreeMap::new();
    let mut children: BTreeMap<usize, Vec<(Option<usize>, &str)>> = BTreeMap::new();
    for (key, value) in cells {
        if let Some(entry) = of_task_key(key) {
            runs.extend(TaskRun::of_cell(value).map(|run| (entry, run)));
        } else if let Some((entry, item)) = of_child_key(key) {
            children.entry(entry).or_default().extend(value.as_str().map(|id| (item, id)));
        } else if let Some(entry) = key.strip_prefix("entry/") {
            let status = value.get("status").and_then(Value::as_str);
            let status = status.and_then(Status::from_name);
            statuses.extend(entry.parse::<usize>().ok().zip(status));
        }
    }
    let document = |(entry, run): (usize, TaskRun)| {
        let mut children = children.remove(&entry).unwrap_or_default();
        children.sort_unstable();
        json!({
            "id": run.id,
            "workflow_execution": workflow_id,
            "task_name": run.name,
            "task_id": run.name,
            "task_route": run.route,
            "itemized": run.items_count.is_some(),
            "items_count": run.items_count,
            "status": statuses.get(&entry),
            "start_timestamp": text(run.start),
            "end_timestamp": run.end.map(text),
            "children": children.into_iter().map(|(_, id)| id).collect::<Vec<&str>>(),
        })
    };
    runs.into_iter().map(document).collect()
}
