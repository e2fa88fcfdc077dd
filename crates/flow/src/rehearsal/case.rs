//! A test: its cases, their mocks and their expectations.

use std::fmt;

use serde_json::Value;

use crate::{contexts::Object, status::Status};

/// One key of a path into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// The index of a list.
    Index(usize),
    /// The name in a mapping.
    Name(String),
}

/// A path into a test.
pub type Path = Vec<Key>;

/// Something wrong with the form of a test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    /// Its path.
    pub path: Path,
    /// What is wrong, and what to do.
    pub message: String,
}

/// One run of a workflow, and what is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: Path,
    /// The file that holds the workflow.
    pub workflow: Told<String>,
    /// The inputs of the workflow.
    pub inputs: Object,
    /// The variables from outside, such as `st2` and `parent`.
    pub context: Object,
    /// The datastore.
    pub datastore: Object,
    /// How tasks end.
    pub mocks: Mocks,
    /// What is expected; nothing for a plan.
    pub expect: Option<Expect>,
}

/// A value in a test, with its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// Its path.
    pub path: Path,
}

/// How tasks end; what is not mocked succeeds.
#[derive(Debug, Clone, PartialEq)]
pub enum Mocks {
    /// Run by run, the last of a task's turns staying.
    Turns(Vec<Turn>),
    /// As Orquesta's rehearsals take them: the first that is not used up, whatever the route.
    Orquesta(Vec<Execution>),
}

/// How a task ends in one of its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The task.
    pub task: Told<String>,
    /// Its route; any, unless one is named.
    pub route: Option<usize>,
    /// For how many runs it holds.
    pub times: usize,
    /// How the task ends, or each item that is not told.
    pub reply: Reply,
    /// How its items end.
    pub items: Vec<Reply>,
}

/// One of Orquesta's mocked executions.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// The task.
    pub task: Told<String>,
    /// The item.
    pub item: Option<usize>,
    /// How long the sequence is where it applies, less one.
    pub entry: Option<usize>,
    /// How often it is used.
    pub times: usize,
    /// How the execution ends.
    pub reply: Reply,
}

/// How an action ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Its status.
    pub status: Status,
    /// Its result.
    pub result: Given,
    /// Its path.
    pub path: Path,
}

/// The result of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// What the test does not say.
    Unsaid,
    /// A value.
    Value(Value),
    /// What is in a file.
    File(String),
}

/// What is expected of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// The status.
    pub status: Told<Status>,
    /// The output.
    pub output: Option<Told<Value>>,
    /// The tasks in their order, `name` or `name__r1`.
    pub tasks: Option<Told<Vec<String>>>,
    /// The tasks that nothing follows, in any order.
    pub terminal: Option<Told<Vec<String>>>,
    /// The routes.
    pub routes: Option<Told<Value>>,
    /// What went wrong.
    pub errors: Option<Told<Expected>>,
    /// What the inspection finds.
    pub inspection: Option<Told<Expected>>,
    /// Whether commands such as `continue` count among the tasks, as they do in Orquesta's sequence.
    pub counts_commands: bool,
}

/// Entries that are expected in a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Exactly this.
    Exactly(Value),
    /// For each of these texts one whose message holds it, and no other.
    Parts(Vec<String>),
}

impl Case {
    /// Returns every mocked reply, so that results in files can be read.
    pub fn replies_mut(&mut self) -> Vec<&mut Reply> {
        match &mut self.mocks {
            Mocks::Turns(turns) => turns
                .iter_mut()
                .flat_map(|turn| std::iter::once(&mut turn.reply).chain(&mut turn.items))
                .collect(),
            Mocks::Orquesta(all) => all.iter_mut().map(|one| &mut one.reply).collect(),
        }
    }

    /// Returns the tasks that are mocked.
    #[must_use]
    pub fn mocked(&self) -> Vec<&Told<String>> {
        match &self.mocks {
            Mocks::Turns(turns) => turns.iter().map(|turn| &turn.task).collect(),
            Mocks::Orquesta(all) => all.iter().map(|one| &one.task).collect(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
