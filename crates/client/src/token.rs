//! Tokens: the credentials of people.

use std::fmt;

use model::Object;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Reply};

/// A token from a login, valid until it expires.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// The user who logged in.
    pub user: String,
    /// The secret.
    pub token: String,
    /// The time at which it expires, in ISO format.
    pub expiry: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Client {
    /// Logs in with user and password; `ttl_s` requests a shorter lifetime than the default.
    pub fn login<'a>(
        &'a self,
        user: &'a str,
        password: &'a str,
        ttl_s: Option<u64>,
    ) -> Reply<'a, Token> {
        Box::pin(async move {
            let mut body = Object::new();
            if let Some(ttl_s) = ttl_s {
                body.insert("ttl".to_owned(), json!(ttl_s));
            }
            let call = self.call(Method::POST, &["auth", "v1"], &["tokens"]);
            call.basic_auth(user, password).body(&body).send().await?.json().await
        })
    }
}
