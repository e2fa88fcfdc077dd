//! What a script and its driver tell each other.
//!
//! The driver asks [`Next`] until there is nothing to do, and answers each [`Request`] with
//! [`Admitted`] or a refusal. It tells what becomes of the executions with a [`Report`] each, and
//! writes each [`Change`] of the cells.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::status::Status;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// An action is to be requested. It is named again until the driver has told what came of it.
    Request(Box<Request>),
    /// An execution that was requested is to be told something.
    Tell {
        /// The execution.
        execution_id: Arc<str>,
        /// What it is to be told.
        order: Order,
    },
    /// Nothing, until an execution changes or somebody asks for something.
    Wait,
    /// The script has ended.
    End {
        /// Its final status.
        status: Status,
        /// Its result.
        result: Value,
    },
}

/// What the execution of a task is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// To pause.
    Pause,
    /// To resume.
    Resume,
    /// To cancel.
    Cancel,
}

/// A request for an execution of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The name of the task.
    pub task: String,
    /// The reference of the action.
    pub action: String,
    /// The parameters, evaluated: data, not templates. They are not cast to the action's types.
    pub parameters: Map<String, Value>,
    /// The task, as the context of the execution describes it.
    pub place: Place,
    /// What runs again, where the action is a workflow that goes on from tasks of an earlier run.
    pub rerun: Option<Value>,
    /// How many seconds it waits before its start.
    pub delay_s: Option<i64>,
    /// Whom to notify of its end.
    pub notify: Option<Value>,
}

/// The task of a request, as its language describes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A task of Orquesta.
    Orquesta(Value),
    /// A task of an action chain.
    Chain(Map<String, Value>),
}

/// An execution that was admitted for a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Admitted {
    /// Its id.
    pub execution_id: Arc<str>,
    /// Its id as a live action.
    pub liveaction_id: Arc<str>,
    /// When it was requested, as it is shown.
    pub created_at: String,
    /// What it runs.
    pub kind: Kind,
    /// How it failed already: its parameters could not be rendered.
    pub failure: Option<Report>,
}

/// What an execution runs, as far as it matters to the script around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An action that cannot be paused.
    Action,
    /// A workflow.
    Workflow,
    /// A question that waits for a person.
    Question,
}

/// What became of an execution that was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its status.
    pub status: Status,
    /// Its result; null where it has none.
    pub result: Arc<Value>,
    /// When, as it is shown.
    pub updated_at: String,
}

/// An execution as it stands when a script is restored.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// What it runs.
    pub kind: Kind,
    /// What became of it until now.
    pub report: Report,
}

/// A change of the cells of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The cell of this key has this value now.
    Put(String, Value),
    /// The cell of this key is gone.
    Remove(String),
    /// All cells whose keys begin so are gone.
    RemoveAll(String),
}

/// Returns the result of an execution; none for one that is not on record any more.
pub type Fetch<'a> = &'a dyn Fn(&str) -> Option<Arc<Value>>;
