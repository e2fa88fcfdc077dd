//! Actions: their documents and views.

use access::Kind;
use axum::extract::{Path, State};
use content::Registered;
use http::{HeaderValue, StatusCode, header};
use model::Object;
use serde_json::{Value, json};

use super::content::{Shown, documents, find};
use crate::{
    App,
    answer::{Answer, Fault, json_response, ok},
    caller::Caller,
    listing,
    query::Query,
};

/// How large an entry point may be to be shown.
const ENTRY_POINT_MAX: u64 = 1024 * 1024;

impl Shown for Registered {
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("name", "name"),
        ("pack", "pack"),
        ("id", "id"),
        ("runner_type", "runner_type"),
        ("ref", "ref"),
    ];
    const LIMIT: Option<i64> = None;

    fn document(&self) -> Value {
        self.action().to_json()
    }

    /// Keeps the actions that have one of the tags that the query names.
    fn arrange(documents: &mut Vec<Value>, query: &Query) {
        let Some(wanted) = query.list("tags") else { return };
        let is_wanted = |tag: &Value| {
            let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
            wanted.iter().any(|one| one == name)
        };
        documents.retain(|document| {
            let tags = document.get("tags").and_then(Value::as_array);
            tags.is_some_and(|tags| tags.iter().any(is_wanted))
        });
    }
}

/// Returns the document with the parameters of the runner among those of the action.
fn overview_of(action: &Registered) -> Value {
    let mut document = action.document();
    if let Some(object) = document.as_object_mut() {
        object.insert("parameters".to_owned(), Value::Object(action.parameters.clone()));
    }
    document
}

pub(crate) async fn overview_list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let reach = caller.list(&app, Kind::Action)?;
    let documents = documents(&app, &query, overview_of);
    listing::answer(documents, &query, reach, Registered::LIMIT)
}

pub(crate) async fn overview(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, Kind::Action, &name)?;
    let action = find::<Registered>(&app, &name)?;
    ok(&overview_of(&action))
}

pub(crate) async fn parameters(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, Kind::Action, &name)?;
    let action = find::<Registered>(&app, &name)?;
    let parameters: &Object = &action.parameters;
    ok(&json!({"parameters": parameters}))
}

pub(crate) async fn entry_point(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, Kind::Action, &name)?;
    let action = find::<Registered>(&app, &name)?;
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
