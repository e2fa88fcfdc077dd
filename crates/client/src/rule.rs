//! Rules: what happens by itself.

use serde_json::Value;

use crate::{Client, Error, Listing, Page};

impl Client {
    /// Returns a page of the rules.
    pub async fn rules(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["rules"], listing).await
    }

    /// Returns the rule with this reference or id.
    pub async fn rule(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["rules", reference]).await
    }

    /// Makes a rule.
    pub async fn create_rule(&self, document: &Value) -> Result<Value, Error> {
        self.post(&["rules"], document).await
    }
}
