//! Actions: what can be run.

use serde_json::Value;

use crate::{Client, Error, Listing, Page};

impl Client {
    /// Returns a page of the actions.
    pub async fn actions(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["actions"], listing).await
    }

    /// Returns the action with this reference or id.
    pub async fn action(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["actions", reference]).await
    }
}
