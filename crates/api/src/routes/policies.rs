//! Policies and their types: lists, documents and changes.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use model::{Id, Object, Policy, policy::Kind};
use serde_json::{Value, json};

use super::body::{Json, object, text};
use crate::{
    App,
    answer::{Answer, Fault, created, gone, ok},
    caller::Caller,
    listing,
    query::Query,
};

/// The pack whose policies nobody changes.
const SYSTEM_PACK: &str = "core";

static POLICY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "default": null},
            "uid": {"type": "string"},
            "name": {"type": "string", "required": true},
            "pack": {"type": "string"},
            "ref": {"type": "string"},
            "description": {"type": "string"},
            "enabled": {"type": "boolean", "default": true},
            "resource_ref": {"type": "string", "required": true},
            "policy_type": {"type": "string", "required": true},
            "parameters": {
                "type": "object",
                "patternProperties": {
                    r"^\w+$": {
                        "anyOf": [
                            {"type": "array"},
                            {"type": "boolean"},
                            {"type": "integer"},
                            {"type": "number"},
                            {"type": "object"},
                            {"type": "string"},
                        ],
                    },
                },
                "additionalProperties": false,
            },
            "metadata_file": {"type": "string", "default": ""},
        },
        "additionalProperties": false,
    })
});

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> =
        catalog.policies.values().map(|policy| policy.to_json()).collect();
    for name in ["pack", "name", "resource_ref", "policy_type"] {
        listing::keep(&mut documents, &query, name, name);
    }
    listing::answer(documents, &query, &caller, Some(100))
}

pub(crate) async fn get(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    ok(&find(&app, &name)?.to_json())
}

pub(crate) async fn create(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    caller.must_be_admin("make policies")?;
    let given = body.checked(&POLICY)?;
    let pack = text(&given, "pack").unwrap_or_else(|| "default".to_owned());
    let policy = read(&given, pack, app.engine.make_id())?;
    created(&app.engine.put_policy(policy).await?.to_json())
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    body: Json,
) -> Answer {
    caller.must_be_admin("change policies")?;
    let old = changeable(&app, &name)?;
    let given = body.checked(&POLICY)?;
    let pack = text(&given, "pack").unwrap_or_else(|| old.pack.clone());
    let mut policy = read(&given, pack, old.id)?;
    if policy.metadata_file.is_empty() {
        policy.metadata_file.clone_from(&old.metadata_file);
    }
    ok(&app.engine.put_policy(policy).await?.to_json())
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.must_be_admin("remove policies")?;
    app.engine.delete_policy(&*changeable(&app, &name)?).await?;
    gone()
}

pub(crate) async fn types(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> =
        catalog.policy_types.iter().map(|(kind, id)| kind.to_json(*id)).collect();
    for name in ["resource_type", "name", "id"] {
        listing::keep(&mut documents, &query, name, name);
    }
    listing::answer(documents, &query, &caller, Some(100))
}

pub(crate) async fn type_of(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let catalog = app.engine.catalog();
    let is = |(kind, id): &&(Kind, Id)| kind.as_str() == name || id.to_string() == name;
    let missing =
        || Fault::missing(format!("PolicyType with a reference of id \"{name}\" not found."));
    let (kind, id) = catalog.policy_types.iter().find(is).ok_or_else(missing)?;
    ok(&kind.to_json(*id))
}

fn find(app: &App, name: &str) -> Result<Arc<Policy>, Fault> {
    app.engine.catalog().policy(name).cloned().ok_or_else(|| Fault::no_resource(name))
}

fn changeable(app: &App, name: &str) -> Result<Arc<Policy>, Fault> {
    let policy = find(app, name)?;
    if policy.pack == SYSTEM_PACK {
        let text = "Resources belonging to system level packs can't be manipulated";
        return Err(Fault::invalid(text));
    }
    Ok(policy)
}

fn read(given: &Object, pack: String, id: Id) -> Result<Policy, Fault> {
    let kind = text(given, "policy_type").unwrap_or_default();
    let kind: Kind = kind.parse().map_err(Fault::invalid)?;
    let parameters = engine::policy::parameters(kind, &object(given, "parameters"));
    Ok(Policy {
        id,
        name: text(given, "name").unwrap_or_default(),
        pack,
        description: text(given, "description"),
        enabled: given.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        resource_ref: text(given, "resource_ref").unwrap_or_default(),
        policy_type: kind,
        parameters: parameters.map_err(Fault::invalid)?,
        metadata_file: text(given, "metadata_file").unwrap_or_default(),
    })
}
