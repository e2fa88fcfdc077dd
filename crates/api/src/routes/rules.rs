//! Rules: lists, documents, views and changes.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use engine::Refusal;
use model::{
    Id, Object, Rule,
    rule::{ActionRequest, Kind, Trigger},
};
use serde_json::{Value, json};

use super::body::{Json, object, text};
use crate::{
    App,
    answer::{Answer, Fault, created, gone, ok},
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

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    listing::answer(documents(&app, &query), &query, &caller, None)
}

fn documents(app: &App, query: &Query) -> Vec<Value> {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> = catalog.rules.values().map(|rule| rule.to_json()).collect();
    for (name, attribute) in [
        ("name", "name"),
        ("pack", "pack"),
        ("id", "id"),
        ("enabled", "enabled"),
        ("action", "action.ref"),
        ("user", "context.user"),
    ] {
        listing::keep(&mut documents, query, name, attribute);
    }
    if let Some(wanted) = query.list("trigger") {
        documents.retain(|rule| {
            let is = |key: &str| {
                rule["trigger"][key]
                    .as_str()
                    .is_some_and(|text| wanted.iter().any(|one| one == text))
            };
            is("ref") || is("type")
        });
    }
    documents
}

pub(crate) async fn get(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    ok(&find(&app, &name)?.to_json())
}

pub(crate) async fn views(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let views = documents(&app, &query).into_iter().map(|rule| viewed(&app, rule)).collect();
    listing::answer(views, &query, &caller, None)
}

pub(crate) async fn view(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    ok(&viewed(&app, find(&app, &name)?.to_json()))
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

pub(crate) async fn types(State(_): State<App>, caller: Caller, query: Query) -> Answer {
    let one = |name: &str, description: &str| json!({"name": name, "ref": name, "description": description, "enabled": true, "parameters": {}});
    let types = vec![
        one("standard", "Tried on every event of its trigger."),
        one("backstop", "Tried when no standard rule matched the event."),
    ];
    listing::answer(types, &query, &caller, None)
}

pub(crate) async fn create(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    let given = body.checked(&RULE)?;
    let rule = read(&app, &given, app.engine.make_id(), &caller)?;
    if let Some(existing) = app.engine.catalog().rules.get(&rule.reference().to_string()) {
        let message = "Tried to save duplicate unique keys (E11000 Duplicate Key Error)".to_owned();
        return Err(Refusal::Exists { message, conflict_id: Some(existing.id) }.into());
    }
    created(&app.engine.put_rule(rule).await?.to_json())
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    body: Json,
) -> Answer {
    let old = find(&app, &name)?;
    let given = body.checked(&RULE)?;
    let mut rule = read(&app, &given, old.id, &caller)?;
    if rule.metadata_file.is_empty() {
        rule.metadata_file.clone_from(&old.metadata_file);
    }
    ok(&app.engine.put_rule(rule).await?.to_json())
}

pub(crate) async fn delete(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let rule = find(&app, &name)?;
    app.engine.delete_rule(&rule).await?;
    gone()
}

fn find(app: &App, name: &str) -> Result<Arc<Rule>, Fault> {
    app.engine.catalog().rule(name).cloned().ok_or_else(|| Fault::no_resource(name))
}

fn read(app: &App, given: &Object, id: Id, caller: &Caller) -> Result<Rule, Fault> {
    let criteria = object(given, "criteria");
    criteria::validate(&criteria).map_err(Fault::invalid)?;
    let kind = object(given, "type");
    let kind = match kind.get("ref").and_then(Value::as_str).unwrap_or("standard") {
        "standard" => Kind::Standard,
        "backstop" => Kind::Backstop,
        other => {
            return Err(Fault::invalid(format!(
                "rule type `{other}` does not exist: use standard or backstop"
            )));
        }
    };
    let context = Object::from_iter([("user".to_owned(), json!(caller.principal.name))]);
    let action = object(given, "action");
    Ok(Rule {
        id,
        name: text(given, "name").unwrap_or_default(),
        pack: text(given, "pack").unwrap_or_else(|| "default".to_owned()),
        description: text(given, "description").unwrap_or_default(),
        enabled: given.get("enabled").and_then(Value::as_bool).unwrap_or(false),
        tags: given.get("tags").and_then(Value::as_array).cloned().unwrap_or_default(),
        kind,
        trigger: trigger(app, &object(given, "trigger"))?,
        criteria,
        action: ActionRequest {
            reference: text(&action, "ref").unwrap_or_default(),
            parameters: object(&action, "parameters"),
            description: text(&action, "description"),
        },
        context,
        metadata_file: text(given, "metadata_file").unwrap_or_default(),
    })
}

fn trigger(app: &App, given: &Object) -> Result<Trigger, Fault> {
    let type_ref = text(given, "type").unwrap_or_default();
    let parameters = object(given, "parameters");
    if !app.engine.catalog().trigger_types.contains_key(&type_ref) {
        return Err(Fault::invalid(format!(
            "Trigger \"{type_ref}\" defined in the rule does not exist in system or it's missing required \
             \"parameters\" attribute"
        )));
    }
    let reference = engine::content::trigger_reference(&type_ref, &parameters);
    let description = text(given, "description").unwrap_or_default();
    Ok(Trigger { type_ref, reference, parameters, description })
}
