//! The tasks of a workflow as the API shows them.

use std::collections::BTreeMap;

use access::Refusal;
use flow::Status as FlowStatus;
use model::{Execution, Id, Timestamp};
use serde_json::{Value, json};

use super::{
    cells::{self, Task},
    dispatch::id_of,
};
use crate::Workflows;

impl Workflows {
    /// Returns the runs of the tasks of a workflow, in the order in which they came to be.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn tasks_of(&self, execution: &Execution) -> Result<Vec<Value>, Refusal> {
        let Some(id) = execution.context.get("workflow_execution").and_then(id_of) else {
            return Ok(Vec::new());
        };
        let mut tasks: BTreeMap<usize, Task> = BTreeMap::new();
        let mut statuses: BTreeMap<usize, FlowStatus> = BTreeMap::new();
        let mut children: BTreeMap<usize, Vec<(Option<usize>, Id)>> = BTreeMap::new();
        for (key, value) in self.store().cells(id).await? {
            if let Some(entry) = key.strip_prefix("task/") {
                tasks.extend(entry.parse::<usize>().ok().zip(Task::of_cell(&value)));
            } else if let Some((entry, item)) = cells::of_child_key(&key) {
                children.entry(entry).or_default().extend(id_of(&value).map(|id| (item, id)));
            } else if let Some(entry) = key.strip_prefix("entry/") {
                let status = value.get("status").and_then(Value::as_str);
                let status = status.and_then(FlowStatus::from_name);
                statuses.extend(entry.parse::<usize>().ok().zip(status));
            }
        }
        let document = |(entry, task): (usize, Task)| {
            let mut children = children.get(&entry).cloned().unwrap_or_default();
            children.sort_unstable();
            json!({
                "id": task.id,
                "workflow_execution": id,
                "task_name": task.name,
                "task_id": task.name,
                "task_route": task.route,
                "itemized": task.items_count.is_some(),
                "items_count": task.items_count,
                "status": statuses.get(&entry),
                "start_timestamp": task.start,
                "end_timestamp": task.end.map(|end: Timestamp| json!(end)),
                "children": children.iter().map(|(_, id)| *id).collect::<Vec<Id>>(),
            })
        };
        Ok(tasks.into_iter().map(document).collect())
    }
}
