//! Squall itself: who am I to it, is it well, what does it count.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Error};

impl Client {
    /// Returns who the credential belongs to, and what Squall knows of them.
    pub async fn user(&self) -> Result<Value, Error> {
        self.get(&["user"]).await
    }

    /// Tells by success that Squall accepts commands.
    pub async fn healthz(&self) -> Result<(), Error> {
        self.call(Method::GET, &[], &["healthz"]).send().await.map(drop)
    }

    /// Returns how Squall and its chat networks are.
    pub async fn health(&self) -> Result<Value, Error> {
        self.call(Method::GET, &[], &["healthz"]).send().await?.json().await
    }

    /// Returns Squall's metrics as Prometheus reads them.
    pub async fn metrics(&self) -> Result<String, Error> {
        self.call(Method::GET, &[], &["metrics"]).send().await?.text().await
    }
}
