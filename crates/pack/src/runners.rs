//! What is known of runner types: those that run here, and those of StackStorm that do not yet,
//! whose actions are registered all the same.

use model::{Id, Object, Runner, RunnerType, runner::EntryPoint};
use serde_json::{Value, json};

/// Runner types of StackStorm that do not run here.
const FOREIGN: [&str; 6] = [
    "python-script",
    "remote-shell-cmd",
    "remote-shell-script",
    "winrm-cmd",
    "winrm-ps-cmd",
    "winrm-ps-script",
];

/// Names that those runner types had long ago, and what they are called now.
const FORMER: [(&str, &str); 7] = [
    ("run-python", "python-script"),
    ("run-remote", "remote-shell-cmd"),
    ("run-remote-script", "remote-shell-script"),
    ("run-windows-cmd", "winrm-cmd"),
    ("run-windows-script", "winrm-ps-script"),
    ("windows-cmd", "winrm-cmd"),
    ("windows-script", "winrm-ps-script"),
];

/// Returns the parameters of a runner type; none when there is no such runner type anywhere.
pub(crate) fn parameters(name: &str) -> Option<Object> {
    if let Ok(runner) = name.parse::<Runner>() {
        let shipped = RunnerType::shipped(runner, Id::from_bytes([0; 12]));
        let mut parameters = shipped.runner_parameters;
        if runner.is_workflow() {
            // Ours alone: a workflow may have an input of that name and any type.
            parameters.remove("timeout");
        }
        return Some(parameters);
    }
    match foreign(name) {
        Value::Object(parameters) => Some(parameters),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// Returns what the entry point of an action of this runner type is, where that runs here.
pub(crate) fn entry_point(name: &str) -> Option<EntryPoint> {
    Some(name.parse::<Runner>().ok()?.traits().entry_point)
}

/// Returns every name that an action may give.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Runner::ALL.into_iter().map(Runner::as_str).chain(FOREIGN)
}

/// Returns what a former name is called now.
pub(crate) fn renamed(name: &str) -> Option<&'static str> {
    let ours = Runner::ALL.into_iter().find(|runner| runner.former_names().contains(&name));
    let foreign = || FORMER.iter().find(|(former, _)| *former == name).map(|(_, now)| *now);
    ours.map(Runner::as_str).or_else(foreign)
}

/// Returns what matters for overriding: types, defaults and flags.
fn foreign(name: &str) -> Value {
    let text = json!({"type": "string"});
    let object = json!({"type": "object"});
    let timeout = |seconds: i64| json!({"type": "integer", "default": seconds});
    match name {
        "python-script" => json!({
            "debug": {"type": "boolean", "required": false, "default": false},
            "content_version": {"type": "string", "required": false},
            "env": object,
            "timeout": timeout(600),
            "log_level": {
                "type": "string", "default": "DEBUG",
                "enum": ["AUDIT", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"],
            },
        }),
        "remote-shell-cmd" => with(
            remote(),
            json!({
                "cmd": text, "dir": {"type": "string", "default": "/tmp", "immutable": true},
            }),
        ),
        "remote-shell-script" => {
            with(remote(), json!({"dir": {"type": "string", "default": "/tmp"}}))
        }
        "winrm-cmd" | "winrm-ps-cmd" => with(windows(), json!({"cmd": text})),
        "winrm-ps-script" => windows(),
        _ => Value::Null,
    }
}

fn remote() -> Value {
    let optional = json!({"type": "string", "required": false});
    let secret = json!({"type": "string", "required": false, "secret": true});
    json!({
        "bastion_host": optional,
        "cwd": {"type": "string", "default": "/tmp"},
        "env": {"type": "object"},
        "hosts": {"type": "string", "required": true},
        "kwarg_op": {"type": "string", "default": "--"},
        "parallel": {"type": "boolean", "default": false, "immutable": true},
        "passphrase": secret,
        "password": secret,
        "port": {"type": "integer", "required": false},
        "private_key": secret,
        "sudo": {"type": "boolean", "default": false},
        "sudo_password": {"type": "string", "required": false, "secret": true, "default": null},
        "timeout": {"type": "integer", "default": 60},
        "username": optional,
    })
}

fn windows() -> Value {
    json!({
        "cwd": {"type": "string"},
        "env": {"type": "object"},
        "host": {"type": "string", "required": true},
        "kwarg_op": {"type": "string", "default": "-"},
        "password": {"type": "string", "required": true, "secret": true},
        "port": {"type": "integer", "required": false, "default": 5986},
        "scheme": {"type": "string", "required": false, "default": "https"},
        "timeout": {"type": "integer", "default": 60},
        "transport": {
            "type": "string", "required": false, "default": "ntlm",
            "enum": ["basic", "certificate", "credssp", "kerberos", "ntlm", "plaintext", "ssl"],
        },
        "username": {"type": "string", "required": true},
        "verify_ssl_cert": {"type": "boolean", "default": true},
    })
}

fn with(mut all: Value, more: Value) -> Value {
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_means_one_runner_type() {
        let names: Vec<_> = names().collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{names:?}");
        for name in names {
            assert!(parameters(name).is_some(), "`{name}` has no parameters");
            assert_eq!(renamed(name), None);
        }
    }
}
