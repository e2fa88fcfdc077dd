//! Rules: their documents and bodies, views, and the types of rules.

use std::sync::LazyLock;

use axum::extract::{Path, State};
use model::{
    Object, Rule,
    rule::{ActionRequest, Kind, Trigger},
};
use serde_json::{Value, json};

use super::{
    body::{object, text},
    content::{Edited, Given, Shown, documents, find},
};
use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
    listing,
    query::Query,
};

static RULE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "default": null},
            "ref": {"type": "string", "default": null},
            "uid": {"type": "string"},
            "name": {"type": "string", "required": true},
            "pack": {"type": "string", "default": "default"},
            "description": {"type": "string"},
            "type": {
                "type": "object",
                "properties": {
                    "ref": {"type": "string", "required": true},
                    "parameters": {"type": "object", "default": {}},
                },
                "additionalProperties": false,
                "default": {"ref": "standard", "parameters": {}},
            },
            "trigger": {
                "type": "object",
                "required": true,
                "properties": {
                    "type": {"type": "string", "required": true},
                    "ref": {"type": "string"},
                    "parameters": {"type": "object", "default": {}},
                    "description": {"type": "string"},
                },
                "additionalProperties": true,
            },
            "criteria": {"type": "object", "default": {}},
            "action": {
                "type": "object",
                "required": true,
                "properties": {
                    "ref": {"type": "string", "required": true},
                    "description": {"type": "string"},
                    "parameters": {"type": "object"},
                },
                "additionalProperties": false,
            },
            "enabled": {"type": "boolean", "default": false},
            "context": {"type": "object"},
            "tags": {"type": "array"},
            "metadata_file": {"type": "string", "default": ""},
        },
        "additionalProperties": false,
    })
});

impl Shown for Rule {
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("name", "name"),
        ("pack", "pack"),
        ("id", "id"),
        ("enabled", "enabled"),
        ("action", "action.ref"),
        ("user", "context.user"),
    ];
    const LIMIT: Option<i64> = None;

    fn document(&self) -> Value {
        self.to_json()
    }

    /// Keeps the rules on the triggers that the query names, by type or by reference.
    fn arrange(documents: &mut Vec<Value>, query: &Query) {
        let Some(wanted) = query.list("trigger") else { return };
        let is_wanted = |name: &Value| wanted.iter().any(|one| name == one.as_str());
        documents.retain(|rule| {
            is_wanted(&rule["trigger"]["ref"]) || is_wanted(&rule["trigger"]["type"])
        });
    }
}

impl Edited for Rule {
    fn schema() -> &'static Value {
        &RULE
    }

    fn read(given: &Given<'_, Self>) -> Result<Self, Fault> {
        let body = given.body;
        let criteria = object(body, "criteria");
        criteria::validate(&criteria).map_err(Fault::invalid)?;
        let kind = kind(&object(body, "type"))?;
        let context = Object::from_iter([("user".to_owned(), json!(given.caller.principal.name))]);
        let action = object(body, "action");
        Ok(Self {
            id: given.id,
            name: text(body, "name").unwrap_or_default(),
            pack: text(body, "pack").unwrap_or_else(|| "default".to_owned()),
            description: text(body, "description").unwrap_or_default(),
            enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(false),
            tags: body.get("tags").and_then(Value::as_array).cloned().unwrap_or_default(),
            kind,
            trigger: trigger(given.app, &object(body, "trigger"))?,
            criteria,
            action: ActionRequest {
                reference: text(&action, "ref").unwrap_or_default(),
                parameters: object(&action, "parameters"),
                description: text(&action, "description"),
            },
            context,
            metadata_file: given.metadata_file(),
        })
    }
}

fn kind(given: &Object) -> Result<Kind, Fault> {
    match given.get("ref").and_then(Value::as_str).unwrap_or("standard") {
        "standard" => Ok(Kind::Standard),
        "backstop" => Ok(Kind::Backstop),
        other => Err(Fault::invalid(format!(
            "rule type `{other}` does not exist: use standard or backstop"
        ))),
    }
}

fn trigger(app: &App, given: &Object) -> Result<Trigger, Fault> {
    let type_ref = text(given, "type").unwrap_or_default();
    let trigger = app.engine.catalog().trigger(&type_ref, object(given, "parameters"))?;
    Ok(Trigger { description: text(given, "description").unwrap_or_default(), ..trigger })
}

pub(crate) async fn views(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let reach = caller.list(&app, access::Kind::Rule)?;
    let views =
        documents(&app, &query, Rule::to_json).into_iter().map(|rule| viewed(&app, rule)).collect();
    listing::answer(views, &query, reach, None)
}

pub(crate) async fn view(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, access::Kind::Rule, &name)?;
    ok(&viewed(&app, find::<Rule>(&app, &name)?.to_json()))
}

/// Adds what the action and the trigger say of themselves.
fn viewed(app: &App, mut rule: Value) -> Value {
    let catalog = app.engine.catalog();
    let action = rule["action"]["ref"].as_str().and_then(|name| catalog.actions.get(name));
    let description = action.map(|action| action.action().description.clone()).unwrap_or_default();
    rule["action"]["description"] = json!(description);
    let trigger = rule["trigger"]["type"].as_str().and_then(|name| catalog.trigger_types.get(name));
    rule["trigger"]["description"] =
        json!(trigger.map(|one| one.description.clone()).unwrap_or_default());
    rule
}

pub(crate) async fn types(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let reach = caller.list(&app, access::Kind::Rule)?;
    let one = |name: &str, description: &str| json!({"name": name, "ref": name, "description": description, "enabled": true, "parameters": {}});
    let types = vec![
        one("standard", "Tried on every event of its trigger."),
        one("backstop", "Tried when no standard rule matched the event."),
    ];
    listing::answer(types, &query, reach, None)
}
