//! `squall policy-type`: shows the policy types.

use clap::{Args, Subcommand};
use client::Listing;

use super::policy::print_documents;
use crate::{
    connection::Target,
    exit::Code,
    table::{self, cell},
};

/// Look at the types of policies and their parameters
#[derive(Debug, Args)]
pub(crate) struct PolicyType {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the types
    List {
        /// Types for this kind of resource only
        #[arg(long, short)]
        resource_type: Option<String>,
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Show types
    Get {
        /// The references or ids
        #[arg(required = true, value_name = "REF")]
        references: Vec<String>,
        /// Print the documents
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        target: Target,
    },
}

impl PolicyType {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List { resource_type, json, target } => {
                let mut types = target.connect()?.policy_types(&Listing::default()).await?.items;
                let is_wanted = |of: &str| resource_type.as_ref().is_none_or(|wanted| of == wanted);
                types.retain(|one| is_wanted(&cell(one, "/resource_type")));
                if json {
                    table::json(&types)?;
                    return Ok(Code::Ok);
                }
                let keys = ["/id", "/resource_type", "/name", "/description"];
                let row = |one| keys.iter().map(|key| cell(one, key)).collect();
                let rows: Vec<Vec<String>> = types.iter().map(row).collect();
                let headings = ["id", "resource_type", "name", "description"];
                table::print(&headings, &rows, "no types of policies");
                Ok(Code::Ok)
            }
            Command::Get { references, json, target } => {
                let client = target.connect()?;
                let mut types = Vec::new();
                for reference in &references {
                    types.push(client.policy_type(reference).await?);
                }
                print_documents(&types, json)
            }
        }
    }
}
