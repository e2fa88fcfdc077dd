//! Rehearsals: a workflow runs without a server, its tasks end as a test says, and the outcome is
//! compared with what the test expects.
//!
//! A test is the value of a file: in Squall's own form ([`read`] describes it), or one of
//! Orquesta's rehearsals, which run as they do there, item by item. A test without expectations is
//! a plan: it shows what would run if everything succeeds.

mod case;
mod judge;
mod orquesta;
mod own;
mod reading;
mod run;

pub use case::{Case, Complaint, Expect, Expected, Given, Key, Mocks, Path, Reply, Told, Turn};
pub use judge::{Aspect, Mismatch, inspect, judge};
pub use own::plan_of;
pub use run::{Error, Outcome, Started, rehearse};

use serde_json::Value;

/// Tells whether a value is the definition of a workflow and not a test of one.
#[must_use]
pub fn is_definition(value: &Value) -> bool {
    value.get("tasks").is_some() && value.get("workflow").is_none()
}

/// Reads the cases of a test, in Squall's form or Orquesta's.
///
/// Squall's form names the `workflow` and has `cases`, or one case beside `workflow`. A case has
/// a `name`, `inputs`, the `context` (what `ctx().st2` and `ctx().parent` are), the `datastore`
/// (what `st2kv` reads), `mocks` and `expect`. Mocks are given by task: one for all runs, or a list,
/// run by run, whose last stays; each has a `status`, a `result` or a `result_file`, the `route`
/// that it is for, how many `times` it holds, and for tasks with items the `items`, one for each.
/// Expected are the `status`, the `output`, the `tasks` in their order, the `errors`, and what the
/// `inspection` finds; the last two by parts of their messages.
///
/// # Errors
/// Fails with everything that is wrong with the form.
pub fn read(value: &Value) -> Result<Vec<Case>, Vec<Complaint>> {
    let is_orquesta = value.as_object().is_some_and(|map| {
        map.keys().any(|key| key.starts_with("expected_"))
            || map.contains_key("mock_action_executions")
            || map.contains_key("workflow_state")
    });
    if is_orquesta { orquesta::read(value).map(|case| vec![case]) } else { own::read(value) }
}

#[cfg(test)]
mod tests;
