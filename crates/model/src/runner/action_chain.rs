//! `action-chain`: runs actions one after the other, each choosing the next.

use serde_json::{Value, json};

use super::{
    Definition, EntryPoint, Harmless, Language, Leader, Output, Pool, Shape, Traits,
    workflow_timeout,
};

pub(super) const DEFINITION: Definition = Definition {
    name: "action-chain",
    aliases: &[],
    former_names: &[],
    description: "Runs actions one after the other, each choosing the next.",
    package: "action_chain_runner",
    module: "action_chain_runner",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::Never,
        gets_token: false,
        leader: Some(Leader::Workflow(Language::ActionChain)),
        entry_point: EntryPoint::Definition,
        result: Shape::Any,
    },
    parameters,
    output: Output { key: Some("published"), schema: output },
};

fn parameters() -> Value {
    json!({
        "display_published": {
            "description": "Whether the published variables are part of the result.",
            "type": "boolean", "default": true,
        },
        "skip_notify": {
            "description": "The tasks whose end is told to nobody.", "type": "array", "default": [],
        },
        "timeout": workflow_timeout(),
    })
}

fn output() -> Value {
    json!({
        "type": "object",
        "properties": {"published": {"type": "object"}, "tasks": {"type": "array"}},
        "additionalProperties": false,
    })
}
