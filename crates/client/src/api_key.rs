//! API keys: how programs prove who they are.

use model::Object;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Error, Listing, Page};

impl Client {
    /// Returns a page of the API keys; the keys themselves are not shown.
    pub async fn api_keys(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["apikeys"], listing).await
    }

    /// Makes an API key, for oneself where no `user` is named. The attribute `key` of the document
    /// is shown this once.
    pub async fn create_api_key(
        &self,
        user: Option<&str>,
        metadata: &Object,
    ) -> Result<Value, Error> {
        let mut body = Object::new();
        body.insert("metadata".to_owned(), json!(metadata));
        if let Some(user) = user {
            body.insert("user".to_owned(), json!(user));
        }
        self.post(&["apikeys"], &body).await
    }

    /// Changes an API key to what the document says: `enabled`, `user`, `metadata`.
    pub async fn update_api_key(&self, id: &str, document: &Value) -> Result<Value, Error> {
        self.api(Method::PUT, &["apikeys", id]).body(document).send().await?.json().await
    }

    /// Removes an API key.
    pub async fn delete_api_key(&self, id: &str) -> Result<(), Error> {
        self.api(Method::DELETE, &["apikeys", id]).send().await.map(drop)
    }
}
