//! Runner types: the description of each runner in the API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object, Runner, runner::Definition};

/// A runner as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerType {
    /// The id.
    pub id: Id,
    /// The name, as in an action's `runner_type`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// The package, as StackStorm names it.
    pub runner_package: String,
    /// The module, as StackStorm names it.
    pub runner_module: String,
    /// The parameters that every action of this runner has.
    pub runner_parameters: Object,
    /// The key of the result that an output schema describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    /// The schema of the result.
    pub output_schema: Object,
}

impl RunnerType {
    /// Returns the description that ships for `runner`, under `id`.
    pub fn shipped(runner: Runner, id: Id) -> Self {
        let Definition { name, description, package, module, parameters, output, .. } =
            runner.definition();
        Self {
            id,
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            enabled: true,
            runner_package: (*package).to_owned(),
            runner_module: (*module).to_owned(),
            runner_parameters: object(parameters()),
            output_key: output.key.map(str::to_owned),
            output_schema: object((output.schema)()),
        }
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "name": self.name,
            "description": self.description,
            "uid": format!("runner_type:{}", self.name),
            "enabled": self.enabled,
            "runner_package": self.runner_package,
            "runner_module": self.runner_module,
            "runner_parameters": self.runner_parameters,
            "output_schema": self.output_schema,
            "id": self.id,
        });
        if let (Some(key), Some(object)) = (&self.output_key, document.as_object_mut()) {
            object.insert("output_key".to_owned(), json!(key));
        }
        document
    }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Object::new()
        }
    }
}
