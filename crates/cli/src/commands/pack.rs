//! `squall pack`: lists, reloads and checks packs.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use client::Listing;
use serde_json::Value;

use crate::{
    connection::Target,
    exit::{Code, Missing},
    print::{self, Color},
    table::{self, cell},
};

/// List packs, read them again, check them
#[derive(Debug, Args)]
pub(crate) struct Pack {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the packs
    List(Plain),
    /// Read all packs again; running executions are not disturbed
    Reload(Plain),
    /// Check a pack, or every pack in a folder; no Squall needs to run
    Lint {
        /// The folder
        folder: PathBuf,
        /// Print one JSON object for each file
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Plain {
    /// Print the documents
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

impl Pack {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        match self.command {
            Command::List(plain) => list(&plain).await,
            Command::Reload(plain) => reload(&plain).await,
            Command::Lint { folder, json } => lint(&folder, json),
        }
    }
}

async fn list(plain: &Plain) -> anyhow::Result<Code> {
    let listing = Listing { limit: Some(-1), ..Listing::default() };
    let packs = plain.target.connect()?.packs(&listing).await?.items;
    if plain.json {
        table::json(&packs)?;
        return Ok(Code::Ok);
    }
    let keys = ["/ref", "/version", "/path", "/description"];
    let rows: Vec<Vec<String>> =
        packs.iter().map(|pack| keys.iter().map(|key| cell(pack, key)).collect()).collect();
    table::print(&["pack", "version", "path", "description"], &rows, "no packs");
    Ok(Code::Ok)
}

async fn reload(plain: &Plain) -> anyhow::Result<Code> {
    let client = plain.target.connect()?;
    let counts = print::wait("reading the packs", client.reload_packs(&[], &[])).await?;
    if plain.json {
        table::json(&counts)?;
        return Ok(Code::Ok);
    }
    for (kind, count) in counts.iter().filter(|(_, count)| count.is_number()) {
        print::data(format_args!("{kind}: {count}"));
    }
    let complaints = counts.get("complaints").and_then(Value::as_array);
    for complaint in complaints.into_iter().flatten() {
        let at = |key: &str| cell(complaint, key);
        let (file, level) = (at("/file"), at("/level"));
        print::talk(format_args!(
            "{file}:{}:{}: {level}: {}",
            at("/line"),
            at("/column"),
            at("/message")
        ));
    }
    Ok(Code::Ok)
}

fn lint(folder: &std::path::Path, json: bool) -> anyhow::Result<Code> {
    if !folder.is_dir() {
        anyhow::bail!(Missing(format!("there is no folder `{}`", folder.display())));
    }
    let report = pack::lint::lint(folder);
    if json {
        for line in report.json_lines(folder) {
            print::data(line);
        }
    } else {
        for complaint in &report.complaints {
            print::data(complaint);
        }
        let wrong = report.files.iter().filter(|file| file.error.is_some()).count();
        let color = if wrong == 0 { Color::Green } else { Color::Red };
        let verdict = format!("{} files, {wrong} of them cannot be used", report.files.len());
        print::talk(print::colored_talk(color, &verdict));
    }
    Ok(if report.is_clean() { Code::Ok } else { Code::Failed })
}
