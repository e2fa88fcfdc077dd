//! Rules.

use serde_json::Value;

use crate::{Client, Listing, Page, Reply};

impl Client {
    /// Returns a page of the rules.
    pub fn rules<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.list(&["rules"], listing).await })
    }

    /// Returns the rule with this reference or id.
    pub fn rule<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["rules", reference]).await })
    }

    /// Creates a rule.
    pub fn create_rule<'a>(&'a self, document: &'a Value) -> Reply<'a, Value> {
        Box::pin(async move { self.post(&["rules"], document).await })
    }
}
