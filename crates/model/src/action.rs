//! Actions: what can be run.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Notify, Object, Ref, Runner, RunnerType, parameter::Parameter};

/// An action as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// The id.
    pub id: Id,
    /// The name inside the pack.
    pub name: String,
    /// The pack.
    pub pack: String,
    /// What it does.
    pub description: String,
    /// Whether it may be run.
    pub enabled: bool,
    /// The runner.
    pub runner_type: String,
    /// The script, relative to the pack's `actions` directory; empty where there is none.
    pub entry_point: String,
    /// The schema of each parameter.
    pub parameters: Object,
    /// The schema of the result.
    pub output_schema: Object,
    /// The notifications that each execution sends when it ends.
    pub notify: Notify,
    /// Labels.
    pub tags: Vec<Value>,
    /// The file it was read from, relative to the pack.
    #[serde(default)]
    pub metadata_file: String,
}

impl Action {
    /// Returns the reference.
    pub fn reference(&self) -> Ref {
        Ref::new(&self.pack, &self.name)
    }

    /// Returns the runner; none when it does not exist here.
    pub fn runner(&self) -> Option<Runner> {
        self.runner_type.parse().ok()
    }

    /// Returns the parameters of the runner and the action together: the runner's in its order,
    /// overridden attribute by attribute, then the action's own.
    pub fn merged_parameters(&self, runner: &RunnerType) -> Object {
        let mut merged = runner.runner_parameters.clone();
        for (name, schema) in &self.parameters {
            match (merged.get_mut(name), schema) {
                (Some(Value::Object(base)), Value::Object(own)) => {
                    base.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                _ => {
                    merged.insert(name.clone(), schema.clone());
                }
            }
        }
        merged
    }

    /// Returns the names of the positional parameters in their order.
    pub fn positional(&self) -> Vec<&str> {
        let mut positional: Vec<(i64, &str)> = Vec::new();
        for (name, schema) in &self.parameters {
            if let Some(position) = Parameter::of(schema).and_then(Parameter::position) {
                positional.push((position, name));
            }
        }
        positional.sort_unstable();
        positional.into_iter().map(|(_, name)| name).collect()
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        json!({
            "tags": self.tags,
            "uid": format!("action:{}:{}", self.pack, self.name),
            "metadata_file": self.metadata_file,
            "name": self.name,
            "ref": self.reference(),
            "description": self.description,
            "enabled": self.enabled,
            "entry_point": self.entry_point,
            "pack": self.pack,
            "runner_type": self.runner_type,
            "parameters": self.parameters,
            "output_schema": self.output_schema,
            "notify": self.notify,
            "id": self.id,
        })
    }
}
