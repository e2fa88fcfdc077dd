//! Bodies of requests: JSON objects, checked against their schema with the texts that clients of
//! StackStorm know.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{StatusCode, header};
use model::Object;
use serde_json::Value;

use crate::{answer::Fault, caller::Proof};

/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(120);

/// A JSON body; an empty one is an empty object.
#[derive(Debug, Clone)]
pub(crate) struct Json(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind =
            kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase());
        let is_form = kind.as_deref() == Some("application/x-www-form-urlencoded");
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(Object::new())));
        }
        if let Some(kind) = kind.filter(|kind| kind != "application/json" && !is_form) {
            let text =
                format!("Failed to parse request body: Unsupported Content-Type: \"{kind}\"");
            return Err(Fault::new(StatusCode::BAD_REQUEST, text));
        }
        parse(&bytes).map(Self)
    }
}

/// A body as it came.
#[derive(Debug, Clone)]
pub(crate) struct Raw(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        read(request, state).await.map(Self)
    }
}

/// Reads a body whole, as long as it comes in time and the caller's credential is in force until then.
async fn read(request: Request, state: &(impl Send + Sync)) -> Result<Bytes, Fault> {
    let proof = request.extensions().get::<Proof>().cloned();
    let read = tokio::time::timeout(BODY_TIME, Bytes::from_request(request, state)).await;
    let late = |_| {
        let text = "Failed to read request body: it did not come in time";
        Fault::new(StatusCode::REQUEST_TIMEOUT, text)
    };
    let bytes = read.map_err(late)?.map_err(|rejection| {
        let status = rejection.status();
        Fault::new(status, format!("Failed to read request body: {rejection}"))
    })?;
    proof.map_or(Ok(()), |proof| proof.check())?;
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(bytes).map_err(|error| {
        let before: usize = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .take(error.line().saturating_sub(1))
            .map(<[u8]>::len)
            .sum();
        let place = before + error.column().saturating_sub(1);
        let (line, column) = (error.line(), error.column());
        // There is no other way to tell this error from the others.
        let what = if error.to_string().starts_with("recursion limit") {
            "nested too deeply"
        } else if error.is_eof() {
            "unexpected end of data"
        } else {
            "unexpected character"
        };
        Fault::invalid(format!(
            "Failed to parse request body: {what}: line {line} column {column} (char {place})"
        ))
    })
}

impl Json {
    /// Returns the object, when it fits the schema.
    pub(crate) fn checked(self, schema: &Value) -> Result<Object, Fault> {
        python::schema::check(schema, &self.0).map_err(Fault::invalid)?;
        self.object()
    }

    /// Returns the object that the body is.
    pub(crate) fn object(self) -> Result<Object, Fault> {
        if let Value::Object(object) = self.0 {
            return Ok(object);
        }
        Err(Fault::invalid(format!("the body must be an object and is: {}", self.0)))
    }
}

/// Returns the text under a key.
pub(crate) fn text(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Returns the object under a key, empty where there is none.
pub(crate) fn object(object: &Object, key: &str) -> Object {
    object.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}
