//! By what executions count under limits.

use std::sync::Arc;

use model::Execution;
use serde_json::Value;

use content::policy::Limit;

/// By what an execution counts, for each limit of its action.
pub(crate) type Keys = Arc<[String]>;

/// Returns by what an execution counts.
pub(crate) fn keys(limits: &[Arc<Limit>], execution: &Execution) -> Keys {
    limits.iter().map(|limit| key(limit, execution)).collect()
}

/// Joins the values of the limit's attributes: those that were given, or else the defaults.
fn key(limit: &Limit, execution: &Execution) -> String {
    let mut key = String::new();
    for name in &limit.attributes {
        // The text of a value holds no line end, so that no two lists of values look alike.
        key.push_str(&value(execution, name).to_string());
        key.push('\n');
    }
    key
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
