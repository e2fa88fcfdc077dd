//! Actions: lists, documents and views.

use axum::extract::{Path, State};
use http::{HeaderValue, StatusCode, header};
use model::Object;
use serde_json::{Value, json};

use crate::{
    App,
    answer::{Answer, Fault, json_response, ok},
    caller::Caller,
    listing,
    query::Query,
};

/// How large an entry point may be to be shown.
const ENTRY_POINT_MAX: u64 = 1024 * 1024;

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    listing::answer(documents(&app, &query, false), &query, &caller, None)
}

pub(crate) async fn overview_list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    listing::answer(documents(&app, &query, true), &query, &caller, None)
}

fn documents(app: &App, query: &Query, expanded: bool) -> Vec<Value> {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> =
        catalog.actions.values().map(|action| document(action, expanded)).collect();
    for name in ["name", "pack", "id", "runner_type", "ref"] {
        listing::keep(&mut documents, query, name, name);
    }
    if let Some(tags) = query.list("tags") {
        documents.retain(|document| {
            let all = document.get("tags").and_then(Value::as_array);
            let name = |tag: &Value| {
                tag.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            all.is_some_and(|all| all.iter().any(|tag| tags.contains(&name(tag))))
        });
    }
    documents
}

fn document(action: &engine::catalog::Registered, expanded: bool) -> Value {
    let mut document = action.action().to_json();
    if expanded && let Some(object) = document.as_object_mut() {
        object.insert("parameters".to_owned(), Value::Object(action.parameters.clone()));
    }
    document
}

pub(crate) async fn get(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Answer {
    let catalog = app.engine.catalog();
    let action = catalog.action(&name).ok_or_else(|| Fault::no_resource(&name))?;
    ok(&document(action, false))
}

pub(crate) async fn overview(
    State(app): State<App>,
    _: Caller,
    Path(name): Path<String>,
) -> Answer {
    let catalog = app.engine.catalog();
    let action = catalog.action(&name).ok_or_else(|| Fault::no_resource(&name))?;
    ok(&document(action, true))
}

pub(crate) async fn parameters(
    State(app): State<App>,
    _: Caller,
    Path(name): Path<String>,
) -> Answer {
    let catalog = app.engine.catalog();
    let action = catalog.action(&name).ok_or_else(|| Fault::no_resource(&name))?;
    let parameters: &Object = &action.parameters;
    ok(&json!({"parameters": parameters}))
}

pub(crate) async fn entry_point(
    State(app): State<App>,
    _: Caller,
    Path(name): Path<String>,
) -> Answer {
    let catalog = app.engine.catalog();
    let action = catalog.action(&name).ok_or_else(|| Fault::no_resource(&name))?;
    let entry_point = &action.action().entry_point;
    let none = || Fault::missing(format!("Action ref={name} has no entry_point to output"));
    if entry_point.is_empty() {
        return Err(none());
    }
    let path = action.pack_dir.join("actions").join(entry_point);
    let size = tokio::fs::metadata(&path).await.map(|found| found.len()).map_err(|_| none())?;
    if size > ENTRY_POINT_MAX {
        return Err(Fault::invalid(format!(
            "the entry point of action {name} is too large to be shown"
        )));
    }
    let text = tokio::fs::read(&path).await.map_err(|_| none())?;
    let mut response = json_response(StatusCode::OK, &Value::Null);
    *response.body_mut() = axum::body::Body::from(text);
    let kind = HeaderValue::from_static("text/plain; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
