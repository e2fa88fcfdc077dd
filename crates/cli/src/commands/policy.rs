//! `squall policy`: concurrency limits and retries.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use client::{Client, Listing};
use python::yaml::{self, Duplicates};
use serde_json::{Value, json};

use crate::{
    connection::Target,
    exit::{Code, Usage},
    print,
    table::{self, cell},
};

/// List, make, change, switch and delete policies
///
/// Example: squall policy list --resource-ref examples.restart_service
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the policies
    List(List),
    /// Show policies
    Get(Several),
    /// Make a policy of a file, YAML or JSON
    Create(File),
    /// Put a file in the place of a policy
    Update(Replacement),
    /// Put a policy in force
    Enable(One),
    /// Put a policy out of force
    Disable(One),
    /// Remove a policy
    Delete(One),
}

#[derive(Debug, Args)]
struct List {
    /// Policies of this pack only
    #[arg(long, short)]
    pack: Option<String>,
    /// Policies of this action only
    #[arg(long, short, value_name = "REF")]
    resource_ref: Option<String>,
    /// Policies of this type only
    #[arg(long, short = 't', value_name = "TYPE")]
    policy_type: Option<String>,
    /// Print the documents
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Several {
    /// The references or ids
    #[arg(required = true, value_name = "REF")]
    references: Vec<String>,
    /// Print the documents
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct File {
    /// The file
    file: PathBuf,
    /// Print the document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Replacement {
    /// The reference or id
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    with: File,
}

#[derive(Debug, Args)]
struct One {
    /// The reference or id
    #[arg(value_name = "REF")]
    reference: String,
    /// Print the document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Policy {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List(list) => show_list(list).await,
            Command::Get(several) => show(&several).await,
            Command::Create(file) => {
                let document = read(&file.file)?;
                let made = file.target.connect()?.create_policy(&document).await?;
                tell(&made, file.json, "is made")
            }
            Command::Update(Replacement { reference, with }) => {
                let document = read(&with.file)?;
                let changed = with.target.connect()?.update_policy(&reference, &document).await?;
                tell(&changed, with.json, "is changed")
            }
            Command::Enable(one) => switch(&one, true).await,
            Command::Disable(one) => switch(&one, false).await,
            Command::Delete(one) => {
                one.target.connect()?.delete_policy(&one.reference).await?;
                tell(&json!({"ref": one.reference, "deleted": true}), one.json, "is gone")
            }
        }
    }
}

async fn show_list(list: List) -> anyhow::Result<Code> {
    let listing = Listing { pack: list.pack, limit: Some(-1), ..Listing::default() };
    let mut policies = list.target.connect()?.policies(&listing).await?.items;
    for (key, wanted) in [("/resource_ref", list.resource_ref), ("/policy_type", list.policy_type)]
    {
        policies.retain(|policy| wanted.as_ref().is_none_or(|wanted| cell(policy, key) == *wanted));
    }
    if list.json {
        table::json(&policies)?;
        return Ok(Code::Ok);
    }
    let keys = ["/ref", "/resource_ref", "/policy_type", "/enabled"];
    let rows: Vec<Vec<String>> =
        policies.iter().map(|policy| keys.iter().map(|key| cell(policy, key)).collect()).collect();
    table::print(&["ref", "resource_ref", "policy_type", "enabled"], &rows, "no policies");
    Ok(Code::Ok)
}

async fn show(several: &Several) -> anyhow::Result<Code> {
    let client = several.target.connect()?;
    let mut policies = Vec::new();
    for reference in &several.references {
        policies.push(client.policy(reference).await?);
    }
    print_documents(&policies, several.json)
}

/// Prints documents as lists of attributes or as JSON.
pub(super) fn print_documents(documents: &[Value], json: bool) -> anyhow::Result<Code> {
    if json {
        match documents {
            [one] => table::json(one)?,
            all => table::json(&all)?,
        }
        return Ok(Code::Ok);
    }
    for document in documents {
        let attributes = document.as_object().into_iter().flatten();
        let row = |(name, _)| vec![String::clone(name), cell(document, &format!("/{name}"))];
        table::print(&["property", "value"], &attributes.map(row).collect::<Vec<_>>(), "nothing");
    }
    Ok(Code::Ok)
}

async fn switch(one: &One, enabled: bool) -> anyhow::Result<Code> {
    let client: Client = one.target.connect()?;
    let mut document = client.policy(&one.reference).await?;
    document["enabled"] = json!(enabled);
    let changed = client.update_policy(&one.reference, &document).await?;
    tell(&changed, one.json, if enabled { "is enabled" } else { "is disabled" })
}

fn tell(policy: &Value, json: bool, what: &str) -> anyhow::Result<Code> {
    if json {
        table::json(policy)?;
    } else {
        print::talk(format_args!("{} {what}", cell(policy, "/ref")));
    }
    Ok(Code::Ok)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("`{name}` cannot be read"))?;
    let document = yaml::read(&bytes, Duplicates::Refuse)
        .map_err(|error| Usage(format!("`{name}` is no document: {error}")))?;
    Ok(document.value)
}
