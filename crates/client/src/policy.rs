//! Policies: concurrency limits and retries.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Listing, Page, Reply};

impl Client {
    /// Returns a page of the policies.
    pub fn policies<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.listing(&["policies"], listing).await })
    }

    /// Returns the policy with this reference or id.
    pub fn policy<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["policies", reference]).await })
    }

    /// Creates a policy.
    pub fn create_policy<'a>(&'a self, document: &'a Value) -> Reply<'a, Value> {
        Box::pin(async move { self.post(&["policies"], document).await })
    }

    /// Replaces the policy with this reference or id.
    pub fn update_policy<'a>(
        &'a self,
        reference: &'a str,
        document: &'a Value,
    ) -> Reply<'a, Value> {
        Box::pin(async move {
            self.api(Method::PUT, &["policies", reference])
                .body(document)
                .send()
                .await?
                .json()
                .await
        })
    }

    /// Deletes the policy with this reference or id.
    pub fn delete_policy<'a>(&'a self, reference: &'a str) -> Reply<'a, ()> {
        Box::pin(async move {
            self.api(Method::DELETE, &["policies", reference]).send().await.map(drop)
        })
    }

    /// Returns a page of the policy types.
    pub fn policy_types<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.list(&["policytypes"], listing).await })
    }

    /// Returns the policy type with this reference or id.
    pub fn policy_type<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["policytypes", reference]).await })
    }
}
