//! Large values: stored once, under the digest of their text, however many records contain them.
//!
//! In a record a large part is replaced by `{"\u0000large": DIGEST}`. Keys that begin with a NUL get
//! another one in records, so that no other value has this form.

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, Row as _};

use crate::{Error, Transaction, write::Value};

/// The smallest part, in bytes, that is extracted.
const LARGE_MIN: usize = 8 * 1024;
/// The key of a digest.
const MARK: &str = "\0large";
/// A NUL in JSON.
const NUL: &str = "\\u0000";
/// How deep parts are searched for; deeper ones stay in the part around them.
const DEPTH_MAX: usize = 16;

/// Returns the text of a value without its large parts, which the transaction writes.
pub(crate) fn extract(value: &Json, transaction: &mut Transaction) -> String {
    let text = value.to_string();
    if !needs_extraction(&text) {
        return text;
    }
    if text.contains(NUL) {
        return shrink(&escaped(value), 0, transaction).to_string();
    }
    shrink(value, 0, transaction).to_string()
}

/// Tells whether the text of a record must go through [`extract`].
pub(crate) fn needs_extraction(text: &str) -> bool {
    text.len() >= LARGE_MIN || text.contains(NUL)
}

/// Tells whether the text of a record must go through [`restore`].
pub(crate) fn needs_restoring(text: &str) -> bool {
    text.contains(NUL)
}

fn escaped(value: &Json) -> Json {
    match value {
        Json::Array(items) => items.iter().map(escaped).collect(),
        Json::Object(fields) => {
            let field = |(key, value): (&String, &Json)| {
                let nul = if key.starts_with('\0') { "\0" } else { "" };
                (format!("{nul}{key}"), escaped(value))
            };
            Json::Object(fields.iter().map(field).collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

fn shrink(value: &Json, depth: usize, transaction: &mut Transaction) -> Json {
    let small = match value {
        Json::Array(items) if depth < DEPTH_MAX => {
            items.iter().map(|item| shrink(item, depth + 1, transaction)).collect()
        }
        Json::Object(fields) if depth < DEPTH_MAX => {
            let field = |(key, value): (&String, &Json)| {
                (key.clone(), shrink(value, depth + 1, transaction))
            };
            Json::Object(fields.iter().map(field).collect())
        }
        Json::Array(_)
        | Json::Object(_)
        | Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::String(_) => value.clone(),
    };
    // The record itself is never replaced.
    let text = if depth == 0 || is_short(&small) { String::new() } else { small.to_string() };
    if text.len() < LARGE_MIN { small } else { put(&text, transaction) }
}

fn is_short(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        Json::String(text) => text.len() < LARGE_MIN / 8,
        Json::Array(_) | Json::Object(_) => false,
    }
}

fn put(text: &str, transaction: &mut Transaction) -> Json {
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    transaction.then(
        "INSERT INTO large_values (digest, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        vec![Value::Text(digest.clone()), Value::Text(text.to_owned())],
    );
    Json::Object(Map::from_iter([(MARK.to_owned(), Json::String(digest))]))
}

fn digest_of(value: &Json) -> Option<&str> {
    value.as_object().filter(|fields| fields.len() == 1)?.get(MARK)?.as_str()
}

/// Parses the text of a record and restores its large parts.
pub(crate) async fn restore(
    text: &str,
    table: &'static str,
    id: &str,
    connection: &mut AnyConnection,
) -> Result<Json, Error> {
    let value = parse(text, table, id)?;
    if needs_restoring(text) { restored(value, connection).await } else { Ok(value) }
}

fn restored(
    value: Json,
    connection: &mut AnyConnection,
) -> std::pin::Pin<Box<dyn Future<Output = Result<Json, Error>> + Send + '_>> {
    Box::pin(async move {
        if let Some(digest) = digest_of(&value) {
            let query = sqlx::query("SELECT body FROM large_values WHERE digest = $1");
            let row = query.bind(digest.to_owned()).fetch_one(&mut *connection).await?;
            let text: String = row.try_get(0)?;
            let part = parse(&text, "large_values", digest)?;
            return if needs_restoring(&text) {
                restored(part, connection).await
            } else {
                Ok(part)
            };
        }
        Ok(match value {
            Json::Array(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    all.push(restored(item, connection).await?);
                }
                Json::Array(all)
            }
            Json::Object(fields) => {
                let mut all = Map::with_capacity(fields.len());
                for (key, field) in fields {
                    let key = key.strip_prefix('\0').map(str::to_owned).unwrap_or(key);
                    all.insert(key, restored(field, connection).await?);
                }
                Json::Object(all)
            }
            other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) => other,
        })
    })
}

fn parse(text: &str, table: &'static str, id: &str) -> Result<Json, Error> {
    serde_json::from_str(text).map_err(|source| Error::Record { table, id: id.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_parts_are_extracted_once() {
        let big = "x".repeat(LARGE_MIN);
        let mut transaction = Transaction::new();
        let text = extract(&json!({"a": big, "b": [1, big], "c": "small"}), &mut transaction);
        let value: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(value["a"], value["b"][1]);
        assert_eq!(value["c"], "small");
        assert!(digest_of(&value["a"]).is_some());
        assert!(text.len() < 300);
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let value = json!({"a": {"b": [1, 2.5, null, "x"]}});
        let mut transaction = Transaction::new();
        assert_eq!(extract(&value, &mut transaction), value.to_string());
        assert!(transaction.is_empty());
    }

    #[test]
    fn a_list_of_many_small_values_is_extracted() {
        let list: Vec<String> = (0..2000).map(|n| format!("item {n}")).collect();
        let mut transaction = Transaction::new();
        let text = extract(&json!({"list": list}), &mut transaction);
        assert!(text.len() < 200, "{text}");
    }
}
