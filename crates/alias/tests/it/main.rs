//! The room of aliases, by values.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod extract;
mod help;
mod matcher;
mod properties;
mod suggest;

use std::sync::Arc;

use alias::Matcher;
use model::ActionAlias;
use serde_json::{Value, json};

/// Makes an alias `kit.NAME` with formats.
fn alias(name: &str, formats: &Value) -> ActionAlias {
    serde_json::from_value(json!({
        "id": "000000000000000000000000", "name": name, "pack": "kit", "enabled": true,
        "description": format!("Does {name}."), "action_ref": "core.noop", "formats": formats,
        "ack": {}, "result": {}, "extra": {}, "immutable_parameters": {},
    }))
    .unwrap()
}

/// Makes a matcher of aliases that must be sound.
fn matcher(aliases: &[(&str, Value)]) -> Matcher {
    let aliases = aliases.iter().map(|(name, formats)| Arc::new(alias(name, formats))).collect();
    let (matcher, complaints) = Matcher::build(aliases);
    assert_eq!(complaints, []);
    matcher
}
