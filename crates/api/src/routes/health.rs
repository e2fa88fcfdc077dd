//! Health, metrics and the root of the API.

use access::Kind;
use axum::{body::Body, extract::State, response::Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::{
    App,
    answer::{Answer, ok},
    caller::Caller,
};

/// Answers 200 when commands are accepted, and says how the chat adapters are.
pub(crate) async fn healthz(State(app): State<App>) -> Answer {
    let adapters: Vec<Value> = app
        .engine
        .chatops()
        .health()
        .into_iter()
        .map(|(name, health)| json!({"name": name, "up": health.up, "reason": health.reason}))
        .collect();
    let deaf = adapters.iter().any(|adapter| adapter["up"] == json!(false));
    let status = if deaf { "degraded" } else { "ok" };
    ok(&json!({"status": status, "version": env!("CARGO_PKG_VERSION"), "chat": adapters}))
}

pub(crate) async fn metrics(State(app): State<App>, caller: Caller) -> Answer {
    caller.read(&app, Kind::Metrics, "")?;
    app.engine.measure();
    let mut response = Response::new(Body::from((app.metrics)()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

pub(crate) async fn root(State(_): State<App>, _: Caller) -> Answer {
    let version = concat!("3.9.0 (squall ", env!("CARGO_PKG_VERSION"), ")");
    ok(&json!({"version": version, "docs_url": "http://docs.stackstorm.com/"}))
}
