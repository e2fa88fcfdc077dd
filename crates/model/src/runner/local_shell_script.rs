//! `local-shell-script`: runs a script of the pack on this host.

use serde_json::{Value, json};

use super::{Definition, EntryPoint, Harmless, Pool, Shape, Traits, local_shell_cmd};

pub(super) const DEFINITION: Definition = Definition {
    name: "local-shell-script",
    aliases: &[],
    former_names: &["run-local-script"],
    description: "Runs a script of the pack on this host.",
    package: "local_runner",
    module: "local_shell_script_runner",
    traits: Traits {
        pool: Pool::Outside,
        harmless: Harmless::Never,
        gets_token: true,
        leader: None,
        entry_point: EntryPoint::Script,
        result: Shape::Process,
    },
    parameters,
    output: local_shell_cmd::OUTPUT,
};

fn parameters() -> Value {
    local_shell_cmd::with_shared(json!({
        "content_version": {
            "description": "A git revision of the pack to take the script from.",
            "type": "string", "required": false,
        },
        "debug": {
            "description": "Whether to keep what a run leaves behind.",
            "type": "boolean", "required": false, "default": false,
        },
    }))
}
