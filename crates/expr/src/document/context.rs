//! What expressions of a workflow can read.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::jinja::{Limits, Lookup};
use crate::variables::Variables;

/// What a context has where all its variables are shared.
static NOTHING: Value = Value::Null;

/// The context of an evaluation: Orquesta's.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The variables: an object. Names that begin with two underscores are private.
    pub variables: &'a Value,
    /// Variables that many evaluations share; they hide others of the same names.
    pub shared: Option<&'a Variables>,
    /// The workflow that evaluates; none outside one.
    pub workflow: Option<&'a dyn Workflow>,
    /// The datastore behind `st2kv`.
    pub lookup: Option<&'a dyn Lookup>,
    /// The key file for encrypted values: JSON text.
    pub crypto_key: Option<&'a str>,
    /// The time that `now()` gives.
    pub now: Timestamp,
    /// What random numbers are drawn by.
    pub seed: u64,
    /// Whether texts that come out of expressions are evaluated, too, as Orquesta does.
    pub again: bool,
    /// The limits of the whole evaluation.
    pub limits: Limits,
}

impl<'a> Context<'a> {
    /// Makes a context of variables alone, at the beginning of 1970.
    #[must_use]
    pub fn new(variables: &'a Value) -> Self {
        Self {
            variables,
            shared: None,
            workflow: None,
            lookup: None,
            crypto_key: None,
            now: Timestamp::UNIX_EPOCH,
            seed: 0,
            again: false,
            limits: Limits::default(),
        }
    }

    /// Makes a context of variables that many evaluations share, at the beginning of 1970.
    ///
    /// What an evaluation costs does not depend on what it does not read.
    #[must_use]
    pub fn sharing(variables: &'a Variables) -> Self {
        Self { shared: Some(variables), ..Self::new(&NOTHING) }
    }

    /// Returns the value of a variable, private or not.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Value> {
        let shared = self.shared.and_then(|shared| shared.get(name));
        shared.or_else(|| self.variables.get(name))
    }

    /// Returns the names of the variables that are not private; some may come twice.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        let own = self.variables.as_object().into_iter().flat_map(serde_json::Map::keys);
        let shared = self.shared.into_iter().flat_map(Variables::names);
        own.map(String::as_str).chain(shared).filter(|name| !is_private(name))
    }

    /// Returns the variables that are not private.
    pub(crate) fn visible(&self) -> IndexMap<&'a str, &'a Value> {
        let mut visible = self.all();
        visible.retain(|name, _| !is_private(name));
        visible
    }

    /// Returns a copy of all variables.
    pub(crate) fn to_value(self) -> Value {
        let copy = |(name, value): (&str, &Value)| (name.to_owned(), value.clone());
        Value::Object(self.all().into_iter().map(copy).collect())
    }

    fn all(&self) -> IndexMap<&'a str, &'a Value> {
        let own = self.variables.as_object().into_iter().flatten();
        let mut all: IndexMap<&str, &Value> =
            own.map(|(name, value)| (name.as_str(), value)).collect();
        if let Some(shared) = self.shared {
            all.extend(shared.entries().into_iter().map(|(name, value)| (name, &**value)));
        }
        all
    }
}

/// Returns whether a name is for the engine's own use.
pub(crate) fn is_private(name: &str) -> bool {
    name.starts_with("__")
}

/// The task that was run last, as `result()` and `succeeded()` see it.
#[derive(Debug, Clone, Copy)]
pub struct CurrentTask<'a> {
    /// Its name in the workflow.
    pub id: &'a str,
    /// Its route.
    pub route: usize,
    /// What it gave.
    pub result: Option<&'a Value>,
}

/// An entry in the sequence of a workflow's tasks.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its status; none when it has none yet.
    pub status: Option<&'a str>,
    /// Its route.
    pub route: usize,
}

/// The state of a workflow, lent to the expressions in it.
pub trait Workflow {
    /// Returns the current task.
    fn current_task(&self) -> Option<CurrentTask<'_>>;

    /// Returns the current item of a task with items.
    fn current_item(&self) -> Option<&Value>;

    /// Returns the latest entry of a task in exactly this route.
    fn entry(&self, task: &str, route: usize) -> Option<Entry<'_>>;

    /// Returns the transitions that make up a route.
    fn route(&self, index: usize) -> Option<Vec<&str>>;

    /// Returns what `task()` gives: the record of the latest execution of a task in a route.
    fn execution(&self, task: &str, route: usize) -> Option<Value>;
}

/// A workflow's state as Orquesta serialises it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded<'a> {
    /// The current task: `id`, `route`, `result`.
    pub task: Option<&'a Value>,
    /// The current item.
    pub item: Option<&'a Value>,
    /// The state: `tasks`, `routes`, `sequence`.
    pub state: Option<&'a Value>,
}

impl<'a> Recorded<'a> {
    /// Returns the state that stands among variables under Orquesta's private names.
    #[must_use]
    pub fn among(variables: &'a Value) -> Self {
        Self {
            task: variables.get("__current_task").filter(|task| !task.is_null()),
            item: variables.get("__current_item"),
            state: variables.get("__state"),
        }
    }
}

fn number(value: Option<&Value>) -> Option<usize> {
    usize::try_from(value?.as_u64()?).ok()
}

impl Workflow for Recorded<'_> {
    fn current_task(&self) -> Option<CurrentTask<'_>> {
        let task = self.task?;
        let id = task.get("id")?.as_str()?;
        Some(CurrentTask { id, route: number(task.get("route"))?, result: task.get("result") })
    }

    fn current_item(&self) -> Option<&Value> {
        self.item
    }

    fn entry(&self, task: &str, route: usize) -> Option<Entry<'_>> {
        let state = self.state?;
        let index = number(state.get("tasks")?.get(format!("{task}__r{route}")))?;
        let entry = state.get("sequence")?.get(index)?;
        let route = number(entry.get("route")).unwrap_or(route);
        Some(Entry { status: entry.get("status").and_then(Value::as_str), route })
    }

    fn route(&self, index: usize) -> Option<Vec<&str>> {
        let route = self.state?.get("routes")?.get(index)?.as_array()?;
        Some(route.iter().filter_map(Value::as_str).collect())
    }

    fn execution(&self, _task: &str, _route: usize) -> Option<Value> {
        None
    }
}
