//! Trigger types: lists and documents.

use axum::extract::{Path, State};
use serde_json::Value;

use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
    listing,
    query::Query,
};

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> =
        catalog.trigger_types.values().map(|one| one.to_json()).collect();
    for name in ["name", "pack"] {
        listing::keep(&mut documents, &query, name, name);
    }
    listing::answer(documents, &query, &caller, Some(100))
}

pub(crate) async fn get(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let catalog = app.engine.catalog();
    let found = catalog
        .trigger_types
        .values()
        .find(|one| one.reference().to_string() == name || one.id.to_string() == name);
    ok(&found.ok_or_else(|| Fault::no_resource(&name))?.to_json())
}
