//! Packs: lists, documents and registration.

use std::time::Duration;

use model::Object;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Listing, Page, Reply};

/// The timeout of a registration: packs can have many files.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(600);

impl Client {
    /// Returns a page of the packs.
    pub fn packs<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.listing(&["packs"], listing).await })
    }

    /// Returns the pack with this reference or id.
    pub fn pack<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["packs", reference]).await })
    }

    /// Registers packs from disk and returns the number of registered resources by type. Without
    /// `packs` all are registered, without `types` all of their resources.
    pub fn reload_packs<'a>(
        &'a self,
        packs: &'a [String],
        types: &'a [String],
    ) -> Reply<'a, Object> {
        Box::pin(async move {
            let mut body = Object::new();
            for (key, names) in [("packs", packs), ("types", types)] {
                if !names.is_empty() {
                    body.insert(key.to_owned(), json!(names));
                }
            }
            let call = self.api(Method::POST, &["packs", "register"]).body(&body);
            call.timeout(REGISTER_TIMEOUT).send().await?.json().await
        })
    }
}
