//! Rules: which action is requested after which event.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object, Ref};

/// A rule as it is registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The id.
    pub id: Id,
    /// The name inside the pack.
    pub name: String,
    /// The pack.
    pub pack: String,
    /// What it is for.
    pub description: String,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// Labels.
    pub tags: Vec<Value>,
    /// The kind: `standard`, or `backstop`, which is evaluated only when no standard rule matched.
    pub kind: Kind,
    /// The trigger.
    pub trigger: Trigger,
    /// The criteria: for each key its `type`, `pattern` and `condition`.
    pub criteria: Object,
    /// The action that it requests.
    pub action: ActionRequest,
    /// The user who created it.
    pub context: Object,
    /// The file it was read from, relative to the pack.
    #[serde(default)]
    pub metadata_file: String,
}

/// When a rule is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Always.
    Standard,
    /// When no standard rule matched.
    Backstop,
}

/// The trigger of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// The trigger type's reference.
    #[serde(rename = "type")]
    pub type_ref: String,
    /// The trigger's reference: the type's, or one of its own where it has parameters.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The trigger's parameters.
    pub parameters: Object,
    /// What it is.
    #[serde(default)]
    pub description: String,
}

/// The action that a rule requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionRequest {
    /// The action's reference; the action need not exist yet.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Values and templates for its parameters.
    #[serde(default)]
    pub parameters: Object,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Kind {
    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Backstop => "backstop",
        }
    }
}

impl Rule {
    /// Returns the reference.
    pub fn reference(&self) -> Ref {
        Ref::new(&self.pack, &self.name)
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        json!({
            "tags": self.tags,
            "uid": format!("rule:{}:{}", self.pack, self.name),
            "metadata_file": self.metadata_file,
            "name": self.name,
            "ref": self.reference(),
            "description": self.description,
            "pack": self.pack,
            "type": {"ref": self.kind.as_str(), "parameters": {}},
            "trigger": self.trigger,
            "criteria": self.criteria,
            "action": self.action,
            "enabled": self.enabled,
            "context": self.context,
            "id": self.id,
        })
    }
}
