//! From an action to the definition of its workflow and what that is started with.

use std::collections::HashMap;

use execution::final_parameters;
use flow::script::{Definition, Language};
use model::{Execution, Object};
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Workflows, flaws::Flaws, inspect};

/// How many definitions are kept.
const PLANS_MAX: usize = 256;

/// Definitions by the digest of the text that they were made of.
pub(crate) type Plans = HashMap<[u8; 32], Definition>;

impl Workflows {
    /// Makes a definition that nothing is wrong with by itself, or finds it made.
    pub(crate) fn plan(&self, text: &[u8]) -> Result<Definition, Flaws> {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let plans = || self.inner.plans.lock();
        if let Some(definition) = plans().get(&digest) {
            return Ok(definition.clone());
        }
        let document = inspect::read(text)?;
        let findings = inspect::structure(&document.value);
        if !findings.is_empty() {
            return Err(Flaws(findings));
        }
        let definition = Definition::new(Language::Orquesta, document.value)?;
        let mut plans = plans();
        if plans.len() >= PLANS_MAX {
            plans.clear();
        }
        plans.insert(digest, definition.clone());
        Ok(definition)
    }

    /// Reads the definition behind a workflow's action, and inspects it.
    pub(crate) async fn definition(
        &self,
        execution: &Execution,
        language: Language,
    ) -> Result<Definition, Flaws> {
        let text = self.read_entry_point(execution).await?;
        match language {
            Language::Orquesta => self.inspected(&text),
            Language::Chain => {
                let document = yaml::read(&text, Duplicates::KeepLast)?;
                Ok(Definition::new(language, document.value)?)
            }
        }
    }

    /// Reads the file that an action's entry point names.
    async fn read_entry_point(&self, execution: &Execution) -> Result<Vec<u8>, Flaws> {
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

/// Returns the inputs of a workflow, and the parameters of its runner.
pub(crate) fn inputs(execution: &Execution) -> Result<(Object, Object), Flaws> {
    let resolved = final_parameters(execution)?;
    let mut inputs = resolved.action;
    // A parameter that the action declares is its own, whatever the runner calls so.
    for (name, value) in &resolved.runner {
        if execution.snapshot.action.parameters.contains_key(name) {
            inputs.insert(name.clone(), value.clone());
        }
    }
    Ok((inputs, resolved.runner))
}

/// Returns the variable `st2` of a workflow.
pub(crate) fn st2(execution: &Execution, workflow: model::Id, api_url: &str) -> Object {
    let mut st2 = Object::new();
    st2.insert("action_execution_id".to_owned(), json!(execution.id));
    st2.insert("api_url".to_owned(), json!(api_url));
    for key in ["user", "pack"] {
        st2.insert(key.to_owned(), execution.context.get(key).cloned().unwrap_or_default());
    }
    st2.insert("action".to_owned(), json!(execution.action_ref()));
    st2.insert("runner".to_owned(), json!(execution.snapshot.action.runner_type));
    for key in ["api_user", "source_channel"] {
        if let Some(value) = execution.context.get(key) {
            st2.insert(key.to_owned(), value.clone());
        }
    }
    st2.insert("workflow_execution_id".to_owned(), json!(workflow));
    st2
}

/// Returns after how many seconds a workflow is stopped; none for never.
pub(crate) fn timeout_s(execution: &Execution, runner_parameters: &Object) -> Option<i64> {
    // A workflow may have an input of this name with a meaning of its own.
    if execution.snapshot.action.parameters.contains_key("timeout") {
        return None;
    }
    runner_parameters.get("timeout").and_then(Value::as_i64).filter(|seconds| *seconds > 0)
}
