//! The shapes of content files: the schemas of their keys, as StackStorm registers them.

use std::sync::LazyLock;

use python::schema::{self, Compiled};
use serde_json::{Value, json};

fn text() -> Value {
    json!({"type": "string"})
}

fn needed() -> Value {
    json!({"type": "string", "required": true})
}

fn flag(default: bool) -> Value {
    json!({"type": "boolean", "default": default})
}

fn tags() -> Value {
    json!({"type": "array", "items": {"type": "object"}})
}

fn file() -> Value {
    json!({"type": "string", "default": ""})
}

fn closed(properties: &Value) -> Compiled {
    Compiled::trusted(json!({
        "type": "object", "properties": properties, "additionalProperties": false,
    }))
}

fn notification() -> Value {
    json!({
        "type": "object",
        "properties": {
            "message": text(),
            "data": {"type": "object"},
            "routes": {"type": "array"},
            "channels": {"type": "array"},
        },
        "additionalProperties": false,
    })
}

/// Returns the shape of a `notify` section.
pub fn notify() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| Compiled::trusted(notify_schema()));
    &SHAPE
}

fn notify_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "on-complete": notification(),
            "on-failure": notification(),
            "on-success": notification(),
        },
        "additionalProperties": false,
    })
}

/// Returns the shape of an action.
pub fn action() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        closed(&json!({
            "id": text(),
            "ref": text(),
            "uid": text(),
            "name": needed(),
            "description": text(),
            "enabled": flag(true),
            "runner_type": needed(),
            "entry_point": file(),
            "pack": {"type": "string", "default": "default"},
            "parameters": {
                "type": "object",
                "patternProperties": {r"^\w+$": schema::parameter_schema()},
                "additionalProperties": false,
                "default": {},
            },
            "output_schema": schema::output_schema(),
            "tags": tags(),
            "notify": notify_schema(),
            "metadata_file": file(),
        }))
    });
    &SHAPE
}

/// Returns the shape of an alias.
pub fn alias() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        closed(&json!({
            "id": text(),
            "ref": text(),
            "uid": text(),
            "name": needed(),
            "pack": needed(),
            "description": {"type": "string", "default": null},
            "enabled": flag(true),
            "action_ref": needed(),
            "formats": {
                "type": "array",
                "items": {"anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {
                            "display": text(),
                            "representation": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                ]},
            },
            "ack": {
                "type": "object",
                "properties": {
                    "enabled": {"type": "boolean"},
                    "format": text(),
                    "extra": {"type": "object"},
                    "append_url": {"type": "boolean"},
                },
            },
            "result": {
                "type": "object",
                "properties": {
                    "enabled": {"type": "boolean"},
                    "format": text(),
                    "extra": {"type": "object"},
                },
            },
            "extra": {"type": "object"},
            "immutable_parameters": {"type": "object"},
            "metadata_file": file(),
        }))
    });
    &SHAPE
}

/// Returns the shape of a rule.
pub fn rule() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        closed(&json!({
            "id": {"type": "string", "default": null},
            "ref": text(),
            "uid": text(),
            "name": needed(),
            "pack": {"type": "string", "default": "default"},
            "description": text(),
            "type": {
                "type": "object",
                "properties": {"ref": needed(), "parameters": {"type": "object"}},
                "additionalProperties": false,
            },
            "trigger": {
                "type": "object",
                "required": true,
                "properties": {
                    "type": needed(),
                    "description": text(),
                    "parameters": {"type": "object", "default": {}},
                    "ref": text(),
                },
                "additionalProperties": true,
            },
            "criteria": {"type": "object", "default": {}},
            "action": {
                "type": "object",
                "required": true,
                "properties": {
                    "ref": needed(),
                    "description": text(),
                    "parameters": {"type": "object"},
                },
                "additionalProperties": false,
            },
            "enabled": flag(false),
            "context": {"type": "object"},
            "tags": tags(),
            "metadata_file": file(),
        }))
    });
    &SHAPE
}

fn trigger_type_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "default": null},
            "ref": text(),
            "uid": text(),
            "name": needed(),
            "pack": text(),
            "description": text(),
            "payload_schema": {"type": "object", "default": {}},
            "parameters_schema": {"type": "object", "default": {}},
            "tags": tags(),
            "metadata_file": file(),
        },
        "additionalProperties": false,
    })
}

/// Returns the shape of a trigger type.
pub fn trigger_type() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| Compiled::trusted(trigger_type_schema()));
    &SHAPE
}

/// Returns the shape of a sensor.
pub fn sensor() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        closed(&json!({
            "id": {"type": "string", "default": null},
            "ref": text(),
            "uid": text(),
            "class_name": needed(),
            "pack": text(),
            "description": text(),
            "artifact_uri": text(),
            "entry_point": needed(),
            "enabled": flag(true),
            "trigger_types": {"type": "array", "items": trigger_type_schema(), "default": []},
            "poll_interval": {"type": "number"},
            "metadata_file": file(),
        }))
    });
    &SHAPE
}

/// Returns the shape of a policy.
pub fn policy() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        closed(&json!({
            "id": {"type": "string", "default": null},
            "uid": text(),
            "name": needed(),
            "pack": text(),
            "ref": text(),
            "description": text(),
            "enabled": flag(true),
            "resource_ref": needed(),
            "policy_type": needed(),
            "parameters": {
                "type": "object",
                "patternProperties": {r"^\w+$": schema::any_type()},
                "additionalProperties": false,
            },
            "metadata_file": file(),
        }))
    });
    &SHAPE
}

/// The rule for the version of a pack.
const VERSION: &str = r"^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\da-z\-]+(?:\.[\da-z\-]+)*)?(?:\+[\da-z\-]+(?:\.[\da-z\-]+)*)?$";
/// The rule for the StackStorm versions that a pack wants.
const WANTED: &str = r"^((>?>|>=|=|<=|<?<)\s*[0-9]+\.[0-9]+\.[0-9]+?(\s*,)?\s*)+$";

/// Returns the shape of `pack.yaml`.
pub fn pack() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        let texts = || json!({"type": "array", "items": {"type": "string"}, "default": []});
        Compiled::trusted(json!({
            "type": "object",
            "properties": {
                "id": {"type": "string", "default": null},
                "name": needed(),
                "ref": {"type": "string", "default": null, "pattern": "^[a-z0-9_]+$"},
                "uid": text(),
                "description": needed(),
                "keywords": texts(),
                "version": {"type": "string", "pattern": VERSION, "required": true},
                "stackstorm_version": {"type": "string", "pattern": WANTED},
                "python_versions": {
                    "type": "array",
                    "items": {"type": "string", "enum": ["2", "3"]},
                    "minItems": 1,
                    "maxItems": 2,
                    "uniqueItems": true,
                    "additionalItems": true,
                },
                "author": needed(),
                "email": text(),
                "contributors": {
                    "type": "array", "items": {"type": "string", "maxLength": 100},
                },
                "files": texts(),
                "dependencies": texts(),
                "system": {"type": "object", "default": {}},
                "path": text(),
            },
            "additionalProperties": true,
        }))
    });
    &SHAPE
}

/// Returns the shape of `config.schema.yaml`.
pub fn config_schema() -> &'static Compiled {
    static SHAPE: LazyLock<Compiled> = LazyLock::new(|| {
        Compiled::trusted(json!({
            "type": "object",
            "patternProperties": {r"^\w+$": schema::parameter_schema()},
            "additionalProperties": false,
        }))
    });
    &SHAPE
}
