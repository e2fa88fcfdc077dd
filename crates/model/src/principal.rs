//! Principals: who makes a request, and by which credential.

use serde::{Deserialize, Serialize};

/// Who makes a request. It comes from an authenticated transport only, never from a field of a
/// body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The name of the user.
    pub name: String,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// Where the request comes from.
    pub origin: Origin,
}

/// Where a request comes from.
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
        /// When it expires.
        expiry: crate::Timestamp,
    },
    /// A chat account.
    Chat {
        /// The adapter of the network.
        adapter: String,
        /// The account, as authenticated by the network.
        account: String,
        /// The room.
        room: String,
    },
    /// A rule.
    Rule {
        /// Its reference.
        rule: String,
    },
    /// A running workflow.
    Workflow {
        /// Its execution.
        execution: crate::Id,
    },
    /// A running action.
    Action {
        /// Its execution.
        execution: crate::Id,
    },
    /// Squall itself.
    System,
}

impl Principal {
    /// Returns the principal of Squall itself, acting for the user of this name.
    pub fn system(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_admin: true, origin: Origin::System }
    }

    /// Returns the name of the person: for a chat account the account, since all of them share one
    /// user.
    pub fn person(&self) -> &str {
        match &self.origin {
            Origin::Chat { account, .. } => account,
            Origin::ApiKey { .. }
            | Origin::Token { .. }
            | Origin::Rule { .. }
            | Origin::Workflow { .. }
            | Origin::Action { .. }
            | Origin::System => &self.name,
        }
    }
}

impl Origin {
    /// Returns the name of the kind, as it is stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "api_key",
            Self::Token { .. } => "token",
            Self::Chat { .. } => "chat",
            Self::Rule { .. } => "rule",
            Self::Workflow { .. } => "workflow",
            Self::Action { .. } => "action",
            Self::System => "system",
        }
    }
}
