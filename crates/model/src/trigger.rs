//! Triggers: types of events, and the events themselves.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Id, Object, Ref, Timestamp};

/// A type of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerType {
    /// The id.
    pub id: Id,
    /// The name inside the pack.
    pub name: String,
    /// The pack.
    pub pack: String,
    /// The description.
    pub description: String,
    /// The schema of its payload.
    pub payload_schema: Object,
    /// The schema of its parameters.
    pub parameters_schema: Object,
    /// Labels.
    pub tags: Vec<Value>,
}

/// The trigger of every finished execution.
pub const ACTION_TRIGGER: &str = "core.st2.generic.actiontrigger";
/// The trigger of every notification.
pub const NOTIFY_TRIGGER: &str = "core.st2.generic.notifytrigger";

impl TriggerType {
    /// Returns the reference.
    pub fn reference(&self) -> Ref {
        Ref::new(&self.pack, &self.name)
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        json!({
            "tags": self.tags,
            "uid": format!("trigger_type:{}:{}", self.pack, self.name),
            "name": self.name,
            "ref": self.reference(),
            "description": self.description,
            "pack": self.pack,
            "payload_schema": self.payload_schema,
            "parameters_schema": self.parameters_schema,
            "id": self.id,
        })
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerInstance {
    /// The id.
    pub id: Id,
    /// The trigger's reference.
    pub trigger: String,
    /// The payload.
    pub payload: Object,
    /// The time of the event.
    pub occurrence_time: Timestamp,
    /// How many rules led from one execution to the next before this event. A limit stops rules that
    /// trigger themselves.
    #[serde(default)]
    pub depth: u32,
}
