//! Users who log in with a password.

use serde_json::{Value, json};

use crate::{Client, Reply};

impl Client {
    /// Creates a user, or replaces the password and role of an existing one.
    pub fn put_user<'a>(
        &'a self,
        name: &'a str,
        password: &'a str,
        role: Option<&'a str>,
    ) -> Reply<'a, Value> {
        Box::pin(async move {
            let mut body = json!({"name": name, "password": password});
            if let Some(role) = role {
                body["role"] = json!(role);
            }
            self.post(&["users"], &body).await
        })
    }
}
