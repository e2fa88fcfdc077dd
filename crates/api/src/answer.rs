//! Answers: documents, and faults as `{"faultstring": …}`.

use access::{Refusal, Unauthorized};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// The longest sentence of a fault, in bytes: a complaint may cite what was given.
const TEXT_MAX: usize = 16 * 1024;

/// A fault: a status and a sentence.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) conflict_id: Option<model::Id>,
}

pub(crate) type Answer = Result<Response, Fault>;

impl Fault {
    pub(crate) fn new(status: StatusCode, text: impl ToString) -> Self {
        let mut text = text.to_string();
        if text.len() > TEXT_MAX {
            text.truncate(text.floor_char_boundary(TEXT_MAX));
            text.push_str("… (cut)");
        }
        Self { status, text, conflict_id: None }
    }

    pub(crate) fn invalid(text: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(crate) fn missing(text: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, text)
    }

    /// Says that no resource has this reference or id.
    pub(crate) fn no_resource(name: &str) -> Self {
        Self::missing(format!("Resource with a reference or id \"{name}\" not found"))
    }

    pub(crate) fn nowhere() -> Self {
        Self::missing("The resource could not be found.")
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::Invalid(_) | Refusal::Unrenderable { .. } => Self::invalid(text),
            Refusal::NotFound(_) => Self::missing(text),
            Refusal::Exists { conflict_id, .. } => {
                Self { conflict_id, ..Self::new(StatusCode::CONFLICT, text) }
            }
            Refusal::Denied(_) => Self::new(StatusCode::FORBIDDEN, text),
            Refusal::Busy { .. } | Refusal::Write(store::WriteError::Stopped) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, text)
            }
            Refusal::Write(store::WriteError::Full) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, text)
            }
            Refusal::Write(store::WriteError::Conflict) => Self::new(StatusCode::CONFLICT, text),
            Refusal::Internal(_) | Refusal::Write(_) | Refusal::Store(_) => {
                tracing::error!(error = %text, "A request could not be answered");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
            }
        }
    }
}

impl From<workflow::inquiry::Error> for Fault {
    fn from(error: workflow::inquiry::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        Refusal::Store(error).into()
    }
}

impl From<Unauthorized> for Fault {
    fn from(error: Unauthorized) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut document = json!({"faultstring": self.text});
        if let (Some(id), Some(object)) = (self.conflict_id, document.as_object_mut()) {
            object.insert("conflict-id".to_owned(), json!(id));
        }
        json_response(self.status, &document)
    }
}

/// Returns a document with a status.
pub(crate) fn json_response(status: StatusCode, document: &Value) -> Response {
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(crate) fn ok(document: &Value) -> Answer {
    Ok(json_response(StatusCode::OK, document))
}

pub(crate) fn created(document: &Value) -> Answer {
    Ok(json_response(StatusCode::CREATED, document))
}

pub(crate) fn gone() -> Answer {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
