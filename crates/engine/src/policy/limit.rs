//! Limits: policies of concurrency, compiled.

use std::sync::Arc;

use model::{Execution, Policy, policy::Kind};
use serde_json::Value;

/// How many executions of an action may run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The policy's reference.
    pub(crate) policy: String,
    /// How many.
    pub(crate) threshold: i64,
    /// Whether one more is canceled rather than delayed.
    pub(crate) cancels: bool,
    /// The parameters whose values must be equal to count together; none where all count.
    pub(crate) attributes: Vec<String>,
}

/// By what an execution counts, for each limit of its action.
pub(crate) type Keys = Arc<[String]>;

impl Limit {
    /// Reads the limit that a policy sets, if it sets one.
    pub(crate) fn of(policy: &Policy) -> Option<Self> {
        let get = |name: &str| policy.parameters.get(name);
        let attributes = match policy.policy_type {
            Kind::Concurrency => Vec::new(),
            Kind::ConcurrencyByAttribute => {
                let listed = get("attributes").and_then(Value::as_array).into_iter().flatten();
                listed.filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Kind::Retry => return None,
        };
        Some(Self {
            policy: policy.reference().to_string(),
            threshold: get("threshold").and_then(Value::as_i64)?,
            cancels: get("action").and_then(Value::as_str) == Some("cancel"),
            attributes,
        })
    }

    /// Returns by what an execution counts: the values of the attributes, those that were given or
    /// else the defaults.
    fn key(&self, execution: &Execution) -> String {
        let mut key = String::new();
        for name in &self.attributes {
            // The text of a value holds no line end, so that no two lists of values look alike.
            key.push_str(&value(execution, name).to_string());
            key.push('\n');
        }
        key
    }
}

/// Returns by what an execution counts.
pub(crate) fn keys(limits: &[Arc<Limit>], execution: &Execution) -> Keys {
    limits.iter().map(|limit| limit.key(execution)).collect()
}

fn value<'a>(execution: &'a Execution, name: &str) -> &'a Value {
    let snapshot = &execution.snapshot;
    let default = |schemas: &'a model::Object| schemas.get(name).and_then(|one| one.get("default"));
    execution
        .parameters
        .get(name)
        .or_else(|| default(&snapshot.action.parameters))
        .or_else(|| default(&snapshot.runner.runner_parameters))
        .unwrap_or(&Value::Null)
}
