//! Policies: limits of how many executions of an action run at once, and retries.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object, Ref};

/// A policy as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The id.
    pub id: Id,
    /// The name inside the pack.
    pub name: String,
    /// The pack.
    pub pack: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is applied.
    pub enabled: bool,
    /// The reference of the action that it applies to; the action need not exist yet.
    pub resource_ref: String,
    /// The policy type.
    pub policy_type: Kind,
    /// The parameters of the type, with defaults.
    pub parameters: Object,
    /// The file it was read from, relative to the pack.
    #[serde(default)]
    pub metadata_file: String,
}

/// A policy type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Limits how many executions run at once.
    #[serde(rename = "action.concurrency")]
    Concurrency,
    /// Limits how many executions with equal parameters run at once.
    #[serde(rename = "action.concurrency.attr")]
    ConcurrencyByAttribute,
    /// Retries failed executions.
    #[serde(rename = "action.retry")]
    Retry,
}

/// The error of a text that is not a policy type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Referenced policy_type \"{0}\" doesnt exist")]
pub struct Error(pub String);

impl Policy {
    /// Returns the reference.
    pub fn reference(&self) -> Ref {
        Ref::new(&self.pack, &self.name)
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "name": self.name,
            "description": self.description,
            "ref": self.reference(),
            "uid": format!("policy:{}:{}", self.pack, self.name),
            "pack": self.pack,
            "enabled": self.enabled,
            "resource_ref": self.resource_ref,
            "policy_type": self.policy_type,
            "parameters": self.parameters,
            "metadata_file": self.metadata_file,
            "id": self.id,
        });
        if let (None, Some(object)) = (&self.description, document.as_object_mut()) {
            object.shift_remove("description");
        }
        document
    }
}

impl Kind {
    /// Every policy type.
    pub const ALL: [Self; 3] = [Self::Concurrency, Self::ConcurrencyByAttribute, Self::Retry];

    /// Returns the reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Concurrency => "action.concurrency",
            Self::ConcurrencyByAttribute => "action.concurrency.attr",
            Self::Retry => "action.retry",
        }
    }

    /// Returns the schemas of the parameters of its policies.
    pub fn parameters(self) -> Object {
        let threshold = json!({
            "type": "integer",
            "required": true,
            "description": "How many executions may run at once.",
        });
        let action = json!({
            "type": "string",
            "default": "delay",
            "enum": ["delay", "cancel"],
            "description": "What becomes of an execution for which there is no place.",
        });
        let schemas = match self {
            Self::Concurrency => json!({"threshold": threshold, "action": action}),
            Self::ConcurrencyByAttribute => json!({
                "threshold": threshold,
                "action": action,
                "attributes": {
                    "type": "array",
                    "uniqueItems": true,
                    "items": {"type": "string", "minLength": 1},
                    "description": "The parameters whose values must be equal to count together.",
                },
            }),
            Self::Retry => json!({
                "retry_on": {
                    "type": "string",
                    "required": true,
                    "enum": ["failure", "timeout"],
                    "description": "Which end leads to another run.",
                },
                "max_retry_count": {
                    "type": "integer",
                    "required": true,
                    "minimum": 1,
                    "maximum": 5,
                    "default": 2,
                    "description": "How many more runs there are at most.",
                },
                "delay": {
                    "type": "number",
                    "required": false,
                    "minimum": 0,
                    "maximum": 120,
                    "description": "How many seconds the next run waits.",
                },
            }),
        };
        schemas.as_object().cloned().unwrap_or_default()
    }

    /// Returns the document of the API, under an id.
    pub fn to_json(self, id: Id) -> Value {
        let (name, module, description) = match self {
            Self::Concurrency => (
                "concurrency",
                "concurrency",
                "Limits how many executions of an action run at once.",
            ),
            Self::ConcurrencyByAttribute => (
                "concurrency.attr",
                "concurrency_by_attr",
                "Limits how many executions of an action run at once with equal parameters.",
            ),
            Self::Retry => ("retry", "retry", "Runs an action again that failed or timed out."),
        };
        json!({
            "name": name,
            "description": description,
            "ref": self.as_str(),
            "uid": format!("policy_type:action:{name}"),
            "resource_type": "action",
            "enabled": true,
            "module": format!("st2actions.policies.{module}"),
            "parameters": self.parameters(),
            "id": id,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| Error(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_in_text_and_json() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let error = "action.retri".parse::<Kind>().unwrap_err().to_string();
        assert_eq!(error, "Referenced policy_type \"action.retri\" doesnt exist");
    }
}
