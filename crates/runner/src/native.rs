//! Native actions: a closed set of actions that Squall itself implements.
//!
//! Their names and traits are here. They are implemented above this room, which calls them through a
//! [`Hook`].

use std::{error::Error as StdError, pin::Pin, str::FromStr};

use serde_json::Value;

/// A native action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Native {
    /// Finds the alias that matches a sentence.
    Match,
    /// Finds the alias that matches a sentence, requests its action and waits for the end.
    MatchAndExecute,
    /// Formats the result of an execution as a message.
    FormatExecutionResult,
}

/// The error of a name that is not a native action's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Squall has no native action `{0}`: the entry point must name one")]
pub struct Error(pub String);

/// Runs a native action.
pub type Hook<'a> = dyn Fn(Native) -> Returned + Send + Sync + 'a;

/// The future of a native action's result.
pub type Returned =
    Pin<Box<dyn Future<Output = Result<Value, Box<dyn StdError + Send + Sync>>> + Send>>;

impl Native {
    /// Every native action.
    pub const ALL: [Self; 3] = [Self::Match, Self::MatchAndExecute, Self::FormatExecutionResult];

    /// Returns the name, as in an action's entry point.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "chatops.match",
            Self::MatchAndExecute => "chatops.match_and_execute",
            Self::FormatExecutionResult => "chatops.format_execution_result",
        }
    }

    /// Tells whether a run has no effect before its end is written.
    pub const fn is_harmless(self) -> bool {
        match self {
            Self::Match | Self::FormatExecutionResult => true,
            Self::MatchAndExecute => false,
        }
    }
}

impl FromStr for Native {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or_else(|| Error(text.to_owned()))
    }
}
