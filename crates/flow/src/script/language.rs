//! The languages of workflows.

use serde_json::{Value, json};

/// A language of workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Orquesta.
    Orquesta,
    /// Action chains.
    Chain,
}

impl Language {
    /// Returns the result of a workflow that fails before anything runs.
    #[must_use]
    pub fn failure(self, errors: Vec<Value>) -> Value {
        match self {
            Self::Orquesta => json!({"errors": errors, "output": null}),
            Self::Chain => {
                let messages = errors.iter().filter_map(|error| error.get("message")?.as_str());
                let text = messages.collect::<Vec<&str>>().join("; ");
                json!({"error": text, "traceback": text})
            }
        }
    }
}
