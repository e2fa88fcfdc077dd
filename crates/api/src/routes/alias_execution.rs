//! Alias executions: a sentence of a bot becomes an execution.

use std::sync::LazyLock;

use access::Kind;
use axum::extract::State;
use chatops::{Accepted, Sentence};
use model::{Object, execution::Secrets};
use serde_json::{Value, json};

use super::body::{Json, text};
use crate::{
    App,
    answer::{Answer, created},
    caller::Caller,
    query::Query,
};

static BY_NAME: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "required": true},
            "format": {"type": "string", "required": true},
            "command": {"type": "string", "required": true},
            "user": {"type": "string", "default": "channel"},
            "source_channel": {"type": "string", "required": true},
            "source_context": {"type": "object"},
            "notification_channel": {"type": "string"},
            "notification_route": {"type": "string"},
        },
        "additionalProperties": false,
    })
});

static BY_MATCH: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "required": true},
            "user": {"type": "string", "required": true},
            "source_channel": {"type": "string", "required": true},
            "notification_channel": {"type": "string"},
            "notification_route": {"type": "string"},
        },
        "additionalProperties": false,
    })
});

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    query: Query,
    body: Json,
) -> Answer {
    let given = body.checked(&BY_NAME)?;
    let name = text(&given, "name").unwrap_or_default();
    let format = text(&given, "format").unwrap_or_default();
    let sentence = sentence(&given, &caller);
    let accepted = app.engine.chatops().execute_by_name(&name, &format, &sentence).await?;
    created(&document(&app, &accepted, caller.secrets(&app, &query, Kind::Execution)))
}

pub(crate) async fn match_and_execute(
    State(app): State<App>,
    caller: Caller,
    query: Query,
    body: Json,
) -> Answer {
    let given = body.checked(&BY_MATCH)?;
    let accepted = app.engine.chatops().match_and_execute(&sentence(&given, &caller)).await?;
    let secrets = caller.secrets(&app, &query, Kind::Execution);
    let results: Vec<Value> = accepted.iter().map(|one| document(&app, one, secrets)).collect();
    created(&json!({"results": results}))
}

fn sentence(given: &Object, caller: &Caller) -> Sentence {
    let user = match given.get("user") {
        None | Some(Value::Null) => json!("channel"),
        Some(user) => user.clone(),
    };
    Sentence {
        command: text(given, "command").unwrap_or_default(),
        user,
        source_channel: text(given, "source_channel").unwrap_or_default(),
        source_context: given.get("source_context").cloned().unwrap_or(Value::Null),
        route: text(given, "notification_route").or_else(|| text(given, "notification_channel")),
        principal: caller.principal.clone(),
    }
}

fn document(app: &App, accepted: &Accepted, secrets: Secrets) -> Value {
    let mut document = json!({
        "execution": accepted.execution.to_json(secrets, app.engine.executions().web_url()),
        "actionalias": accepted.alias.to_json(),
    });
    if let Some(object) = document.as_object_mut() {
        if let Some(message) = &accepted.message {
            object.insert("message".to_owned(), json!(message));
        }
        if let Some(extra) = &accepted.extra {
            object.insert("extra".to_owned(), extra.clone());
        }
    }
    document
}
