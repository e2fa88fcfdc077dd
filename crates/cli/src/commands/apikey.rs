//! `squall apikey`: creates, lists, disables and deletes API keys.

use clap::{Args, Subcommand};
use client::{Client, Listing};
use model::Object;
use serde_json::{Value, json};

use crate::{
    connection::Target,
    exit::{Code, Usage},
    print,
    table::{self, cell},
};

/// Make, list, disable and delete API keys
#[derive(Debug, Args)]
pub(crate) struct Apikey {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the keys; the keys themselves are not shown
    List {
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Make a key and print it, this once
    Create {
        /// On whose behalf it acts; administrators may name somebody else
        #[arg(long)]
        user: Option<String>,
        /// A note, `name=value`; may be given several times
        #[arg(long, value_name = "NAME=VALUE")]
        metadata: Vec<String>,
        /// Print the document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Enable a key
    Enable(One),
    /// Disable a key
    Disable(One),
    /// Remove a key
    Delete(One),
}

#[derive(Debug, Args)]
struct One {
    /// The key's id
    id: String,
    /// Print the document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Apikey {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List { json, target } => list(&target.connect()?, json).await,
            Command::Create { user, metadata, json, target } => {
                let metadata = notes(&metadata)?;
                let key = target.connect()?.create_api_key(user.as_deref(), &metadata).await?;
                if json {
                    table::json(&key)?;
                } else {
                    print::data(cell(&key, "/key"));
                    print::talk(format_args!(
                        "its id is {}; it is shown this once",
                        cell(&key, "/id")
                    ));
                }
                Ok(Code::Ok)
            }
            Command::Enable(one) => set_enabled(&one, true).await,
            Command::Disable(one) => set_enabled(&one, false).await,
            Command::Delete(one) => {
                one.target.connect()?.delete_api_key(&one.id).await?;
                if one.json {
                    table::json(&json!({"id": one.id, "deleted": true}))?;
                } else {
                    print::talk(format_args!("{} is gone", one.id));
                }
                Ok(Code::Ok)
            }
        }
    }
}

fn notes(given: &[String]) -> anyhow::Result<Object> {
    let mut metadata = Object::new();
    for note in given {
        let (name, value) = note
            .split_once('=')
            .ok_or_else(|| Usage(format!("`{note}` is no note: write `name=value`")))?;
        metadata.insert(name.to_owned(), Value::from(value));
    }
    Ok(metadata)
}

async fn list(client: &Client, json: bool) -> anyhow::Result<Code> {
    let listing = Listing { limit: Some(-1), ..Listing::default() };
    let keys = client.api_keys(&listing).await?.items;
    if json {
        table::json(&keys)?;
        return Ok(Code::Ok);
    }
    let columns = ["/id", "/user", "/enabled", "/created_at", "/metadata"];
    let rows: Vec<Vec<String>> =
        keys.iter().map(|key| columns.iter().map(|column| cell(key, column)).collect()).collect();
    table::print(&["id", "user", "enabled", "created", "metadata"], &rows, "no keys");
    Ok(Code::Ok)
}

async fn set_enabled(one: &One, enabled: bool) -> anyhow::Result<Code> {
    let client = one.target.connect()?;
    let key = client.update_api_key(&one.id, &json!({"enabled": enabled})).await?;
    if one.json {
        table::json(&key)?;
    } else {
        let word = if enabled { "enabled" } else { "disabled" };
        print::talk(format_args!("{} is {word}", one.id));
    }
    Ok(Code::Ok)
}
