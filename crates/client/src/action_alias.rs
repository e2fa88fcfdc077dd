//! Action aliases: what may be said in chat, and saying it.

use model::Object;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Execution, Listing, Page, Reply};

/// The alias that a sentence matches.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Match {
    /// The alias's document.
    pub actionalias: Value,
    /// The format as people see it.
    pub display: Option<String>,
    /// The format as it is matched.
    pub representation: String,
}

/// A sentence from chat, to be matched and executed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The sentence, without the robot's name.
    pub command: String,
    /// Who said it.
    pub user: String,
    /// Where it was said.
    pub source_channel: String,
    /// Where the result goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_channel: Option<String>,
    /// The route by which the result goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_route: Option<String>,
}

/// A sentence whose alias is known already.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AliasCommand {
    /// The alias's name, without its pack.
    pub name: String,
    /// The format that the sentence matches.
    pub format: String,
    /// The sentence, without the robot's name.
    pub command: String,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Where it was said.
    pub source_channel: String,
    /// The robot's own facts, which come back with the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_context: Option<Object>,
    /// Where the result goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_channel: Option<String>,
    /// The route by which the result goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_route: Option<String>,
}

/// What became of a sentence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Accepted {
    /// The execution that it requested.
    pub execution: Execution,
    /// The alias's document.
    pub actionalias: Value,
    /// What the robot says at once; `None` where the alias has no format for it.
    pub message: Option<String>,
    /// How the robot says it.
    pub extra: Option<Value>,
}

/// What may be said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Help {
    /// How many formats there are in all.
    pub available: u64,
    /// The formats asked for.
    pub helpstrings: Vec<HelpString>,
}

/// One thing that may be said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HelpString {
    /// The pack that it comes from.
    #[serde(default)]
    pub pack: Option<String>,
    /// The format.
    pub display: Option<String>,
    /// What it does.
    #[serde(default)]
    pub description: Option<String>,
}

impl Client {
    /// Returns a page of the aliases.
    pub fn aliases<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Page<Value>> {
        Box::pin(async move { self.list(&["actionalias"], listing).await })
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

    /// Returns the one alias that a sentence matches.
    pub fn alias_match<'a>(&'a self, command: &'a str) -> Reply<'a, Match> {
        Box::pin(async move {
            self.post(&["actionalias", "match"], &json!({ "command": command })).await
        })
    }

    /// Matches a sentence and executes what it asks for; some formats match more than once.
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

    /// Executes a sentence by an alias that is known already.
    pub fn alias_execute<'a>(&'a self, command: &'a AliasCommand) -> Reply<'a, Accepted> {
        Box::pin(async move { self.post(&["aliasexecution"], command).await })
    }

    /// Returns what may be said; `filter` is a regular expression on the formats.
    pub fn alias_help<'a>(&'a self, filter: &'a str, listing: &'a Listing) -> Reply<'a, Help> {
        Box::pin(async move {
            let filter = (!filter.is_empty()).then_some(("filter", filter));
            let call = self.api(Method::GET, &["actionalias", "help"]).query(listing);
            call.query(&filter.as_slice()).send().await?.json().await
        })
    }
}
