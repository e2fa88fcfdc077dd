//! Houses for these tests: the content that the recorded answers speak of, and some of its own.

use serde_json::{Value, json};
use testkit::{House, Plan};

const ALIASES: &str = include_str!("data/aliases.json");

/// A house with the packs `alfa`, `rig`, `rig2` (aliases) and `zoo` (actions).
pub(crate) async fn open() -> House {
    House::build(plan()).await.unwrap()
}

pub(crate) fn plan() -> Plan {
    let mut files = Vec::new();
    for pack in ["alfa", "rig", "rig2", "zoo"] {
        let document = json!({
            "name": pack, "ref": pack, "description": "of the tests", "version": "1.0.0",
            "author": "Somebody", "email": "somebody@example.org",
        });
        files.push((leak(format!("{pack}/pack.yaml")), document.to_string()));
    }
    let aliases: Vec<Value> = serde_json::from_str(ALIASES).unwrap();
    for alias in aliases {
        let (pack, name) = (alias["pack"].as_str().unwrap(), alias["name"].as_str().unwrap());
        files.push((leak(format!("{pack}/aliases/{name}.yaml")), alias.to_string()));
    }
    files.extend(actions());
    files.push(("zoo/lions.txt", "two\n".to_owned()));
    Plan { files, ..Plan::default() }
}

fn actions() -> Vec<(&'static str, String)> {
    let text = json!({"type": "string"});
    let noop = |name: &str, parameters: Value| {
        let document = json!({"name": name, "runner_type": "noop", "entry_point": "", "parameters": parameters});
        (leak(format!("zoo/actions/{name}.yaml")), document.to_string())
    };
    let shell = |name: &str, cmd: &str| {
        let parameters = json!({"cmd": {"immutable": true, "default": cmd}, "count": {"type": "integer", "default": 3}});
        let document = json!({"name": name, "runner_type": "local-shell-cmd", "entry_point": "", "parameters": parameters});
        (leak(format!("zoo/actions/{name}.yaml")), document.to_string())
    };
    vec![
        noop(
            "action1",
            json!({
                "param1": text, "param2": text, "param3": {"type": "array"},
                "param4": {"type": "string", "secret": true}, "hosts": text, "cmd": text,
            }),
        ),
        noop("action2", json!({"issue_key": text})),
        noop("action3", json!({"array_param": {"type": "array", "items": {"type": "object"}}})),
        noop("action4", json!({"array_param": {"type": "array", "items": {"type": "string"}}})),
        shell("both", "echo out; echo err >&2"),
        shell("wait", "sleep 600"),
        shell("lines", "for i in $(seq {{ count }}); do echo line $i; done"),
    ]
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
