//! Decisions: whether a request is allowed, and by which rule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A decision about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub is_allowed: bool,
    /// The rule that decided.
    pub why: Why,
}

/// The rule that decided. The texts of those that deny complete "… may not …:".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Allowed: Squall itself acts.
    System,
    /// Allowed: administrators may do everything.
    Administrator,
    /// Allowed: the resource is the caller's own.
    Owner,
    /// Allowed: everybody with an account may.
    Everybody,
    /// Allowed: the inquiry admits the caller.
    Respondent,
    /// Denied: only administrators may.
    NotAdministrator,
    /// Denied: only the owner and administrators may.
    NotOwner,
    /// Denied: the inquiry names other users.
    NotListed,
    /// Denied: the inquiry requires a role.
    NoRole,
}

impl Why {
    /// Returns whether the rule allows.
    pub const fn is_allowed(self) -> bool {
        match self {
            Self::System
            | Self::Administrator
            | Self::Owner
            | Self::Everybody
            | Self::Respondent => true,
            Self::NotAdministrator | Self::NotOwner | Self::NotListed | Self::NoRole => false,
        }
    }
}

impl From<Why> for Decision {
    fn from(why: Why) -> Self {
        Self { is_allowed: why.is_allowed(), why }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "Squall itself may do everything",
            Self::Administrator => "administrators may do everything",
            Self::Owner => "owners may do this with what is theirs",
            Self::Everybody => "everybody with an account may do this",
            Self::Respondent => "the inquiry admits this user",
            Self::NotAdministrator => "it takes an administrator",
            Self::NotOwner => "it takes its owner or an administrator",
            Self::NotListed => "it takes one of the users whom the inquiry names",
            Self::NoRole => "it takes a role that the inquiry names",
        })
    }
}
