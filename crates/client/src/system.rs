//! Squall itself: who am I to it, is it well, what does it count.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Reply};

impl Client {
    /// Returns who the credential belongs to, and what Squall knows of them.
    pub fn user(&self) -> Reply<'_, Value> {
        Box::pin(async move { self.get(&["user"]).await })
    }

    /// Tells by success that Squall accepts commands.
    pub fn healthz(&self) -> Reply<'_, ()> {
        Box::pin(async move { self.call(Method::GET, &[], &["healthz"]).send().await.map(drop) })
    }

    /// Returns how Squall and its chat networks are.
    pub fn health(&self) -> Reply<'_, Value> {
        Box::pin(
            async move { self.call(Method::GET, &[], &["healthz"]).send().await?.json().await },
        )
    }

    /// Returns Squall's metrics as Prometheus reads them.
    pub fn metrics(&self) -> Reply<'_, String> {
        Box::pin(
            async move { self.call(Method::GET, &[], &["metrics"]).send().await?.text().await },
        )
    }
}
