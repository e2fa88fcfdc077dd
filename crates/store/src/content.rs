//! Registered content: the ids of the content of packs, and the content created through the API.

use futures_util::future::BoxFuture;
use model::Id;
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// Where a piece of content comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A file of a pack; only its id is stored.
    Pack,
    /// The API; its body is stored, and it overrides a file of the same name.
    Api,
    /// A file of a pack that was deleted through the API; it returns with the next reload.
    Deleted,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Api => "api",
            Self::Deleted => "deleted",
        }
    }
}

/// A piece of content.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The kind: `action`, `alias`, `rule`, …
    pub kind: String,
    /// The reference, or the name.
    pub reference: String,
    /// The id.
    pub id: Id,
    /// Where it comes from.
    pub origin: Origin,
    /// The body of content from the API.
    pub body: Option<serde_json::Value>,
}

impl Transaction {
    /// Adds or replaces a piece of content.
    pub fn put_content(&mut self, content: &Content) {
        self.then(
            "INSERT INTO content (kind, ref, id, origin, body) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (kind, ref) DO UPDATE SET id = excluded.id, origin = excluded.origin, body = excluded.body",
            vec![
                Value::Text(content.kind.clone()),
                Value::Text(content.reference.clone()),
                Value::Text(content.id.to_string()),
                Value::Text(content.origin.as_str().to_owned()),
                Value::OptionalText(content.body.as_ref().map(ToString::to_string)),
            ],
        );
    }

    /// Removes a piece of content.
    pub fn delete_content(&mut self, kind: &str, reference: &str) {
        self.then(
            "DELETE FROM content WHERE kind = $1 AND ref = $2",
            vec![Value::Text(kind.to_owned()), Value::Text(reference.to_owned())],
        );
    }
}

impl Store {
    /// Returns all content.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn content(&self) -> BoxFuture<'_, Result<Vec<Content>, Error>> {
        Box::pin(async move {
            let rows =
                sqlx::query("SELECT kind, ref, id, origin, body FROM content ORDER BY kind, ref")
                    .fetch_all(self.readers())
                    .await?;
            let mut all = Vec::with_capacity(rows.len());
            for row in rows {
                let id: String = row.try_get(2)?;
                let origin: String = row.try_get(3)?;
                let body: Option<String> = row.try_get(4)?;
                let unreadable =
                    |source| Error::Record { table: "content", id: id.clone(), source };
                let body =
                    body.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)?;
                let Ok(id) = id.parse() else { continue };
                let origin = match origin.as_str() {
                    "api" => Origin::Api,
                    "deleted" => Origin::Deleted,
                    _ => Origin::Pack,
                };
                all.push(Content {
                    kind: row.try_get(0)?,
                    reference: row.try_get(1)?,
                    id,
                    origin,
                    body,
                });
            }
            Ok(all)
        })
    }
}
