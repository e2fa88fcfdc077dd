//! What the measurement works on: an event, and the variables of a workflow.

use serde_json::{Map, Value, json};

/// Returns an event as a monitoring system sends it.
pub(crate) fn payload(turn: usize) -> Value {
    let host = turn % 10_000;
    json!({
        "id": format!("evt-{turn:08}"),
        "at": "2025-12-31 00:00:00",
        "state": "critical",
        "check": {"name": format!("check_{}", host % 50), "attempts": 3, "interval": 60},
        "host": {
            "name": format!("web-{host:05}"),
            "address": "10.1.2.3",
            "labels": {"env": "production", "team": "web", "rack": "b7"},
        },
        "output": "HTTP CRITICAL - the answer of /health took 9 seconds",
        "tags": ["web", "http", "frontend"],
        "metrics": [
            {"name": "size", "value": 512, "unit": "B"},
            {"name": "time", "value": 9.02, "unit": "s"},
        ],
    })
}

/// Returns the result of an action that lists some 25 instances: about 4 kB.
pub(crate) fn result() -> Value {
    let instance = |number: usize| {
        json!({
            "id": format!("i-{number:08x}"),
            "name": format!("web-{number:02}"),
            "state": if number.is_multiple_of(5) { "stopped" } else { "running" },
            "ip": format!("10.0.3.{number}"),
            "cpu": 2 + number % 3,
            "tags": {"env": "production", "owner": "web"},
        })
    };
    let instances: Vec<Value> = (0..24).map(instance).collect();
    json!({
        "stdout": "  the deployment of web is done\n",
        "stderr": "",
        "return_code": 0,
        "succeeded": true,
        "failed": false,
        "result": {"instances": instances, "count": 24, "next": null, "region": "eu-west-1"},
    })
}

/// Returns a value of some `bytes` bytes.
pub(crate) fn large(bytes: usize) -> Value {
    let row = |number: usize| json!({"id": number, "name": format!("row-{number}"), "text": "x".repeat(60), "ok": true});
    (0..bytes / 110).map(row).collect()
}

/// Returns the variables of a workflow: inputs, variables and what tasks published.
pub(crate) fn variables() -> Map<String, Value> {
    let value = json!({
        "name": "web",
        "version": "3.14.1",
        "n": 41,
        "count": "7",
        "retries": 3,
        "force": false,
        "env": "production",
        "hosts": ["web-01", "web-02", "web-03", "web-04"],
        "host": "web-02",
        "channel": "#ops",
        "user": "ada",
        "message": "the disk of web-02 is full",
        "email": null,
        "empty": [],
        "nothing": "",
        "path": "/var/log/web/access.log",
        "config": {"region": "eu-west-1", "size": "t3.large", "ports": [80, 443], "dry": true},
        "json": "{\"id\": 7, \"tags\": [\"a\", \"b\"], \"owner\": {\"name\": \"ada\"}}",
        "yaml": "id: 7\ntags:\n  - a\n  - b\n",
        "records": [
            {"name": "a", "value": 1, "on": true},
            {"name": "b", "value": 2, "on": false},
            {"name": "c", "value": 3, "on": true},
        ],
        "result": result(),
        "st2": {"user": "ada", "action_execution_id": "5f0c9b3a7d1e4b0001a1b2c3", "api_url": "http://127.0.0.1:9101/v1"},
    });
    value.as_object().cloned().unwrap_or_default()
}

/// Returns what templates of rules, chains, aliases and actions see.
pub(crate) fn names() -> Map<String, Value> {
    let mut names = variables();
    names.insert("trigger".to_owned(), payload(1));
    names.insert("task1".to_owned(), result());
    names.insert(
        "execution".to_owned(),
        json!({
            "id": "5f0c9b3a7d1e4b0001a1b2c3",
            "status": "succeeded",
            "action": {"ref": "web.deploy"},
            "parameters": {"name": "web", "packs": ["a", "b", "c"], "timeout": 60},
            "result": result(),
            "start_timestamp": "2026-01-01T00:00:00.000000Z",
        }),
    );
    names.insert("action_context".to_owned(), json!({"user": "ada", "api_user": "ada", "parent": {"pack": "web", "execution_id": "5f0c"}}));
    names
        .insert("config_context".to_owned(), json!({"url": "https://example.org/api", "key": "k"}));
    names
}
