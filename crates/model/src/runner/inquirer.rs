//! `inquirer`: asks people and waits for their answer.

use serde_json::{Value, json};

use super::{Definition, EntryPoint, Harmless, Leader, Output, Pool, Shape, Traits};

pub(super) const DEFINITION: Definition = Definition {
    name: "inquirer",
    aliases: &[],
    former_names: &[],
    description: "Asks people and waits for their answer.",
    package: "inquirer_runner",
    module: "inquirer_runner",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::Never,
        gets_token: false,
        leader: Some(Leader::Question),
        entry_point: EntryPoint::Unused,
        result: Shape::Answer,
    },
    parameters,
    output: Output::NONE,
};

fn parameters() -> Value {
    json!({
        "schema": {
            "description": "The schema of the answer.",
            "type": "object", "required": true,
            "default": {
                "title": "response_data", "type": "object",
                "properties": {
                    "continue": {
                        "type": "boolean", "required": true,
                        "description": "Shall the workflow go on?",
                    },
                },
            },
        },
        "route": {
            "description": "The route by which rules bring the question to people.",
            "type": "string", "required": false, "default": "",
        },
        "roles": {
            "description": "The roles of which one who answers must have one; none for anybody.",
            "type": "array", "required": false, "default": [],
        },
        "users": {
            "description": "The users who may answer; none for anybody.",
            "type": "array", "required": false, "default": [],
        },
        "ttl": {
            "description": "Minutes after which nobody can answer any more; 0 for never.",
            "type": "integer", "required": true, "default": 1440,
        },
    })
}
