//! API keys: made once, shown once, kept as hashes.

use std::sync::LazyLock;

use access::{Kind, NewKey};
use axum::extract::{Path, State};
use http::StatusCode;
use model::{execution::Secrets, mask::MASK};
use serde_json::{Value, json};
use store::account::ApiKey;

use super::body::{Json, object, text};
use crate::{
    App,
    answer::{Answer, Fault, created, gone, json_response, ok},
    caller::Caller,
    listing,
    query::Query,
};

static KEY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "uid": {"type": "string"},
            "user": {"type": "string"},
            "key_hash": {"type": "string"},
            "metadata": {"type": "object"},
            "created_at": {"type": "string"},
            "enabled": {"type": "boolean", "default": true},
        },
        "additionalProperties": false,
    })
});

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let keys = app.engine.access().api_keys(&caller.principal);
    let secrets = caller.secrets(&app, &query, Kind::ApiKey);
    let mut documents: Vec<Value> = keys.iter().map(|key| document(key, secrets)).collect();
    listing::keep(&mut documents, &query, "user", "user");
    listing::answer(documents, &query, caller.reach(&app, Kind::ApiKey), Some(50))
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let key = find(&app, &caller, &id)?;
    ok(&document(&key, caller.secrets(&app, &query, Kind::ApiKey)))
}

pub(crate) async fn create(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    let given = body.checked(&KEY)?;
    let new = NewKey {
        user: text(&given, "user").unwrap_or_else(|| caller.principal.name.clone()),
        metadata: object(&given, "metadata"),
        key_hash: text(&given, "key_hash").filter(|hash| hash != MASK),
        id: text(&given, "id").and_then(|id| id.parse().ok()),
        enabled: given.get("enabled").and_then(Value::as_bool).unwrap_or(true),
    };
    let (key, clear) = app.engine.access().make_api_key(&caller.principal, new).await?;
    created(&json!({
        "id": key.id,
        "uid": format!("api_key:{}", key.key_hash),
        "user": key.user,
        "key": clear,
        "metadata": key.metadata,
        "created_at": key.created_at,
        "enabled": key.enabled,
    }))
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Json,
) -> Answer {
    let mut key = find(&app, &caller, &id)?;
    let given = body.checked(&KEY)?;
    if let Some(hash) = text(&given, "key_hash").filter(|hash| !hash.is_empty() && hash != MASK)
        && hash != key.key_hash
    {
        return Err(Fault::invalid("Update of key_hash is not allowed."));
    }
    if let Some(user) = text(&given, "user") {
        key.user = user;
    }
    if given.contains_key("metadata") {
        key.metadata = object(&given, "metadata");
    }
    if let Some(enabled) = given.get("enabled").and_then(Value::as_bool) {
        key.enabled = enabled;
    }
    let shown = document(&key, Secrets::Masked);
    app.engine.access().update_api_key(&caller.principal, key).await?;
    Ok(json_response(StatusCode::OK, &shown))
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer {
    let key = find(&app, &caller, &id)?;
    app.engine.access().delete_api_key(&caller.principal, &key).await?;
    gone()
}

fn find(app: &App, caller: &Caller, id: &str) -> Result<ApiKey, Fault> {
    let missing =
        || Fault::missing(format!("ApiKey matching {id} for reference and id not found."));
    app.engine.access().api_key(&caller.principal, id).ok_or_else(missing)
}

fn document(key: &ApiKey, secrets: Secrets) -> Value {
    let shown = secrets == Secrets::Shown;
    let hash = if shown { key.key_hash.as_str() } else { MASK };
    let uid = if shown { format!("api_key:{}", key.key_hash) } else { MASK.to_owned() };
    json!({
        "id": key.id,
        "uid": uid,
        "user": key.user,
        "key_hash": hash,
        "metadata": key.metadata,
        "created_at": key.created_at,
        "enabled": key.enabled,
    })
}
