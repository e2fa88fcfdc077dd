//! `announcement`: puts a message on the event stream.

use serde_json::{Value, json};

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits};

pub(super) const DEFINITION: Definition = Definition {
    name: "announcement",
    aliases: &[],
    former_names: &[],
    description: "Puts a message on the event stream.",
    package: "announcement_runner",
    module: "announcement_runner",
    traits: Traits {
        pool: Pool::Inside,
        harmless: Harmless::Always,
        gets_token: false,
        leader: None,
        entry_point: EntryPoint::Unused,
        result: Shape::Any,
    },
    parameters,
    output: Output::NONE,
};

fn parameters() -> Value {
    json!({
        "experimental": {
            "description": "Must be true: it says that the caller knows this runner is experimental.",
            "required": true, "type": "boolean", "default": false,
        },
        "route": {
            "description": "The route by which listeners find the message; words may be joined by dots.",
            "type": "string", "default": "general", "minLength": 1, "maxLength": 255,
        },
    })
}
