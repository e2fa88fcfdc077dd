//! Action aliases: what may be said in chat, and saying it.

use model::Object;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Error, Execution, Listing, Page};

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
    pub async fn aliases(&self, listing: &Listing) -> Result<Page<Value>, Error> {
        self.list(&["actionalias"], listing).await
    }

    /// Returns the alias with this reference or id.
    pub async fn alias(&self, reference: &str) -> Result<Value, Error> {
        self.get(&["actionalias", reference]).await
    }

    /// Registers an alias.
    pub async fn create_alias(&self, document: &Value) -> Result<Value, Error> {
        self.post(&["actionalias"], document).await
    }

    /// Removes an alias.
    pub async fn delete_alias(&self, reference: &str) -> Result<(), Error> {
        self.api(Method::DELETE, &["actionalias", reference]).send().await.map(drop)
    }

    /// Returns the one alias that a sentence matches.
    pub async fn alias_match(&self, command: &str) -> Result<Match, Error> {
        self.post(&["actionalias", "match"], &json!({ "command": command })).await
    }

    /// Matches a sentence and executes what it asks for; some formats match more than once.
    pub async fn match_and_execute(&self, command: &Command) -> Result<Vec<Accepted>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            results: Vec<Accepted>,
        }
        let answer: Answer = self.post(&["aliasexecution", "match_and_execute"], command).await?;
        Ok(answer.results)
    }

    /// Executes a sentence by an alias that is known already.
    pub async fn alias_execute(&self, command: &AliasCommand) -> Result<Accepted, Error> {
        self.post(&["aliasexecution"], command).await
    }

    /// Returns what may be said; `filter` is a regular expression on the formats.
    pub async fn alias_help(&self, filter: &str, listing: &Listing) -> Result<Help, Error> {
        let filter = (!filter.is_empty()).then_some(("filter", filter));
        let call = self.api(Method::GET, &["actionalias", "help"]).query(listing);
        call.query(&filter.as_slice()).send().await?.json().await
    }
}
