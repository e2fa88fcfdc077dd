//! Action chains: tasks one after the other, each with the node that follows its success and the
//! one that follows its failure.
//!
//! A [`Chain`] is the run of one. Its caller asks [`Chain::next`] what is to be done, does it, and
//! says what came of it:
//!
//! ```text
//!            next: Run            started               heard: ended
//!   ready ───────────────► ready ─────────► active ───────────────────► ready | over
//!     │      refused / abort ──► …            │ heard: paused, pending
//!     │ next: End (parameters that            ▼
//!     ▼ cannot be rendered)                 active, and the chain is paused until the
//!   over                                    child goes on (next: Resume) or ends
//! ```
//!
//! A request to pause or to cancel takes hold when the running task has ended, as in StackStorm.
//! One that is paused or waits for a person is told to stop when the chain is canceled: see
//! [`Next::Cancel`].
//!
//! Templates are rendered once: what they give is data. Results are shared, never copied into
//! the contexts of later tasks; the records name the execution that has them.

mod cells;
mod check;
mod definition;
mod document;
mod render;
mod step;

use std::{collections::BTreeSet, sync::Arc};

use expr::{
    jinja::{Limits, Lookup},
    variables::Variables,
};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

pub use cells::{Fetch, Unreadable};
pub use check::{Error, Flaw};
pub use definition::{Definition, Node};

use crate::status::Status;

/// How many tasks one chain may run, unless its options say otherwise: a chain that leads back to
/// itself would run for ever.
pub const TASKS_MAX: usize = 10_000;

/// What a chain is started with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inputs {
    /// The parameters of the action; those of the runner are not among them.
    pub parameters: Map<String, Value>,
    /// The id of the chain's own execution.
    pub execution_id: String,
    /// The context of the chain's own execution: `user`, `pack` and their like.
    pub context: Map<String, Value>,
    /// The configuration of the pack that the context names.
    pub config: Value,
}

/// How a chain is run: parameters of the runner and of the execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether the result shows what was published.
    pub display_published: bool,
    /// The tasks that tell nobody how they ended.
    pub skip_notify: Vec<String>,
    /// Whom tasks tell that say nothing of their own: the chain's own `notify`.
    pub notify: Option<Value>,
    /// How many tasks the chain may run.
    pub tasks_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            display_published: true,
            skip_notify: Vec::new(),
            notify: None,
            tasks_max: TASKS_MAX,
        }
    }
}

/// What surrounds a step: given anew with each.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Returns whether there is an action of this reference.
    pub has_action: &'a dyn Fn(&str) -> bool,
    /// The datastore behind `st2kv` and `system`.
    pub lookup: Option<&'a dyn Lookup>,
    /// The key file for encrypted values.
    pub crypto_key: Option<&'a str>,
    /// What the filter `random` picks by.
    pub seed: u64,
    /// The limits of one evaluation.
    pub limits: Limits,
}

impl Default for Env<'_> {
    fn default() -> Self {
        Self {
            has_action: &|_| true,
            lookup: None,
            crypto_key: None,
            seed: 0,
            limits: Limits::default(),
        }
    }
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// An action is to be run; say [`Chain::started`], [`Chain::refused`] or [`Chain::abort`].
    Run(Box<Run>),
    /// The execution that is paused is to go on.
    Resume {
        /// The execution.
        execution_id: Arc<str>,
    },
    /// The execution that is paused or waits for a person is to be canceled.
    Cancel {
        /// The execution.
        execution_id: Arc<str>,
    },
    /// Nothing: a task runs, or the chain is paused.
    Wait,
    /// The chain has ended.
    End {
        /// How.
        status: Status,
        /// Its result.
        result: Value,
    },
}

/// An action that is to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The name of the task.
    pub task: String,
    /// The reference of the action.
    pub action: String,
    /// The parameters, rendered: data, not templates. They are not cast to the action's types.
    pub parameters: Map<String, Value>,
    /// Whom to tell how it ended.
    pub notify: Option<Value>,
    /// What goes into the context of the execution, under `chain`.
    pub chain: Map<String, Value>,
    /// What goes into the context of the execution, under `parent`.
    pub parent: Map<String, Value>,
}

/// What became of the execution that runs for a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its status.
    pub status: Status,
    /// Its result.
    pub result: Arc<Value>,
    /// When, as it is to be shown.
    pub updated_at: String,
}

/// The execution that runs for the current task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child<'a> {
    /// The name of the task.
    pub task: &'a str,
    /// The execution.
    pub execution_id: &'a str,
    /// The status that was heard last.
    pub status: Status,
}

