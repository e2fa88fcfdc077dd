//! `squall alias`: lists aliases, matches and executes chat commands.

use clap::{Args, Subcommand};
use client::{Listing, action_alias};

use crate::{
    connection::Target,
    exit::Code,
    print,
    table::{self, cell},
};

/// Look at aliases, find the one for a sentence, execute it
///
/// Example: squall alias match google cats
#[derive(Debug, Args)]
pub(crate) struct Alias {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the aliases
    List {
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Show which alias a sentence means; nothing is run
    Match(Sentence),
    /// Run what a sentence asks for
    Execute(Sentence),
}

#[derive(Debug, Args)]
struct Sentence {
    /// The sentence
    #[arg(required = true)]
    words: Vec<String>,
    /// Print the documents
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Alias {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List { json, target } => list(&target, json).await,
            Command::Match(sentence) => find(&sentence).await,
            Command::Execute(sentence) => execute(&sentence).await,
        }
    }
}

async fn list(target: &Target, json: bool) -> anyhow::Result<Code> {
    let listing = Listing { limit: Some(-1), ..Listing::default() };
    let aliases = target.connect()?.aliases(&listing).await?.items;
    if json {
        table::json(&aliases)?;
        return Ok(Code::Ok);
    }
    let keys = ["/ref", "/action_ref", "/enabled", "/description"];
    let rows: Vec<Vec<String>> =
        aliases.iter().map(|alias| keys.iter().map(|key| cell(alias, key)).collect()).collect();
    table::print(&["alias", "action", "enabled", "description"], &rows, "no aliases");
    Ok(Code::Ok)
}

async fn find(sentence: &Sentence) -> anyhow::Result<Code> {
    let found = sentence.target.connect()?.alias_match(&sentence.words.join(" ")).await?;
    if sentence.json {
        let document = serde_json::json!({
            "actionalias": found.actionalias,
            "display": found.display,
            "representation": found.representation,
        });
        table::json(&document)?;
        return Ok(Code::Ok);
    }
    let display = found.display.unwrap_or(found.representation);
    let (alias, action) =
        (cell(&found.actionalias, "/ref"), cell(&found.actionalias, "/action_ref"));
    print::data(format_args!("{alias}  {action}  {}", print::clean(&display)));
    Ok(Code::Ok)
}

async fn execute(sentence: &Sentence) -> anyhow::Result<Code> {
    let client = sentence.target.connect()?;
    let user = client.user().await?;
    let command = action_alias::Command {
        command: sentence.words.join(" "),
        user: cell(&user, "/username"),
        source_channel: "terminal".to_owned(),
        ..action_alias::Command::default()
    };
    let accepted = client.match_and_execute(&command).await?;
    if sentence.json {
        let documents: Vec<_> = accepted.iter().map(|one| &one.execution.document).collect();
        table::json(&documents)?;
        return Ok(Code::Ok);
    }
    for one in &accepted {
        print::data(one.execution.id);
        if let Some(message) = &one.message {
            print::talk(print::clean(message));
        }
    }
    Ok(Code::Ok)
}
