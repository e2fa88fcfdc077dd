//! Workflow definitions in Orquesta's language, after their short forms are written out.

use indexmap::IndexMap;
use serde_json::Value;

pub(crate) mod inline;
mod parse;

pub use parse::{Error, parse};
pub(crate) use parse::{is_falsy, is_word, split};

/// The tasks that are commands to the conductor rather than tasks of the workflow.
pub const COMMANDS: [&str; 4] = ["continue", "fail", "noop", "retry"];

/// A workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Its inputs, in order; a value is the default.
    pub input: Vec<Variable>,
    /// The variables that it sets before the first task, in order.
    pub vars: Vec<Variable>,
    /// Its output, in order.
    pub output: Vec<Variable>,
    /// The tasks by name, in the order of the definition.
    pub tasks: IndexMap<String, Task>,
}

/// A variable: a name, and a value with expressions.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value; null where none is given.
    pub value: Value,
}

/// A task of a workflow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Task {
    /// How many seconds to wait before its action starts: a number or a text with an expression.
    pub delay: Option<Value>,
    /// How many of the tasks before it must lead to it.
    pub join: Option<Join>,
    /// The items: the action runs for each.
    pub with: Option<Items>,
    /// The reference of the action, or a text with an expression; none for a task that only leads on.
    pub action: Option<String>,
    /// The parameters of the action: a mapping, or a text with an expression.
    pub input: Option<Value>,
    /// When and how often to run it again.
    pub retry: Option<Retry>,
    /// What follows.
    pub next: Vec<Transition>,
}

/// How many of the tasks before a join must lead to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All of them.
    All,
    /// This many.
    Count(u64),
}

/// The items of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Items {
    /// The names by which parts of an item are known: those before ` in `.
    pub keys: Option<Vec<String>>,
    /// The expression of the list.
    pub expression: String,
    /// How many run at a time: a number or a text with an expression.
    pub concurrency: Option<Value>,
}

/// When and how often a task runs again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The condition; none for "when it failed".
    pub when: Option<String>,
    /// How often at most: a number or a text with an expression.
    pub count: Value,
    /// How many seconds to wait before each: a number or a text with an expression.
    pub delay: Option<Value>,
}

/// A transition: what follows a task that ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transition {
    /// The condition; none for "in any case".
    pub when: Option<String>,
    /// The variables that are set for what follows, in order.
    pub publish: Vec<Variable>,
    /// The tasks and commands that follow.
    pub to: Vec<String>,
}
