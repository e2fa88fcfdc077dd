//! Action aliases: their documents and bodies, match and help.

use std::sync::LazyLock;

use access::Kind;
use axum::extract::State;
use model::ActionAlias;
use serde_json::{Value, json};

use super::{
    body::{Json, object, text},
    content::{Edited, Given, Shown},
};
use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
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

impl Shown for ActionAlias {
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("name", "name"),
        ("pack", "pack"),
        ("id", "id"),
        ("enabled", "enabled"),
        ("action_ref", "action_ref"),
    ];
    const LIMIT: Option<i64> = Some(100);

    fn document(&self) -> Value {
        self.to_json()
    }

    /// Hubot's plugin gives up on a list at the first pattern that is none in JavaScript: what can
    /// be loaded comes first.
    fn arrange(documents: &mut Vec<Value>, _: &Query) {
        documents.sort_by_key(has_python_group);
    }
}

impl Edited for ActionAlias {
    fn schema() -> &'static Value {
        &ALIAS
    }

    fn read(given: &Given<'_, Self>) -> Result<Self, Fault> {
        let body = given.body;
        Ok(Self {
            id: given.id,
            name: text(body, "name").unwrap_or_default(),
            pack: text(body, "pack").unwrap_or_default(),
            description: text(body, "description"),
            enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(true),
            action_ref: text(body, "action_ref").unwrap_or_default(),
            formats: body.get("formats").and_then(Value::as_array).cloned().unwrap_or_default(),
            ack: object(body, "ack"),
            result: object(body, "result"),
            extra: object(body, "extra"),
            immutable_parameters: object(body, "immutable_parameters"),
            metadata_file: given.metadata_file(),
        })
    }
}

fn has_python_group(document: &Value) -> bool {
    let has = |text: &Value| text.as_str().is_some_and(|text| text.contains("(?P<"));
    let formats = document.get("formats").and_then(Value::as_array);
    formats.into_iter().flatten().any(|format| {
        let patterns = format.get("representation").and_then(Value::as_array);
        has(format) || patterns.into_iter().flatten().any(has)
    })
}

pub(crate) async fn find(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    caller.read(&app, Kind::Alias, "")?;
    let given = body.checked(&COMMAND)?;
    let command = text(&given, "command").unwrap_or_default();
    let found = app.engine.catalog().matcher().find(&command).map_err(Fault::invalid)?;
    ok(&json!({
        "actionalias": found.alias.to_json(),
        "display": found.format.display,
        "representation": found.format.representation,
    }))
}

pub(crate) async fn help(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    caller.read(&app, Kind::Alias, "")?;
    let limit = query.integer("limit")?.unwrap_or(HELP_DEFAULT);
    let offset = query.integer("offset")?.unwrap_or(0);
    let catalog = app.engine.catalog();
    let filter = query.get("filter").filter(|text| !text.is_empty());
    let pack = query.get("pack").filter(|text| !text.is_empty());
    let help = catalog.matcher().help(filter, pack, limit, offset).map_err(Fault::invalid)?;
    let texts: Vec<Value> = help
        .helpstrings
        .iter()
        .map(
            |one| json!({"pack": one.pack, "display": one.display, "description": one.description}),
        )
        .collect();
    ok(&json!({"available": help.available, "helpstrings": texts}))
}
