//! Action chains: tasks one after the other, each with the node that follows its success and the
//! node that follows its failure.
//!
//! ```text
//!          next: Request          started               heard: ended
//!   ready ───────────────► ready ─────────► active ───────────────────► ready | over
//!     │      refused / abort ──► …            │ heard: paused, pending
//!     │ next: End (parameters that            ▼
//!     ▼ cannot be rendered)                 active, and the chain is paused until the
//!   over                                    execution resumes (next: Tell) or ends
//! ```
//!
//! A request to pause or to cancel takes effect when the running task has ended, as in StackStorm.
//! An execution that is paused, or waits for a person, is told to cancel when the chain is canceled.
//!
//! Templates are rendered once: what comes out is data. Results are shared, never copied into the
//! contexts of later tasks; the cells name the execution that has them.

mod cells;
mod check;
mod definition;
mod document;
mod events;
mod next;
mod render;
mod steer;

use std::{collections::BTreeSet, sync::Arc};

use expr::variables::Variables;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

pub use cells::Unreadable;
pub use check::{Error, Flaw};
pub use definition::{Definition, Node};

use crate::{env::Env, protocol::Order, status::Status};

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
    /// The context of the chain's own execution: `user`, `pack` and so on.
    pub context: Map<String, Value>,
    /// The configuration of the pack that the context names.
    pub config: Value,
}

/// How a chain is run: parameters of the runner and of the execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether the result shows what was published.
    pub display_published: bool,
    /// The tasks that notify nobody of their end.
    pub skip_notify: Vec<String>,
    /// Whom tasks notify that have no `notify` of their own: the chain's own.
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

/// The execution of the current task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child<'a> {
    /// The name of the task.
    pub task: &'a str,
    /// The execution.
    pub execution_id: &'a str,
    /// Its last known status.
    pub status: Status,
}

/// A chain that runs.
#[derive(Debug, Clone)]
pub struct Chain {
    definition: Arc<Definition>,
    options: Options,
    parameters: Variables,
    action_context: Arc<Value>,
    config: Arc<Value>,
    progress: Progress,
    asked: Asked,
    failure: Option<Failure>,
    tasks: Vec<Task>,
    vars: IndexMap<Arc<str>, Var>,
    /// The results that templates see: the last one of each task.
    results: IndexMap<Arc<str>, Arc<Value>>,
    changed: BTreeSet<Cell>,
}

/// How far a chain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The node of this index runs next.
    Ready(usize),
    /// The last task runs, and its execution may have to be told something.
    Active(Option<Order>),
    /// Nothing is left to run.
    Over(Status),
}

/// What was asked of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asked {
    #[default]
    Run,
    Pause,
    Cancel,
}

/// What stopped a chain, other than its tasks.
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
    /// Its execution; a task that was refused has none.
    child: Option<Ids>,
    created_at: String,
    updated_at: String,
    state: Status,
    /// Whether it was paused or pending before.
    has_waited: bool,
    result: Arc<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Ids {
    execution: Arc<str>,
    liveaction: Arc<str>,
}

/// A variable of a chain.
#[derive(Debug, Clone)]
struct Var {
    value: Arc<Value>,
    is_published: bool,
}

/// A cell of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Chain,
    Task(usize),
    Var(usize),
}

impl Chain {
    /// Starts a chain: renders its variables.
    ///
    /// Variables that cannot be rendered fail the chain: see [`Self::next`].
    #[must_use]
    pub fn start(
        definition: Arc<Definition>,
        inputs: Inputs,
        options: Options,
        env: &Env<'_>,
    ) -> Self {
        let mut chain = Self::bare(definition, inputs, options);
        let first = chain.definition.first_index();
        chain.progress = first.map_or(Progress::Over(Status::Succeeded), Progress::Ready);
        chain.changed.insert(Cell::Chain);
        chain.init_vars(env);
        chain
    }

    fn bare(definition: Arc<Definition>, inputs: Inputs, options: Options) -> Self {
        let Inputs { parameters, execution_id, context, config } = inputs;
        let mut parent = Map::new();
        parent.insert("execution_id".to_owned(), Value::String(execution_id));
        parent.extend(context);
        Self {
            definition,
            options,
            parameters: Variables::from(parameters),
            action_context: Arc::new(json!({ "parent": parent })),
            config: Arc::new(config),
            progress: Progress::Over(Status::Succeeded),
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
    /// It is that of what was asked for, and otherwise follows the current task: a chain whose task
    /// is paused or waits for a person is paused.
    #[must_use]
    pub fn status(&self) -> Status {
        let waits = self.child().map(|child| is_waiting(child.status));
        match (self.progress, self.asked) {
            (Progress::Over(_), Asked::Pause) => Status::Paused,
            (Progress::Over(status), _) => status,
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
        matches!(self.progress, Progress::Over(_)) && self.asked != Asked::Pause
    }

    /// Returns the execution of the current task.
    #[must_use]
    pub fn child(&self) -> Option<Child<'_>> {
        let Progress::Active(_) = self.progress else { return None };
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

impl Failure {
    fn new(error: String) -> Self {
        Self { traceback: error.clone(), error, is_alone: false }
    }

    /// Makes the text of StackStorm, whose sentence ends before the reason does.
    fn because(message: &str, detail: &str) -> Self {
        Self { traceback: detail.to_owned(), ..Self::new(format!("{message}. {detail}")) }
    }
}

/// Returns whether an execution is paused, or waits for a person.
const fn is_waiting(status: Status) -> bool {
    matches!(status, Status::Paused | Status::Pending)
}
