//! `squall inquiry`: lists, shows and answers inquiries.

mod form;
mod terminal;

use std::io::IsTerminal as _;

use clap::{Args, Subcommand};
use client::Client;
use model::Object;
use serde_json::{Value, json};
use workflow::inquiry::words;

use crate::{
    connection::Target,
    exit::{Code, Usage},
    print,
    table::{self, cell},
};

/// The attributes of an inquiry, except its schema.
const COLUMNS: [&str; 5] = ["/id", "/users", "/roles", "/route", "/ttl"];

/// Look at the questions that wait for an answer, and answer them
///
/// A question is an execution of `core.ask`, or of another action with the runner `inquirer`.
#[derive(Debug, Args)]
pub(crate) struct Inquiry {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the questions that wait, the latest first
    List {
        /// At most so many; -1 for all
        #[arg(short = 'n', long, visible_alias = "last", default_value_t = 50)]
        #[arg(allow_negative_numbers = true)]
        limit: i64,
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Show what is asked
    Get {
        /// The question's id
        #[arg(required = true)]
        ids: Vec<String>,
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Answer a question; on a terminal, its parts are asked one after the other
    Respond(Respond),
}

#[derive(Debug, Args)]
struct Respond {
    /// The question's id
    id: String,
    /// The whole answer, as a JSON object
    #[arg(short, long, value_name = "JSON")]
    response: Option<String>,
    /// Print what was answered
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Inquiry {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List { limit, json, target } => list(&target.connect()?, limit, json).await,
            Command::Get { ids, json, target } => get(&target.connect()?, &ids, json).await,
            Command::Respond(respond) => respond.run().await,
        }
    }
}

async fn list(client: &Client, limit: i64, json: bool) -> anyhow::Result<Code> {
    let page = client.inquiries(limit).await?;
    if json {
        let documents: Vec<_> = page.items.iter().map(|one| &one.document).collect();
        table::json(&documents)?;
        return Ok(Code::Ok);
    }
    let row = |one: &client::Inquiry| COLUMNS.map(|key| shown(&one.document, key)).to_vec();
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    let headings = COLUMNS.map(|key| key.trim_start_matches('/'));
    table::print(&headings, &rows, "no question waits for an answer");
    if page.total > rows.len() as u64 {
        print::talk(format_args!("{} of {}: `--limit` shows more", rows.len(), page.total));
    }
    Ok(Code::Ok)
}

async fn get(client: &Client, ids: &[String], json: bool) -> anyhow::Result<Code> {
    let mut documents = Vec::with_capacity(ids.len());
    for id in ids {
        documents.push(client.inquiry(id).await?.document);
    }
    if json {
        match documents.as_slice() {
            [one] => table::json(one)?,
            several => table::json(&several)?,
        }
        return Ok(Code::Ok);
    }
    for document in &documents {
        for key in COLUMNS {
            let name = key.trim_start_matches('/');
            print::data(format_args!("{name}: {}", shown(document, key)));
        }
        let schema = serde_json::to_string_pretty(&document["schema"])?;
        print::data(format_args!("schema: {}", print::for_stdout(&schema)));
    }
    Ok(Code::Ok)
}

/// Formats an attribute; a list without brackets.
fn shown(document: &Value, key: &str) -> String {
    match document.pointer(key).and_then(Value::as_array) {
        Some(list) => {
            let names: Vec<String> = list.iter().map(words::printed).collect();
            print::clean(&names.join(", "))
        }
        None => cell(document, key),
    }
}

impl Respond {
    async fn run(self) -> anyhow::Result<Code> {
        let given = self.response.as_deref().map(parsed).transpose()?;
        let client = self.target.connect()?;
        let response = match given {
            Some(response) => response,
            None => asked(client.inquiry(&self.id).await?.schema())?,
        };
        let document = client.respond(&self.id, &response).await?;
        if self.json {
            table::json(&document)?;
        } else {
            print::talk(format_args!("Response accepted for inquiry {}.", print::clean(&self.id)));
        }
        Ok(Code::Ok)
    }
}

fn parsed(text: &str) -> anyhow::Result<Object> {
    serde_json::from_str(text).map_err(|error| {
        Usage(format!(
            "the response must be a JSON object, as `{{\"continue\": true}}` is: {error}"
        ))
        .into()
    })
}

/// Prompts for the parts of an answer, if stdin is a terminal.
fn asked(schema: &Value) -> anyhow::Result<Object> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let parts = words::properties(schema).into_iter();
        let example: Object = parts.map(|(name, _)| (name.to_owned(), json!("…"))).collect();
        let example = Value::Object(example);
        anyhow::bail!(Usage(format!(
            "the answer is asked for on a terminal, and this is none: give it with `--response '{example}'`"
        )));
    }
    let mut terminal = terminal::Terminal::open()?;
    form::fill(schema, "", &mut terminal)
}
