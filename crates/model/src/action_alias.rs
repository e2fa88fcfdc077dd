//! Action aliases: sentences in chat that run an action.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object, Ref};

/// An alias as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionAlias {
    /// The id.
    pub id: Id,
    /// The name inside the pack.
    pub name: String,
    /// The pack.
    pub pack: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is matched.
    pub enabled: bool,
    /// The reference of the action that it runs; the action need not exist.
    pub action_ref: String,
    /// The formats: texts, or objects with `display`, `representation` and `match_multiple`, as
    /// they were written.
    pub formats: Vec<Value>,
    /// How a request is acknowledged: `enabled`, `format`, `extra`, `append_url`.
    pub ack: Object,
    /// How a result is shown: `enabled`, `format`, `extra`.
    pub result: Object,
    /// Other attributes, for clients.
    pub extra: Object,
    /// Parameters that the sentence may not set.
    pub immutable_parameters: Object,
    /// The file it was read from, relative to the pack.
    #[serde(default)]
    pub metadata_file: String,
}

/// One sentence that is matched, with its text in the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The text in the help; none where only a representation is given.
    pub display: Option<String>,
    /// The text that is matched; empty where only a display is given.
    pub representation: String,
    /// Whether one sentence may hold several matches.
    pub match_multiple: bool,
}

impl ActionAlias {
    /// Returns the reference.
    pub fn reference(&self) -> Ref {
        Ref::new(&self.pack, &self.name)
    }

    /// Returns the formats one by one, in order: each representation with its display.
    pub fn formats(&self) -> Vec<Format> {
        self.formats.iter().flat_map(expand).collect()
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "uid": format!("action_alias:{}:{}", self.pack, self.name),
            "metadata_file": self.metadata_file,
            "name": self.name,
            "ref": self.reference(),
            "description": self.description,
            "pack": self.pack,
            "enabled": self.enabled,
            "action_ref": self.action_ref,
            "formats": self.formats,
            "ack": self.ack,
            "result": self.result,
            "extra": self.extra,
            "immutable_parameters": self.immutable_parameters,
            "id": self.id,
        });
        if let Some(object) = document.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        document
    }
}

fn expand(format: &Value) -> Vec<Format> {
    let Value::Object(object) = format else {
        let text = format.as_str().unwrap_or_default().to_owned();
        return vec![Format {
            display: Some(text.clone()),
            representation: text,
            match_multiple: false,
        }];
    };
    let display = object.get("display").and_then(Value::as_str).map(str::to_owned);
    let match_multiple = object.get("match_multiple").and_then(Value::as_bool).unwrap_or(false);
    let representations: Vec<String> = match object.get("representation") {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => {
            texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if representations.is_empty() {
        return vec![Format { display, representation: String::new(), match_multiple }];
    }
    let one = |representation| Format { display: display.clone(), representation, match_multiple };
    representations.into_iter().map(one).collect()
}
