//! From an action to the plan of its workflow.

use std::{collections::HashMap, sync::Arc};

use flow::{Plan, spec};
use model::{Execution, Object};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::inspect;
use crate::Workflows;
use execution::final_parameters;

/// How many plans are kept.
const PLANS_MAX: usize = 256;

/// Plans by the digest of the text that they were made of.
pub(super) type Plans = HashMap<[u8; 32], Planned>;

/// A workflow's definition, and the plan made of it.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) definition: Arc<Value>,
    pub(super) plan: Arc<Plan>,
}

/// Why a workflow does not begin: the entries of its list of errors.
pub(super) struct Flaws(pub(super) Vec<Value>);

impl Flaws {
    pub(super) fn one(message: impl Into<String>) -> Self {
        Self(vec![json!({"message": message.into()})])
    }

    /// Returns the result of a chain that does not begin.
    pub(super) fn as_chain(&self) -> Value {
        let messages = self.0.iter().filter_map(|flaw| flaw.get("message")?.as_str());
        let text = messages.collect::<Vec<&str>>().join("; ");
        json!({"error": text, "traceback": text})
    }
}

/// Makes a plan of a definition that was inspected before.
pub(super) fn of_definition(definition: Value) -> Result<Planned, Flaws> {
    let workflow = spec::parse(&definition).map_err(|error| Flaws::one(error.to_string()))?;
    let plan = Plan::new(workflow).map_err(|error| Flaws::one(error.to_string()))?;
    Ok(Planned { definition: Arc::new(definition), plan: Arc::new(plan) })
}

impl Workflows {
    /// Makes the plan of a definition that nothing is wrong with by itself, or finds it made.
    pub(super) fn plan_of(&self, text: &[u8]) -> Result<Planned, Flaws> {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let plans = || self.inner.plans.lock();
        if let Some(planned) = plans().get(&digest) {
            return Ok(planned.clone());
        }
        let document = inspect::read(text).map_err(Flaws::one)?;
        let findings = inspect::structure(&document.value);
        if !findings.is_empty() {
            return Err(Flaws(findings));
        }
        let planned = of_definition(document.value)?;
        let mut plans = plans();
        if plans.len() >= PLANS_MAX {
            plans.clear();
        }
        plans.insert(digest, planned.clone());
        Ok(planned)
    }
}

impl Workflows {
    /// Reads and inspects the definition behind a workflow's action.
    pub(super) async fn plan(&self, execution: &Execution) -> Result<Planned, Flaws> {
        let text = self.read_entry_point(execution).await?;
        self.inspected(&text)
    }

    /// Reads the file that an action's entry point names.
    pub(super) async fn read_entry_point(&self, execution: &Execution) -> Result<Vec<u8>, Flaws> {
        let reference = execution.action_ref();
        let catalog = self.catalog();
        let pack_dir =
            catalog.actions.get(&reference).map(|registered| registered.pack_dir.clone());
        let entry_point = &execution.snapshot.action.entry_point;
        let actions = pack_dir.unwrap_or_default().join("actions");
        let path = actions.join(entry_point);
        tokio::fs::read(&path).await.map_err(|error| {
            Flaws::one(format!(
                "the entry point `{entry_point}` of action \"{reference}\" cannot be read from `{}`: {error}",
                actions.display()
            ))
        })
    }
}

/// Returns what a workflow takes as its inputs, and the parameters of its runner.
pub(super) fn inputs(execution: &Execution) -> Result<(Object, Object), Flaws> {
    let resolved = final_parameters(execution).map_err(Flaws::one)?;
    let mut inputs = resolved.action;
    // A parameter that the action declares is its own, whatever the runner calls so.
    for (name, value) in &resolved.runner {
        if execution.snapshot.action.parameters.contains_key(name) {
            inputs.insert(name.clone(), value.clone());
        }
    }
    Ok((inputs, resolved.runner))
}

/// Returns the variables that a workflow sees of its surroundings.
pub(super) fn surroundings(execution: &Execution, workflow: model::Id, api_url: &str) -> Object {
    let action = &execution.snapshot.action;
    let mut st2 = Object::new();
    st2.insert("action_execution_id".to_owned(), json!(execution.id));
    st2.insert("api_url".to_owned(), json!(api_url));
    for key in ["user", "pack"] {
        st2.insert(key.to_owned(), execution.context.get(key).cloned().unwrap_or_default());
    }
    st2.insert("action".to_owned(), json!(execution.action_ref()));
    st2.insert("runner".to_owned(), json!(action.runner_type));
    for key in ["api_user", "source_channel"] {
        if let Some(value) = execution.context.get(key) {
            st2.insert(key.to_owned(), value.clone());
        }
    }
    st2.insert("workflow_execution_id".to_owned(), json!(workflow));
    let mut all = Object::new();
    all.insert("st2".to_owned(), Value::Object(st2));
    all.insert("parent".to_owned(), Value::Object(execution.context.clone()));
    all
}

/// Returns after how many seconds a workflow is stopped; none for never.
pub(super) fn timeout_s(execution: &Execution, runner_parameters: &Object) -> Option<i64> {
    // A workflow may have an input of this name with a meaning of its own.
    if execution.snapshot.action.parameters.contains_key("timeout") {
        return None;
    }
    runner_parameters.get("timeout").and_then(Value::as_i64).filter(|seconds| *seconds > 0)
}
