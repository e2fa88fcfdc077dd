//! The variables that the templates of a chain see, and the messages when one fails.

use std::sync::Arc;

use expr::{jinja, values, variables::Variables};
use serde_json::{Map, Value};

use super::{Cell, Chain, Failure, Node, Var};
use crate::env::Env;

/// The variable that holds all results.
const RESULTS: &str = "__results";

/// The variable that holds the whole context, all results included.
const WHOLE: &str = "__context";

/// Names that belong to the datastore.
const DATASTORE: [&str; 2] = ["st2kv", "system"];

impl Chain {
    /// Renders the variables; a failure fails the chain.
    pub(super) fn init_vars(&mut self, env: &Env<'_>) {
        let definition = Arc::clone(&self.definition);
        let options = jinja::Options { bare_system: false, ..options(env) };
        match values::render_shared(definition.vars(), &self.parameters, &options) {
            Ok(rendered) => {
                for (index, (name, value)) in rendered.into_iter().enumerate() {
                    let var = Var { value: Arc::new(value), is_published: false };
                    self.vars.insert(name.into(), var);
                    self.changed.insert(Cell::Var(index));
                }
            }
            Err(error) => {
                let message = "Failed initializing ``vars`` in chain.";
                let failure = Failure::because(message, &error.to_string());
                self.fail(Failure { traceback: traceback(&error), ..failure });
            }
        }
    }

    /// Renders the parameters of a node.
    pub(super) fn render_parameters(
        &self,
        node: &Node,
        env: &Env<'_>,
    ) -> Result<Map<String, Value>, values::Error> {
        let context = self.context(&node.parameters).with([
            ("action_context", Arc::clone(&self.action_context)),
            ("config_context", Arc::clone(&self.config)),
        ]);
        values::render_shared(&node.parameters, &context, &options(env))
    }

    /// Renders the variables that a node publishes.
    pub(super) fn render_publish(
        &self,
        node: &Node,
        env: &Env<'_>,
    ) -> Result<Map<String, Value>, values::Error> {
        if node.publish.is_empty() {
            return Ok(Map::new());
        }
        values::render_shared(&node.publish, &self.context(&node.publish), &options(env))
    }

    /// Returns the variables of templates: parameters, over them results, over them variables.
    fn context(&self, templates: &Map<String, Value>) -> Variables {
        let parameters =
            self.parameters.entries().into_iter().map(|(name, value)| (name.into(), value));
        let results = self.results.iter().map(|(name, value)| (Arc::clone(name), value));
        let vars = self.vars.iter().map(|(name, var)| (Arc::clone(name), &var.value));
        let all = parameters.chain(results).chain(vars);
        let mut all: Vec<(Arc<str>, Arc<Value>)> = all
            .filter(|(name, _)| !DATASTORE.contains(&&**name))
            .map(|(name, value)| (name, Arc::clone(value)))
            .collect();
        // All results together are a copy, so they are made only where they are read.
        if templates.values().any(|value| mentions(value, RESULTS) || mentions(value, WHOLE)) {
            let copy =
                |(name, value): (&Arc<str>, &Arc<Value>)| (name.to_string(), (**value).clone());
            let together = self.results.iter().map(copy).collect();
            all.push((RESULTS.into(), Arc::new(Value::Object(together))));
        }
        all.into_iter().collect()
    }
}

/// Returns whether a text occurs anywhere in a value.
fn mentions(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text.contains(name),
        Value::Array(_) | Value::Object(_) => value.to_string().contains(name),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn options<'a>(env: &Env<'a>) -> jinja::Options<'a> {
    jinja::Options {
        lookup: env.lookup,
        bare_system: true,
        crypto_key: env.crypto_key,
        seed: env.seed,
        limits: env.limits,
        ..jinja::Options::default()
    }
}

/// Returns StackStorm's sentence for a template of a task that failed.
pub(super) fn complaint(what: &str, error: &values::Error, task: &str) -> String {
    let values::Error { key, template, .. } = error;
    format!(
        "Failed rendering value for {what} parameter \"{key}\" in task \"{task}\" (template \
         string={template}): {error}"
    )
}

/// Returns the traceback of an error: its class and its text.
pub(super) fn traceback(error: &values::Error) -> String {
    format!("{}: {error}", error.error.class_name())
}
