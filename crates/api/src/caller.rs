//! Callers: authenticated by the credentials of the request, authorized by the gate.

use access::{Credential, Kind, Resource, Unauthorized, Verb};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, header, request::Parts};
use model::{Principal, execution::Secrets};

use crate::{App, answer::Fault, listing::Reach, query::Query};

/// The authenticated caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) location: &'static str,
}

/// What a caller has shown, to be looked at once more where time has passed.
#[derive(Clone)]
pub(crate) struct Proof {
    app: App,
    credential: Credential,
    principal: Principal,
}

impl Proof {
    /// Fails when the credential opens nothing any more, or something else.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let principal = self.app.engine.access().authenticate(&self.credential)?;
        if principal == self.principal { Ok(()) } else { Err(Unauthorized::UnknownToken.into()) }
    }
}

impl<S: Sync> FromRequestParts<S> for Proof {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Unauthorized::Nothing.into())
    }
}

impl Caller {
    /// Asks the gate about a resource without an owner.
    pub(crate) fn check(
        &self,
        app: &App,
        verb: Verb,
        kind: Kind,
        reference: &str,
    ) -> Result<(), Fault> {
        let resource = Resource::new(kind, reference);
        app.engine.access().check(&self.principal, verb, &resource)?;
        Ok(())
    }

    /// Asks the gate about reading a resource.
    pub(crate) fn read(&self, app: &App, kind: Kind, reference: &str) -> Result<(), Fault> {
        self.check(app, Verb::Read, kind, reference)
    }

    /// Asks the gate about a list, and how much of it may be read at once.
    pub(crate) fn list(&self, app: &App, kind: Kind) -> Result<Reach, Fault> {
        self.read(app, kind, "")?;
        Ok(self.reach(app, kind))
    }

    /// Returns how much of a list may be read at once.
    pub(crate) fn reach(&self, app: &App, kind: Kind) -> Reach {
        if self.is_allowed(app, Verb::ReadAll, kind) { Reach::All } else { Reach::Page }
    }

    /// Returns whether secrets are shown: to those who may read them and ask for it.
    pub(crate) fn secrets(&self, app: &App, query: &Query, kind: Kind) -> Secrets {
        let shown = query.flag("show_secrets") && self.is_allowed(app, Verb::ReadSecrets, kind);
        if shown { Secrets::Shown } else { Secrets::Masked }
    }

    fn is_allowed(&self, app: &App, verb: Verb, kind: Kind) -> bool {
        app.engine.access().decide(&self.principal, verb, &Resource::new(kind, "")).is_allowed
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
            let proof = Proof { app: app.clone(), credential, principal: principal.clone() };
            request.extensions_mut().insert(proof);
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
