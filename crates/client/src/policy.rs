//! Policies: what holds executions back, and what runs them again.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Error, Listing, Page};

impl Client {
    /// Returns a page of the policies.
    pub async fn policies(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["policies"], listing).await
    }

    /// Returns the policy with this reference or id.
    pub async fn policy(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["policies", reference]).await
    }

    /// Makes a policy.
    pub async fn create_policy(&self, document: &Value) -> Result<Value, Error> {
        self.post(&["policies"], document).await
    }

    /// Puts the document in the place of the policy with this reference or id.
    pub async fn update_policy(&self, reference: &str, document: &Value) -> Result<Value, Error> {
        self.api(Method::PUT, &["policies", reference]).body(document).send().await?.json().await
    }

    /// Removes the policy with this reference or id.
    pub async fn delete_policy(&self, reference: &str) -> Result<(), Error> {
        self.api(Method::DELETE, &["policies", reference]).send().await.map(drop)
    }

    /// Returns a page of the types of policies.
    pub async fn policy_types(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["policytypes"], listing).await
    }

    /// Returns the type of policies with this reference or id.
    pub async fn policy_type(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["policytypes", reference]).await
    }
}
