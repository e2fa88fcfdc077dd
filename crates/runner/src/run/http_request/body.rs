//! The body of a request: text, JSON, a form, or a file.

use model::Object;
use python::literal;
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::pairs::pairs;
use crate::parameter;

/// The boundary of the parts of an upload; it is extended until no part contains it.
const BOUNDARY: &str = "----squall-part";

/// Why a body cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Parameter(#[from] parameter::Error),
    #[error("the body is sent as JSON but is neither JSON nor a Python literal")]
    Literal(#[source] literal::Error),
    #[error("parameter `body` must be a string, or an object to be sent as a form or as JSON")]
    Type,
    #[error("parameters `body` and `file_content` exclude each other")]
    Both,
    #[error("parameter `{0}` has characters that a header must not contain")]
    Characters(&'static str),
}

/// A body and its content type.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Option<HeaderValue>,
}

/// Reads the body from `parameters`; `kind` is the content type that the user requested.
pub(super) fn read(parameters: &Object, kind: Option<&HeaderValue>) -> Result<Option<Body>, Error> {
    let body = parameter::value(parameters, "body").filter(|body| !is_empty(body));
    let name = parameter::text(parameters, "file_name")?.filter(|text| !text.is_empty());
    let content = parameter::text(parameters, "file_content")?.filter(|text| !text.is_empty());
    match (name, content, body) {
        (Some(_), Some(_), Some(_)) => Err(Error::Both),
        (Some(name), Some(content), None) => {
            let kind = parameter::text(parameters, "file_content_type")?;
            upload(name, content, kind.filter(|kind| !kind.is_empty())).map(Some)
        }
        (_, _, None) => Ok(None),
        (_, _, Some(body)) => {
            plain(body, kind.is_some_and(|kind| kind == "application/json")).map(Some)
        }
    }
}

fn is_empty(body: &Value) -> bool {
    body.as_str().is_some_and(str::is_empty)
}

fn plain(body: &Value, is_json: bool) -> Result<Body, Error> {
    let bytes = match body {
        Value::String(text) if is_json => {
            let value = serde_json::from_str(text).or_else(|_| literal::evaluate_json(text));
            value.map_err(Error::Literal)?.to_string().into_bytes()
        }
        _ if is_json => body.to_string().into_bytes(),
        Value::String(text) => text.clone().into_bytes(),
        Value::Object(object) => {
            let mut form = reqwest::Url::parse("http://form/").map_err(|_| Error::Type)?;
            form.query_pairs_mut().extend_pairs(pairs(Some(object)));
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            let bytes = form.query().unwrap_or_default().as_bytes().to_vec();
            return Ok(Body { bytes, kind: Some(kind) });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(Error::Type);
        }
    };
    Ok(Body { bytes, kind: None })
}

fn upload(name: &str, content: &str, kind: Option<&str>) -> Result<Body, Error> {
    if name.contains(['\r', '\n', '\0']) {
        return Err(Error::Characters("file_name"));
    }
    if kind.is_some_and(|kind| HeaderValue::from_str(kind).is_err()) {
        return Err(Error::Characters("file_content_type"));
    }
    let mut boundary = BOUNDARY.to_owned();
    while content.contains(&boundary) {
        boundary.push('-');
    }
    let quoted = name.replace('"', "%22");
    let kind = kind.map(|kind| format!("\r\nContent-Type: {kind}")).unwrap_or_default();
    let text = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{quoted}\"; \
         filename=\"{quoted}\"{kind}\r\n\r\n{content}\r\n--{boundary}--\r\n"
    );
    let kind = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    let kind = kind.map_err(|_| Error::Characters("file_name"))?;
    Ok(Body { bytes: text.into_bytes(), kind: Some(kind) })
}
