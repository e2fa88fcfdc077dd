//! Inquiries: what waits for an answer, and answers.

use model::{Id, Object};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Page, Reply};

/// A question that waits for an answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Inquiry {
    /// Its id, which is that of an execution.
    pub id: Id,
    /// The whole document.
    pub document: Value,
}

impl Inquiry {
    /// Returns the schema of the answer.
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
    /// Returns the latest inquiries, at most so many; -1 for all, which only administrators may
    /// ask for.
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

    /// Answers an inquiry; returns what was answered.
    pub fn respond<'a>(&'a self, id: &'a str, response: &'a Object) -> Reply<'a, Value> {
        Box::pin(async move {
            let body = json!({"id": id, "response": response});
            self.api(Method::PUT, &["inquiries", id]).body(&body).send().await?.json().await
        })
    }
}
