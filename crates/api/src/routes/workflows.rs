//! Workflows: inspection of a definition.

use access::Kind;
use axum::extract::State;
use serde_json::Value;

use super::body::Raw;
use crate::{
    App,
    answer::{Answer, Fault, ok},
    caller::Caller,
};

/// Answers with all that is wrong with a definition: an empty list when nothing is.
pub(crate) async fn inspect(State(app): State<App>, caller: Caller, Raw(body): Raw) -> Answer {
    caller.read(&app, Kind::Action, "")?;
    // StackStorm's command line sends the text as a JSON string.
    let text = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::String(text)) => text.into_bytes(),
        _ => body.to_vec(),
    };
    let findings = app.engine.workflows().inspect_workflow(&text).map_err(Fault::invalid)?;
    ok(&Value::Array(findings))
}
