//! The check of documents that come from outside.

use serde_json::Value;

/// Checks a document against a schema, with the texts of Python's `jsonschema`.
///
/// # Errors
/// Fails with the sentence that says what does not fit.
pub fn check(schema: &Value, document: &Value) -> Result<(), String> {
    pack::schema::check(schema, document).map_err(|error| error.to_string())
}
