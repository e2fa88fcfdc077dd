//! `orquesta`: runs a workflow in Orquesta's language.

use serde_json::{Value, json};

use super::{
    Definition, EntryPoint, Harmless, Language, Leader, Output, Pool, Shape, Traits, any_value,
    workflow_timeout,
};

pub(super) const DEFINITION: Definition = Definition {
    name: "orquesta",
    // StackStorm knows the runner by this name, too.
    aliases: &["orchestra"],
    former_names: &["mistral-v1", "mistral-v2"],
    description: "Runs a workflow in Orquesta's language.",
    package: "orquesta_runner",
    module: "orquesta_runner",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::Never,
        gets_token: false,
        leader: Some(Leader::Workflow(Language::Orquesta)),
        entry_point: EntryPoint::Definition,
        result: Shape::Any,
    },
    parameters,
    output: Output { key: Some("output"), schema: output },
};

fn parameters() -> Value {
    json!({
        "notify": {
            "description": "The tasks whose end is told to those whom the workflow's end is told.",
            "type": "array", "uniqueItems": true, "default": [],
            "items": {"type": "string", "minLength": 1, "pattern": "^\\w+$"},
        },
        "timeout": workflow_timeout(),
    })
}

fn output() -> Value {
    json!({
        "type": "object",
        "properties": {
            "errors": {"anyOf": [{"type": "object"}, {"type": "array"}]},
            "output": any_value(),
        },
        "additionalProperties": false,
    })
}
