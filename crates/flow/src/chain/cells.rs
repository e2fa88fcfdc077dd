//! The state of a chain as a set of small cells, so that each step writes only what it changed.
//!
//! There is one cell for the chain, one for each task and one for each variable. The result of a
//! task is not in its cell, which names the execution that has it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Asked, Cell, Chain, Definition, Failure, Ids, Inputs, Options, Progress, Task, Var, is_waiting,
};
use crate::{
    protocol::{Change, Fetch, Order},
    status::Status,
};

const CHAIN: &str = "chain";
const TASK: &str = "chain/task/";
const VAR: &str = "chain/var/";

/// Cells that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recorded state of the chain cannot be read: {0}")]
pub struct Unreadable(String);

#[derive(Serialize, Deserialize)]
struct ChainCell {
    stage: StageCell,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Order>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    asked: Asked,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StageCell {
    Ready,
    Active,
    Over,
}

#[derive(Serialize, Deserialize)]
struct TaskCell {
    name: Arc<str>,
    child: Option<Ids>,
    created_at: String,
    updated_at: String,
    state: Status,
    has_waited: bool,
    /// The result of a task without an execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Arc<Value>>,
}

#[derive(Serialize, Deserialize)]
struct VarCell {
    name: Arc<str>,
    value: Arc<Value>,
    is_published: bool,
}

impl Chain {
    /// Returns what changed in the cells since the last call.
    pub fn changes(&mut self) -> Vec<Change> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|cell| self.change(cell)).collect()
    }

    fn change(&self, cell: Cell) -> Option<Change> {
        let (key, value) = match cell {
            Cell::Chain => (CHAIN.to_owned(), serde_json::to_value(self.chain_cell())),
            Cell::Task(index) => {
                let cell = task_cell(self.tasks.get(index)?);
                (format!("{TASK}{index}"), serde_json::to_value(cell))
            }
            Cell::Var(index) => {
                let (name, var) = self.vars.get_index(index)?;
                let cell = VarCell {
                    name: Arc::clone(name),
                    value: Arc::clone(&var.value),
                    is_published: var.is_published,
                };
                (format!("{VAR}{index}"), serde_json::to_value(cell))
            }
        };
        Some(Change::Put(key, value.ok()?))
    }

    fn chain_cell(&self) -> ChainCell {
        let (stage, node, order, status) = match self.progress {
            Progress::Ready(index) => {
                let node = self.definition.nodes().get(index).map(|node| node.name.clone());
                (StageCell::Ready, node, None, None)
            }
            Progress::Active(order) => (StageCell::Active, None, order, None),
            Progress::Over(status) => (StageCell::Over, None, None, Some(status)),
        };
        let failure = self.failure.clone();
        ChainCell { stage, node, order, status, asked: self.asked, failure }
    }

    /// Restores a chain from all its cells.
    ///
    /// Cells of other keys are ignored. A result that is not on record any more is null.
    ///
    /// # Errors
    /// Fails when a cell is missing, cannot be read, or does not fit the definition.
    pub fn restore(
        definition: Arc<Definition>,
        inputs: Inputs,
        options: Options,
        cells: impl IntoIterator<Item = (String, Value)>,
        fetch: Fetch<'_>,
    ) -> Result<Self, Unreadable> {
        let mut chain = Self::bare(definition, inputs, options);
        let mut own = None;
        let mut tasks = BTreeMap::new();
        let mut vars = BTreeMap::new();
        for (key, value) in cells {
            if key == CHAIN {
                own = Some(read::<ChainCell>(&key, value)?);
            } else if let Some(index) = key.strip_prefix(TASK) {
                tasks.insert(index_of(index, &key)?, read::<TaskCell>(&key, value)?);
            } else if let Some(index) = key.strip_prefix(VAR) {
                vars.insert(index_of(index, &key)?, read::<VarCell>(&key, value)?);
            }
        }
        for (expected, (index, cell)) in vars.into_iter().enumerate() {
            check(expected == index, || format!("`{VAR}{expected}` is not there"))?;
            chain
                .vars
                .insert(cell.name, Var { value: cell.value, is_published: cell.is_published });
        }
        for (expected, (index, cell)) in tasks.into_iter().enumerate() {
            check(expected == index, || format!("`{TASK}{expected}` is not there"))?;
            chain.take_task(cell, fetch);
        }
        let own = own.ok_or_else(|| Unreadable(format!("`{CHAIN}` is not there")))?;
        chain.take(own)?;
        Ok(chain)
    }

    fn take_task(&mut self, cell: TaskCell, fetch: Fetch<'_>) {
        let has_result = cell.state.is_completed() || is_waiting(cell.state) || cell.has_waited;
        let fetched = match (&cell.child, cell.result) {
            (Some(child), None) if has_result => fetch(&child.execution),
            (_, result) => result,
        };
        self.tasks.push(Task {
            name: cell.name,
            child: cell.child,
            created_at: cell.created_at,
            updated_at: cell.updated_at,
            state: cell.state,
            has_waited: cell.has_waited,
            result: fetched.unwrap_or_default(),
        });
        if has_result {
            self.show_result(self.tasks.len() - 1);
        }
    }

    fn take(&mut self, cell: ChainCell) -> Result<(), Unreadable> {
        self.progress = match cell.stage {
            StageCell::Ready => {
                let name = cell.node.as_deref().unwrap_or_default();
                let index = self.definition.find(name);
                let missing = || Unreadable(format!("there is no task `{name}`"));
                Progress::Ready(index.ok_or_else(missing)?)
            }
            StageCell::Active => {
                let is_active = self
                    .tasks
                    .last()
                    .is_some_and(|task| task.child.is_some() && !task.state.is_completed());
                check(is_active, || "no task is active".to_owned())?;
                Progress::Active(cell.order)
            }
            StageCell::Over => Progress::Over(cell.status.unwrap_or(Status::Failed)),
        };
        self.asked = cell.asked;
        self.failure = cell.failure;
        Ok(())
    }
}

fn task_cell(task: &Task) -> TaskCell {
    TaskCell {
        name: Arc::clone(&task.name),
        child: task.child.clone(),
        created_at: task.created_at.clone(),
        updated_at: task.updated_at.clone(),
        state: task.state,
        has_waited: task.has_waited,
        result: task.child.is_none().then(|| Arc::clone(&task.result)),
    }
}

fn read<T: for<'de> Deserialize<'de>>(key: &str, value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|error| Unreadable(format!("`{key}`: {error}")))
}

fn index_of(index: &str, key: &str) -> Result<usize, Unreadable> {
    index.parse().map_err(|_| Unreadable(format!("`{key}` is no place")))
}

fn check(holds: bool, complaint: impl Fn() -> String) -> Result<(), Unreadable> {
    if holds { Ok(()) } else { Err(Unreadable(complaint())) }
}
