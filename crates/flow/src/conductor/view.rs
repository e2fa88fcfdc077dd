//! What the expressions of a workflow can see of its run.

use std::sync::Arc;

use expr::{
    document::{self, Context, CurrentTask, Entry, Workflow},
    jinja::{Limits, Lookup},
    variables::Variables,
};
use jiff::Timestamp;
use serde_json::Value;

use super::Error;
use crate::{
    contexts::Published,
    graph::{Graph, Node},
    state::State,
};

/// What surrounds the evaluations of a step: given anew with each, for a conductor has no clock.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The time that `now()` gives.
    pub now: Timestamp,
    /// What random numbers are drawn by.
    pub seed: u64,
    /// The datastore behind `st2kv`.
    pub lookup: Option<&'a dyn Lookup>,
    /// The key file for encrypted values.
    pub crypto_key: Option<&'a str>,
    /// The records of the tasks' executions, behind `task()`.
    pub records: Option<&'a dyn Records>,
    /// Whether data is evaluated, too, as Orquesta does: the inputs as they are given, and texts
    /// that come out of expressions.
    pub again: bool,
    /// The limits of one evaluation.
    pub limits: Limits,
}

impl Env<'_> {
    /// Makes surroundings without a datastore, at the beginning of 1970.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            seed: 0,
            lookup: None,
            crypto_key: None,
            records: None,
            again: false,
            limits: Limits::default(),
        }
    }
}

impl Default for Env<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The records of what was run for tasks.
pub trait Records {
    /// Returns what `task()` gives for the entry at this place in the sequence.
    fn record(&self, entry: usize) -> Option<Value>;
}

/// The run as one expression sees it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) graph: &'a Graph,
    pub(super) state: &'a State,
    pub(super) env: &'a Env<'a>,
    pub(super) task: Option<(Node, usize)>,
    pub(super) result: Option<&'a Value>,
    pub(super) item: Option<&'a Value>,
}

impl<'a> View<'a> {
    /// Evaluates the expressions in a value.
    pub(super) fn evaluate(&self, value: &Value, variables: &Variables) -> Result<Value, Error> {
        Ok(document::evaluate(value, &self.context(variables))?)
    }

    /// Evaluates the expressions in a text.
    pub(super) fn evaluate_text(&self, text: &str, variables: &Variables) -> Result<Value, Error> {
        Ok(document::evaluate_text(text, &self.context(variables))?)
    }

    fn context(&'a self, variables: &'a Variables) -> Context<'a> {
        Context { workflow: Some(self), ..bare(self.env, variables) }
    }
}

/// Returns the context of expressions outside the run.
pub(super) fn bare<'a>(env: &'a Env<'_>, variables: &'a Variables) -> Context<'a> {
    Context {
        lookup: env.lookup,
        crypto_key: env.crypto_key,
        now: env.now,
        seed: env.seed,
        again: env.again,
        limits: env.limits,
        ..Context::sharing(variables)
    }
}

impl Workflow for View<'_> {
    fn current_task(&self) -> Option<CurrentTask<'_>> {
        let (node, route) = self.task?;
        Some(CurrentTask { id: self.graph.name(node), route, result: self.result })
    }

    fn current_item(&self) -> Option<&Value> {
        self.item
    }

    fn entry(&self, task: &str, route: usize) -> Option<Entry<'_>> {
        let entry = self.state.entry((self.graph.node(task)?, route))?;
        Some(Entry { status: entry.status.map(|status| status.name()), route: entry.route })
    }

    fn route(&self, index: usize) -> Option<Vec<&str>> {
        Some(self.state.routes.get(index)?.iter().map(String::as_str).collect())
    }

    fn execution(&self, task: &str, route: usize) -> Option<Value> {
        let place = (self.graph.node(task)?, route);
        self.env.records?.record(*self.state.latest.get(&place)?)
    }
}

/// Evaluates variables one after the other, each seeing those before it.
///
/// Returns all that were set, and what failed.
pub(super) fn rolling(
    variables: &[crate::spec::Variable],
    mut seen: Variables,
    mut evaluate: impl FnMut(&Value, &Variables) -> Result<Value, Error>,
) -> (Published, Vec<Error>) {
    let mut set = Published::new();
    let mut errors = Vec::new();
    for variable in variables {
        match evaluate(&variable.value, &seen) {
            Ok(value) => {
                let (name, value) = (Arc::from(variable.name.as_str()), Arc::new(value));
                seen = seen.with([(Arc::clone(&name), Arc::clone(&value))]);
                set.retain(|(known, _)| *known != name);
                set.push((name, value));
            }
            Err(error) => errors.push(error),
        }
    }
    (set, errors)
}
