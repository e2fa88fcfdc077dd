//! Action aliases: documents, matching and execution of chat commands, help.

use model::Object;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Execution, Listing, Page, Reply};

/// The alias that a command matches.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Match {
    /// The alias's document.
    pub actionalias: Value,
    /// The format for people, without what only the matcher needs.
    pub display: Option<String>,
    /// The format that the matcher uses.
    pub representation: String,
}

/// A chat command that is matched and executed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The command, without the robot's name.
    pub command: String,
    /// The user who sent it.
    pub user: String,
    /// The channel it was sent in.
    pub source_channel: String,
    /// The channel that the result is sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_channel: Option<String>,
    /// The route that the result is sent by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_route: Option<String>,
}

/// A chat command whose alias is already known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AliasCommand {
    /// The alias's name, without its pack.
    pub name: String,
    /// The format that the command matches.
    pub format: String,
    /// The command, without the robot's name.
    pub command: String,
    /// The user who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The channel it was sent in.
    pub source_channel: String,
    /// Data of the robot that is returned with the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_context: Option<Object>,
    /// The channel that the result is sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_channel: Option<String>,
    /// The route that the result is sent by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_route: Option<String>,
}

/// A chat command that was accepted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Accepted {
    /// The requested execution.
    pub execution: Execution,
    /// The alias's document.
    pub actionalias: Value,
    /// The acknowledgement that the robot sends; `None` if the alias disables it.
    pub message: Option<String>,
    /// Formatting hints for the acknowledgement.
    pub extra: Option<Value>,
}

/// The formats of the registered aliases.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Help {
    /// The total number of formats.
    pub available: u64,
    /// The formats on this page.
    pub helpstrings: Vec<HelpString>,
}

/// One format with its description.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HelpString {
    /// The pack of the alias.
    #[serde(default)]
    pub pack: Option<String>,
    /// The format.
    pub display: Option<String>,
    /// What the alias does.
    #[serde(default)]
    pub description: Option<String>,
}

impl Client {
    /// Returns a page of the aliases.
    pub fn aliases<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.listing(&["actionalias"], listing).await })
    }

    /// Returns the alias with this reference or id.
    pub fn alias<'a>(&'a self, reference: &'a str) -> Reply<'a, Value> {
        Box::pin(async move { self.get(&["actionalias", reference]).await })
    }

    /// Registers an alias.
    pub fn create_alias<'a>(&'a self, document: &'a Value) -> Reply<'a, Value> {
        Box::pin(async move { self.post(&["actionalias"], document).await })
    }

    /// Removes an alias.
    pub fn delete_alias<'a>(&'a self, reference: &'a str) -> Reply<'a, ()> {
        Box::pin(async move {
            self.api(Method::DELETE, &["actionalias", reference]).send().await.map(drop)
        })
    }

    /// Returns the alias that a command matches.
    pub fn alias_match<'a>(&'a self, command: &'a str) -> Reply<'a, Match> {
        Box::pin(async move {
            self.post(&["actionalias", "match"], &json!({ "command": command })).await
        })
    }

    /// Matches a command and requests its executions; a format can match more than once.
    pub fn match_and_execute<'a>(&'a self, command: &'a Command) -> Reply<'a, Vec<Accepted>> {
        Box::pin(async move {
            #[derive(Deserialize)]
            struct Answer {
                results: Vec<Accepted>,
            }
            let answer: Answer =
                self.post(&["aliasexecution", "match_and_execute"], command).await?;
            Ok(answer.results)
        })
    }

    /// Executes a command by an alias that is already known.
    pub fn alias_execute<'a>(&'a self, command: &'a AliasCommand) -> Reply<'a, Accepted> {
        Box::pin(async move { self.post(&["aliasexecution"], command).await })
    }

    /// Returns the formats of the aliases; `filter` is a regular expression on them.
    pub fn alias_help<'a>(&'a self, filter: &'a str, listing: &'a Listing) -> Reply<'a, Help> {
        Box::pin(async move {
            let filter = (!filter.is_empty()).then_some(("filter", filter));
            let call = self.api(Method::GET, &["actionalias", "help"]).query(listing);
            call.query(&filter.as_slice()).send().await?.json().await
        })
    }
}
