//! Action aliases: lists, documents, changes, match and help.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use engine::Refusal;
use model::{ActionAlias, Id, Object, Principal};
use serde_json::{Value, json};

use super::body::{Json, object, text};
use crate::{
    App,
    answer::{Answer, Fault, created, gone, ok},
    caller::Caller,
    listing,
    query::Query,
};

/// How many help texts are shown where no limit is given.
const HELP_DEFAULT: i64 = 100;

static ALIAS: LazyLock<Value> = LazyLock::new(|| {
    let said = json!({
        "type": "object",
        "properties": {
            "enabled": {"type": "boolean"},
            "format": {"type": "string"},
            "extra": {"type": "object"},
            "append_url": {"type": "boolean"},
        },
        "additionalProperties": false,
    });
    let format = json!({"anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {
            "display": {"type": "string"},
            "representation": {"type": "array", "items": {"type": "string"}},
        }},
    ]});
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "default": null},
            "ref": {"type": "string", "default": null},
            "uid": {"type": "string"},
            "name": {"type": "string", "required": true},
            "pack": {"type": "string", "required": true},
            "description": {"type": "string", "default": null},
            "enabled": {"type": "boolean", "default": true},
            "action_ref": {"type": "string", "required": true},
            "formats": {"type": "array", "required": true, "items": format},
            "ack": said,
            "result": said,
            "extra": {"type": "object"},
            "immutable_parameters": {"type": "object"},
            "metadata_file": {"type": "string", "default": ""},
        },
        "additionalProperties": false,
    })
});

static COMMAND: LazyLock<Value> = LazyLock::new(
    || json!({"type": "object", "properties": {"command": {"type": "string", "required": true}}}),
);

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> = catalog.aliases.values().map(|alias| alias.to_json()).collect();
    for name in ["name", "pack", "id", "enabled", "action_ref"] {
        listing::keep(&mut documents, &query, name, name);
    }
    // Hubot's plugin gives up on a list at the first pattern that is none in JavaScript: what can
    // be loaded comes first.
    documents.sort_by_key(has_python_group);
    // Bots ask for the whole list, and they need not be administrators.
    let caller = Caller { principal: Principal { is_admin: true, ..caller.principal }, ..caller };
    listing::answer(documents, &query, &caller, Some(100))
}

fn has_python_group(document: &Value) -> bool {
    let has = |text: &Value| text.as_str().is_some_and(|text| text.contains("(?P<"));
    let formats = document.get("formats").and_then(Value::as_array);
    formats.into_iter().flatten().any(|format| {
        let patterns = format.get("representation").and_then(Value::as_array);
        has(format) || patterns.into_iter().flatten().any(has)
    })
}

pub(crate) async fn get(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let catalog = app.engine.catalog();
    let alias = catalog.alias(&name).ok_or_else(|| Fault::no_resource(&name))?;
    ok(&alias.to_json())
}

pub(crate) async fn create(State(app): State<App>, _: Caller, body: Json) -> Answer {
    let given = body.checked(&ALIAS)?;
    let alias = read(&given, app.engine.make_id());
    let reference = alias.reference().to_string();
    if let Some(existing) = app.engine.catalog().aliases.get(&reference) {
        let message = "Tried to save duplicate unique keys (E11000 Duplicate Key Error)".to_owned();
        return Err(Refusal::Exists { message, conflict_id: Some(existing.id) }.into());
    }
    let alias = app.engine.put_alias(alias).await?;
    created(&alias.to_json())
}

pub(crate) async fn update(
    State(app): State<App>,
    _: Caller,
    Path(name): Path<String>,
    body: Json,
) -> Answer {
    let old = find_alias(&app, &name)?;
    let given = body.checked(&ALIAS)?;
    let mut alias = read(&given, old.id);
    if alias.metadata_file.is_empty() {
        alias.metadata_file.clone_from(&old.metadata_file);
    }
    let alias = app.engine.put_alias(alias).await?;
    ok(&alias.to_json())
}

pub(crate) async fn delete(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let alias = find_alias(&app, &name)?;
    app.engine.delete_alias(&alias).await?;
    gone()
}

fn find_alias(app: &App, name: &str) -> Result<Arc<ActionAlias>, Fault> {
    app.engine.catalog().alias(name).cloned().ok_or_else(|| Fault::no_resource(name))
}

fn read(given: &Object, id: Id) -> ActionAlias {
    ActionAlias {
        id,
        name: text(given, "name").unwrap_or_default(),
        pack: text(given, "pack").unwrap_or_default(),
        description: text(given, "description"),
        enabled: given.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        action_ref: text(given, "action_ref").unwrap_or_default(),
        formats: given.get("formats").and_then(Value::as_array).cloned().unwrap_or_default(),
        ack: object(given, "ack"),
        result: object(given, "result"),
        extra: object(given, "extra"),
        immutable_parameters: object(given, "immutable_parameters"),
        metadata_file: text(given, "metadata_file").unwrap_or_default(),
    }
}

pub(crate) async fn find(State(app): State<App>, _: Caller, body: Json) -> Answer {
    let given = body.checked(&COMMAND)?;
    let command = text(&given, "command").unwrap_or_default();
    let found = app.engine.catalog().matcher.find(&command).map_err(Fault::invalid)?;
    ok(&json!({
        "actionalias": found.alias.to_json(),
        "display": found.format.display,
        "representation": found.format.representation,
    }))
}

pub(crate) async fn help(State(app): State<App>, _: Caller, query: Query) -> Answer {
    let limit = query.integer("limit")?.unwrap_or(HELP_DEFAULT);
    let offset = query.integer("offset")?.unwrap_or(0);
    let catalog = app.engine.catalog();
    let filter = query.get("filter").filter(|text| !text.is_empty());
    let pack = query.get("pack").filter(|text| !text.is_empty());
    let help = catalog.matcher.help(filter, pack, limit, offset).map_err(Fault::invalid)?;
    let texts: Vec<Value> = help
        .helpstrings
        .iter()
        .map(
            |one| json!({"pack": one.pack, "display": one.display, "description": one.description}),
        )
        .collect();
    ok(&json!({"available": help.available, "helpstrings": texts}))
}
