//! The caller: who it is and by what it came in.

use axum::extract::State;
use model::principal::Origin;
use serde_json::{Value, json};

use crate::{
    App,
    answer::{Answer, ok},
    caller::Caller,
};

pub(crate) async fn get(State(_): State<App>, caller: Caller) -> Answer {
    let (method, expire) = match &caller.principal.origin {
        Origin::ApiKey { .. } => ("API key", Value::Null),
        Origin::Token { expiry } => ("authentication token", json!(expiry)),
        Origin::Chat { .. }
        | Origin::Rule { .. }
        | Origin::Workflow { .. }
        | Origin::Action { .. }
        | Origin::System => ("authentication token", Value::Null),
    };
    let is_admin = caller.principal.is_admin;
    ok(&json!({
        "username": caller.principal.name,
        "authentication": {"method": method, "location": caller.location, "token_expire": expire},
        "rbac": {"enabled": false, "roles": if is_admin { vec!["admin"] } else { Vec::new() }, "is_admin": is_admin},
    }))
}
