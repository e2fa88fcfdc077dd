//! Users: administrators make people who log in with a password.

use std::sync::LazyLock;

use access::{Kind, NewUser, Verb};
use axum::extract::State;
use serde_json::{Value, json};

use super::body::{Json, text};
use crate::{
    App,
    answer::{Answer, Fault, created},
    caller::Caller,
};

static USER: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "required": true},
            "password": {"type": "string", "required": true},
            "role": {"type": "string"},
        },
        "additionalProperties": false,
    })
});

/// Makes a user, or gives one that is there a new password and role.
pub(crate) async fn create(State(app): State<App>, caller: Caller, body: Json) -> Answer {
    caller.check(&app, Verb::Create, Kind::User, "")?;
    let given = body.checked(&USER)?;
    let role = text(&given, "role");
    let is_admin = match role.as_deref() {
        None => false,
        Some("admin") => true,
        Some(other) => {
            return Err(Fault::invalid(format!(
                "there is no role \"{other}\": `admin` is the one"
            )));
        }
    };
    let password = text(&given, "password").filter(|password| !password.is_empty());
    let password = password.ok_or_else(|| Fault::invalid("the password must not be empty"))?;
    let name = text(&given, "name").unwrap_or_default();
    let new = NewUser { name: name.clone(), is_admin, password: Some(password) };
    app.engine.access().put_user(&caller.principal, new).await?;
    created(&json!({"name": name, "is_admin": is_admin}))
}
