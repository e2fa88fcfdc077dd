//! API keys: the credentials of programs.

use model::Object;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Listing, Page, Reply};

impl Client {
    /// Returns a page of the API keys, without their secrets.
    pub fn api_keys<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.listing(&["apikeys"], listing).await })
    }

    /// Creates an API key, by default for the caller. Only this document has the secret, in its
    /// attribute `key`.
    pub fn create_api_key<'a>(
        &'a self,
        user: Option<&'a str>,
        metadata: &'a Object,
    ) -> Reply<'a, Value> {
        Box::pin(async move {
            let mut body = Object::new();
            body.insert("metadata".to_owned(), json!(metadata));
            if let Some(user) = user {
                body.insert("user".to_owned(), json!(user));
            }
            self.post(&["apikeys"], &body).await
        })
    }

    /// Replaces an API key's `enabled`, `user` and `metadata`.
    pub fn update_api_key<'a>(&'a self, id: &'a str, document: &'a Value) -> Reply<'a, Value> {
        Box::pin(async move {
            self.api(Method::PUT, &["apikeys", id]).body(document).send().await?.json().await
        })
    }

    /// Deletes an API key.
    pub fn delete_api_key<'a>(&'a self, id: &'a str) -> Reply<'a, ()> {
        Box::pin(async move { self.api(Method::DELETE, &["apikeys", id]).send().await.map(drop) })
    }
}
