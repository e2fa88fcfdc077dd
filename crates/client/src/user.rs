//! Users: people who log in with a password.

use serde_json::{Value, json};

use crate::{Client, Error};

impl Client {
    /// Makes a user, or gives one that is there a new password and role.
    pub async fn put_user(
        &self,
        name: &str,
        password: &str,
        role: Option<&str>,
    ) -> Result<Value, Error> {
        let mut body = json!({"name": name, "password": password});
        if let Some(role) = role {
            body["role"] = json!(role);
        }
        self.post(&["users"], &body).await
    }
}
