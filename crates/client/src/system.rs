//! Squall itself: the caller's user, the health, the metrics.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Reply};

impl Client {
    /// Returns the user that the credential belongs to.
    pub fn user(&self) -> Reply<'_, Value> {
        Box::pin(async move { self.get(&["user"]).await })
    }

    /// Succeeds if Squall accepts requests.
    pub fn healthz(&self) -> Reply<'_, ()> {
        Box::pin(async move { self.call(Method::GET, &[], &["healthz"]).send().await.map(drop) })
    }

    /// Returns the health of Squall and its chat networks.
    pub fn health(&self) -> Reply<'_, Value> {
        Box::pin(
            async move { self.call(Method::GET, &[], &["healthz"]).send().await?.json().await },
        )
    }

    /// Returns the metrics in the text format of Prometheus.
    pub fn metrics(&self) -> Reply<'_, String> {
        Box::pin(
            async move { self.call(Method::GET, &[], &["metrics"]).send().await?.text().await },
        )
    }
}
