//! Inquiries: the pending ones, and responses.

use model::{Id, Object};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Page, Reply};

/// An inquiry that waits for a response.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Inquiry {
    /// The id, which is that of its execution.
    pub id: Id,
    /// The complete document.
    pub document: Value,
}

impl Inquiry {
    /// Returns the schema of the response.
    pub fn schema(&self) -> &Value {
        &self.document["schema"]
    }
}

impl TryFrom<Value> for Inquiry {
    type Error = serde_json::Error;

    fn try_from(document: Value) -> Result<Self, serde_json::Error> {
        Ok(Self { id: Id::deserialize(&document["id"])?, document })
    }
}

impl Client {
    /// Returns at most `limit` pending inquiries, the latest first; -1 for all, which only
    /// administrators may request.
    pub fn inquiries(&self, limit: i64) -> Reply<'_, Page<Inquiry>> {
        Box::pin(async move {
            #[derive(Serialize)]
            struct Query {
                limit: i64,
            }
            self.list(&["inquiries"], &Query { limit }).await
        })
    }

    /// Returns the inquiry with this id.
    pub fn inquiry<'a>(&'a self, id: &'a str) -> Reply<'a, Inquiry> {
        Box::pin(async move { self.get(&["inquiries", id]).await })
    }

    /// Responds to an inquiry and returns the accepted response.
    pub fn respond<'a>(&'a self, id: &'a str, response: &'a Object) -> Reply<'a, Value> {
        Box::pin(async move {
            let body = json!({"id": id, "response": response});
            self.api(Method::PUT, &["inquiries", id]).body(&body).send().await?.json().await
        })
    }
}
