//! The workflow as its expressions see it.

use std::sync::Arc;

use expr::{
    document::{self, Context, CurrentTask, Entry, Workflow},
    variables::Variables,
};
use serde_json::Value;

use super::error::Error;
use crate::{
    contexts::Published,
    env::Env,
    graph::{Graph, Node},
    state::State,
};

/// The workflow as one expression sees it.
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

/// Returns the context of expressions outside tasks.
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
        let at = (self.graph.node(task)?, route);
        self.env.records?.record(*self.state.latest.get(&at)?)
    }
}

/// Evaluates variables one after the other, each with those before it.
///
/// Returns the values, and the errors.
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
