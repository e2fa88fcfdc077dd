//! Packs: which are there, and reading them again.

use std::time::Duration;

use model::Object;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Error, Listing, Page};

/// Packs with many files take a while.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(600);

impl Client {
    /// Returns a page of the packs.
    pub async fn packs(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["packs"], listing).await
    }

    /// Returns the pack with this reference or id.
    pub async fn pack(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["packs", reference]).await
    }

    /// Reads packs again from disk and returns how many things of each type were registered. No
    /// `packs` means all of them, no `types` everything in them.
    pub async fn reload_packs(&self, packs: &[String], types: &[String]) -> Result<Object, Error> {
        let mut body = Object::new();
        for (key, names) in [("packs", packs), ("types", types)] {
            if !names.is_empty() {
                body.insert(key.to_owned(), json!(names));
            }
        }
        let call = self.api(Method::POST, &["packs", "register"]).body(&body);
        call.timeout(REGISTER_TIMEOUT).send().await?.json().await
    }
}
