//! The records of a workflow beside those of its conductor: its definition, what each run of a
//! task is called, and which execution runs for it.

use flow::conductor::Change;
use model::{Id, Timestamp};
use serde_json::{Value, json};
use store::Transaction;

/// The key of the definition.
pub(super) const DEFINITION: &str = "definition";

/// A run of a task, by its place in the sequence.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) route: usize,
    pub(super) items_count: Option<usize>,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

impl Task {
    pub(super) fn to_cell(&self) -> Value {
        json!({
            "id": self.id,
            "task": self.name,
            "route": self.route,
            "items_count": self.items_count,
            "start": self.start.micros(),
            "end": self.end.map(Timestamp::micros),
        })
    }

    pub(super) fn of_cell(cell: &Value) -> Option<Self> {
        let moment = |name: &str| cell.get(name)?.as_i64().map(Timestamp::from_micros);
        let count = |name: &str| usize::try_from(cell.get(name)?.as_u64()?).ok();
        Some(Self {
            id: cell.get("id")?.as_str()?.parse().ok()?,
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

pub(super) fn child_key(entry: usize, item: Option<usize>) -> String {
    match item {
        Some(item) => format!("child/{entry}/{item}"),
        None => format!("child/{entry}"),
    }
}

/// Returns the entry and the item of a key that `child_key` made.
pub(super) fn of_child_key(key: &str) -> Option<(usize, Option<usize>)> {
    let mut parts = key.strip_prefix("child/")?.split('/');
    let entry = parts.next()?.parse().ok()?;
    let item = parts.next().map(str::parse).transpose().ok()?;
    Some((entry, item))
}

/// Adds the changes of a conductor's records.
pub(super) fn put_changes(transaction: &mut Transaction, workflow: Id, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Put(key, value) => transaction.put_cell(workflow, &key, &value),
            Change::Remove(key) => transaction.remove_cell(workflow, &key),
            Change::RemoveAll(prefix) => transaction.remove_cells(workflow, &prefix),
        }
    }
}
