//! Callers: who asks, found out from the request's credentials and from nothing else.

use access::{Credential, Unauthorized};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use model::Principal;

use crate::{App, answer::Fault, query::Query};

/// The authenticated caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) location: &'static str,
}

impl Caller {
    /// Refuses whoever may not do what only administrators may.
    pub(crate) fn must_be_admin(&self, what: &str) -> Result<(), Fault> {
        if self.principal.is_admin {
            return Ok(());
        }
        let name = &self.principal.name;
        let text = format!("User \"{name}\" may not {what}: it takes an administrator");
        Err(Fault::new(StatusCode::FORBIDDEN, text))
    }
}

/// Lets a request through when its credentials open anything.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let Some((credential, location)) = credential(request.headers(), &query) else {
        return Fault::from(Unauthorized::Nothing).into_response();
    };
    match app.engine.access().authenticate(&credential) {
        Ok(principal) => {
            request.extensions_mut().insert(Caller { principal, location });
            next.run(request).await
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

fn credential(headers: &HeaderMap, query: &Query) -> Option<(Credential, &'static str)> {
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(|text| text.trim().to_owned())
    };
    let asked = |name: &str| query.get(name).map(str::to_owned);
    let present = |text: &String| !text.is_empty();
    if let Some(token) = header("x-auth-token").filter(present) {
        return Some((Credential::Token(token), "header"));
    }
    if let Some(key) = header("st2-api-key").filter(present) {
        return Some((Credential::ApiKey(key), "header"));
    }
    if let Some(token) = asked("x-auth-token").filter(present) {
        return Some((Credential::Token(token), "query"));
    }
    if let Some(key) = asked("st2-api-key").filter(present) {
        return Some((Credential::ApiKey(key), "query"));
    }
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok())?;
    let token = cookies.split(';').find_map(|pair| pair.trim().strip_prefix("auth-token="))?;
    Some((Credential::Token(token.to_owned()), "cookie"))
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Unauthorized::Nothing.into())
    }
}
