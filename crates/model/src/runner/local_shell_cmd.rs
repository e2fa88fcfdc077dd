//! `local-shell-cmd`: runs a command line in a shell on this host. What it shares with
//! `local-shell-script` is here too.

use serde_json::{Value, json};

use super::{Definition, EntryPoint, Harmless, Output, Pool, Shape, Traits};

pub(super) const DEFINITION: Definition = Definition {
    name: "local-shell-cmd",
    aliases: &[],
    former_names: &["run-local"],
    description: "Runs a command line in a shell on this host.",
    package: "local_runner",
    module: "local_shell_command_runner",
    traits: Traits {
        pool: Pool::Outside,
        harmless: Harmless::Never,
        gets_token: true,
        leader: None,
        entry_point: EntryPoint::Unused,
        result: Shape::Process,
    },
    parameters,
    output: OUTPUT,
};

/// The result of a process.
pub(super) const OUTPUT: Output = Output { key: None, schema: output };

fn parameters() -> Value {
    with_shared(json!({
        "cmd": {"description": "The command line to run.", "type": "string"},
    }))
}

/// Returns a runner's own parameters followed by those that both runners have.
pub(super) fn with_shared(mut own: Value) -> Value {
    let shared = json!({
        "cwd": {"description": "The directory to run in.", "type": "string"},
        "env": {"description": "Variables to add to the environment.", "type": "object"},
        "kwarg_op": {
            "description": "What stands before the name of a named argument.",
            "type": "string", "default": "--",
        },
        "sudo": {"description": "Whether to run with sudo.", "type": "boolean", "default": false},
        "sudo_password": {
            "description": "The password for sudo, where it asks for one.",
            "type": "string", "required": false, "secret": true, "default": null,
        },
        "timeout": {
            "description": "Seconds after which the run is stopped.",
            "type": "integer", "default": 60,
        },
    });
    if let (Value::Object(own), Value::Object(shared)) = (&mut own, shared) {
        own.extend(shared);
    }
    own
}

fn output() -> Value {
    let text = json!({"anyOf": [
        {"type": "string"}, {"type": "object"}, {"type": "array"}, {"type": "integer"},
        {"type": "number"}, {"type": "boolean"}, {"type": "null"},
    ]});
    json!({
        "type": "object",
        "properties": {
            "succeeded": {"type": "boolean"},
            "failed": {"type": "boolean"},
            "return_code": {"type": "integer"},
            "stdout": text,
            "stderr": text,
        },
        "additionalProperties": true,
    })
}
