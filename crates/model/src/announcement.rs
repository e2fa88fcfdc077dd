//! Announcements: messages on the stream, by route.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Object;

/// A message for the readers of a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// The route.
    pub route: String,
    /// The message.
    pub payload: Object,
    /// The trace context.
    #[serde(default)]
    pub trace_context: Value,
}

impl Announcement {
    /// Returns the name of its event on the stream.
    pub fn event_name(&self) -> String {
        format!("st2.announcement__{}", self.route)
    }

    /// Returns the document on the stream.
    pub fn to_json(&self) -> Value {
        json!({"payload": self.payload, "trace_context": self.trace_context})
    }
}