/// The run of a chain.
#[derive(Debug, Clone)]
pub struct Chain {
    definition: Arc<Definition>,
    options: Options,
    parameters: Variables,
    action_context: Arc<Value>,
    config: Arc<Value>,
    stage: Stage,
    asked: Asked,
    failure: Option<Failure>,
    tasks: Vec<Task>,
    vars: IndexMap<Arc<str>, Var>,
    /// What templates see of the tasks: the last result of each.
    results: IndexMap<Arc<str>, Arc<Value>>,
    changed: BTreeSet<Cell>,
}

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The node of this place is to run.
    Ready(usize),
    /// The last task runs, and there may be something to tell its execution.
    Active(Option<Order>),
    /// Nothing is left to run.
    Over(Status),
}

/// What is to be told to the execution of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Resume,
    Cancel,
}

/// What was asked of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asked {
    #[default]
    Run,
    Pause,
    Cancel,
}

/// What stopped the chain, beside its tasks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Failure {
    error: String,
    traceback: String,
    /// Whether the result shows nothing else.
    is_alone: bool,
}

/// A task that was begun.
#[derive(Debug, Clone)]
struct Task {
    name: Arc<str>,
    /// The execution that runs for it; one that was refused has none.
    child: Option<Ids>,
    created_at: String,
    updated_at: String,
    state: Status,
    /// Whether it stood still on its way.
    has_waited: bool,
    result: Arc<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Ids {
    execution: Arc<str>,
    liveaction: Arc<str>,
}

/// A variable of the chain.
#[derive(Debug, Clone)]
struct Var {
    value: Arc<Value>,
    is_published: bool,
}

/// A record of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Chain,
    Task(usize),
    Var(usize),
}

impl Chain {
    /// Begins a run: renders the variables.
    ///
    /// Variables that cannot be rendered are the failure of the chain: see [`Self::next`].
    #[must_use]
    pub fn start(
        definition: Arc<Definition>,
        inputs: Inputs,
        options: Options,
        env: &Env<'_>,
    ) -> Self {
        let mut chain = Self::bare(definition, inputs, options);
        chain.stage =
            chain.definition.first_place().map_or(Stage::Over(Status::Succeeded), Stage::Ready);
        chain.changed.insert(Cell::Chain);
        chain.init_vars(env);
        chain
    }

    fn bare(definition: Arc<Definition>, inputs: Inputs, options: Options) -> Self {
        let mut parent = Map::new();
        parent.insert("execution_id".to_owned(), Value::String(inputs.execution_id));
        parent.extend(inputs.context);
        Self {
            definition,
            options,
            parameters: Variables::from(inputs.parameters),
            action_context: Arc::new(json!({ "parent": parent })),
            config: Arc::new(inputs.config),
            stage: Stage::Over(Status::Succeeded),
            asked: Asked::Run,
            failure: None,
            tasks: Vec::new(),
            vars: IndexMap::new(),
            results: IndexMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Returns the definition.
    #[must_use]
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// Returns the status of the chain.
    ///
    /// It is that of what was asked for, and else follows the task that runs: a chain whose task
    /// is paused or waits for a person is paused.
    #[must_use]
    pub fn status(&self) -> Status {
        let waits = self.child().map(|child| is_waiting(child.status));
        match (self.stage, self.asked) {
            (Stage::Over(_), Asked::Pause) => Status::Paused,
            (Stage::Over(status), _) => status,
            (_, Asked::Cancel) => Status::Canceling,
            (_, Asked::Pause) if waits == Some(false) => Status::Pausing,
            (_, Asked::Pause) => Status::Paused,
            (_, Asked::Run) if waits == Some(true) => Status::Paused,
            (_, Asked::Run) => Status::Running,
        }
    }

    /// Returns whether the chain has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(_)) && self.asked != Asked::Pause
    }

    /// Returns the execution that runs for the current task.
    #[must_use]
    pub fn child(&self) -> Option<Child<'_>> {
        let Stage::Active(_) = self.stage else { return None };
        let task = self.tasks.last()?;
        let execution_id = &*task.child.as_ref()?.execution;
        Some(Child { task: &task.name, execution_id, status: task.state })
    }

    /// Returns how many tasks were begun.
    #[must_use]
    pub fn tasks_count(&self) -> usize {
        self.tasks.len()
    }
}

/// Returns whether an execution stands still.
const fn is_waiting(status: Status) -> bool {
    matches!(status, Status::Paused | Status::Pending)
}
