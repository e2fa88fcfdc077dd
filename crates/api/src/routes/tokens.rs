//! Tokens: a name and a password become a credential for a while.

use access::{Credential, Kind, Unauthorized};
use axum::extract::State;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use super::body::{Json, Raw, object};
use crate::{
    App,
    answer::{Answer, Fault, created, ok},
    caller::Caller,
};

/// Makes a token. The body may be empty, of any kind, or an object with `ttl`.
pub(crate) async fn create(State(app): State<App>, headers: HeaderMap, Raw(body): Raw) -> Answer {
    let (name, password) = basic(&headers).ok_or(Unauthorized::BadLogin)?;
    let principal = app.engine.access().log_in(&name, &password).await?;
    let given: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if let Some(other) = given.get("user").and_then(Value::as_str).filter(|other| *other != name) {
        let text = format!(
            "User \"{name}\" may not get a token for \"{other}\": users of services only may"
        );
        return Err(Fault::invalid(text));
    }
    let ttl = match given.get("ttl").filter(|ttl| !ttl.is_null()) {
        None => None,
        Some(ttl) => Some(
            ttl.as_i64()
                .ok_or_else(|| Fault::invalid(format!("{ttl} is not of type 'integer', 'null'")))?,
        ),
    };
    let metadata = given.as_object().map(|given| object(given, "metadata")).unwrap_or_default();
    let (token, clear) = app.engine.access().make_token(&principal, ttl, metadata).await?;
    let mut response = created(&json!({
        "id": token.id,
        "user": token.user,
        "token": clear,
        "expiry": token.expiry,
        "metadata": token.metadata,
    }))?;
    if let Ok(url) = HeaderValue::from_str(&app.url) {
        response.headers_mut().insert("x-api-url", url);
    }
    Ok(response)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

pub(crate) async fn validate(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    caller.read(&app, Kind::Token, "")?;
    let token = body.0.get("token").and_then(Value::as_str);
    let token = token.ok_or_else(|| Fault::invalid("Token is not provided."))?;
    let credential = Credential::Token(token.to_owned());
    let valid = app.engine.access().authenticate(&credential).is_ok();
    ok(&json!({"valid": valid}))
}

/// Says 201 when the caller's own token is valid, as one bot asks.
pub(crate) async fn validate_own(State(_): State<App>, caller: Caller) -> Answer {
    created(&json!({"user": caller.principal.name, "valid": true}))
}

/// Says that there is no single sign-on.
pub(crate) async fn sso() -> Answer {
    ok(&json!({"enabled": false}))
}
