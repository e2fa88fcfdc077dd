//! Principals: on whose behalf a request is made, and where it came from.

use serde::{Deserialize, Serialize};

/// Who asks, and through which door. It is only ever made from an authenticated transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The name of the user.
    pub name: String,
    /// Whether everything is allowed.
    pub is_admin: bool,
    /// The door.
    pub origin: Origin,
}

/// The door through which a request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Origin {
    /// An API key.
    ApiKey {
        /// The key's id.
        id: crate::Id,
    },
    /// An authentication token.
    Token {
        /// When it ends.
        expiry: crate::Timestamp,
    },
    /// A chat account.
    Chat {
        /// The network, as the adapter is called.
        adapter: String,
        /// The account's name there.
        account: String,
        /// The room.
        room: String,
    },
    /// A rule.
    Rule {
        /// Its reference.
        rule: String,
    },
    /// A workflow that runs.
    Workflow {
        /// Its execution.
        execution: crate::Id,
    },
    /// An action that runs.
    Action {
        /// Its execution.
        execution: crate::Id,
    },
    /// Squall itself.
    System,
}

impl Principal {
    /// Returns the principal of Squall itself, acting as the system user.
    pub fn system(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_admin: true, origin: Origin::System }
    }
}
