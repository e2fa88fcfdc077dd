//! Inquiries: the questions that wait, and answers to them.

use std::sync::LazyLock;

use access::Kind;
use axum::extract::{Path, State};
use model::Id;
use serde_json::{Value, json};

use super::body::{Json, object};
use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
    listing::{self, Attributes},
    query::Query,
};

/// How many inquiries a list holds where no limit is given.
const LIMIT: i64 = 20;

static RESPONSE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "required": true},
            "response": {"type": "object", "required": true},
        },
    })
});

pub(crate) async fn list(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let page = listing::page(&query, caller.list(&app, Kind::Inquiry)?, Some(LIMIT))?;
    let attributes = Attributes::read(&query)?;
    let (inquiries, total) = app.engine.workflows().inquiries(page.limit, page.offset).await?;
    let documents = inquiries.iter().map(|inquiry| {
        let mut document = inquiry.to_json();
        attributes.apply(&mut document);
        document
    });
    let total = usize::try_from(total).unwrap_or(0);
    Ok(listing::with_headers(&Value::Array(documents.collect()), total, page))
}

pub(crate) async fn get(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    caller.read(&app, Kind::Inquiry, &id)?;
    ok(&app.engine.workflows().inquiry(parsed(&id)?).await?.to_json())
}

pub(crate) async fn respond(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Json,
) -> Answer {
    let given = body.checked(&RESPONSE)?;
    let response = object(&given, "response");
    app.engine.workflows().respond(&caller.principal, parsed(&id)?, response.clone()).await?;
    ok(&json!({"id": id, "response": response}))
}

fn parsed(id: &str) -> Result<Id, Fault> {
    id.parse().map_err(|_| Fault::no_resource(id))
}
