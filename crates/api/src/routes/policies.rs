//! Policies: their documents and bodies, and the types of policies.

use std::sync::LazyLock;

use axum::extract::{Path, State};
use model::{Id, Policy, policy::Kind};
use serde_json::{Value, json};

use super::{
    body::{object, text},
    content::{Edited, Given, Shown},
};
use crate::{
    App,
    answer::{Answer, Fault, ok},
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

impl Shown for Policy {
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("pack", "pack"),
        ("name", "name"),
        ("resource_ref", "resource_ref"),
        ("policy_type", "policy_type"),
    ];
    const LIMIT: Option<i64> = Some(100);

    fn document(&self) -> Value {
        self.to_json()
    }
}

impl Edited for Policy {
    fn schema() -> &'static Value {
        &POLICY
    }

    fn read(given: &Given<'_, Self>) -> Result<Self, Fault> {
        let body = given.body;
        let kind = text(body, "policy_type").unwrap_or_default();
        let kind: Kind = kind.parse().map_err(Fault::invalid)?;
        let parameters = ::content::policy::parameters(kind, &object(body, "parameters"));
        let pack = || given.old.map_or_else(|| "default".to_owned(), |old| old.pack.clone());
        Ok(Self {
            id: given.id,
            name: text(body, "name").unwrap_or_default(),
            pack: text(body, "pack").unwrap_or_else(pack),
            description: text(body, "description"),
            enabled: body.get("enabled").and_then(Value::as_bool).unwrap_or(true),
            resource_ref: text(body, "resource_ref").unwrap_or_default(),
            policy_type: kind,
            parameters: parameters.map_err(Fault::invalid)?,
            metadata_file: given.metadata_file(),
        })
    }

    fn must_be_changeable(&self) -> Result<(), Fault> {
        if self.pack != SYSTEM_PACK {
            return Ok(());
        }
        Err(Fault::invalid("Resources belonging to system level packs can't be manipulated"))
    }
}

pub(crate) async fn types(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let reach = caller.list(&app, access::Kind::Policy)?;
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> =
        catalog.policy_types.iter().map(|(kind, id)| kind.to_json(*id)).collect();
    for name in ["resource_type", "name", "id"] {
        listing::keep(&mut documents, &query, name, name);
    }
    listing::answer(documents, &query, reach, Some(100))
}

pub(crate) async fn type_of(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, access::Kind::Policy, &name)?;
    let catalog = app.engine.catalog();
    let is = |(kind, id): &&(Kind, Id)| kind.as_str() == name || id.to_string() == name;
    let missing =
        || Fault::missing(format!("PolicyType with a reference of id \"{name}\" not found."));
    let (kind, id) = catalog.policy_types.iter().find(is).ok_or_else(missing)?;
    ok(&kind.to_json(*id))
}
