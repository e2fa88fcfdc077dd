//! Two builds of this program, run in turn: their code is linked in, so each runs by itself.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use bench::pairs::{Pairs, Side, order};
use clap::ValueEnum as _;
use serde::Deserialize;

use crate::Arguments;

/// A figure as both builds write it.
#[derive(Debug, Deserialize)]
struct Figure {
    name: String,
    unit: String,
    value: f64,
}

/// Measures this program against another build of it, one round each in turn.
pub(crate) fn compare(arguments: &Arguments, against: &Path) -> anyhow::Result<Pairs> {
    let own = std::env::current_exe().context("this program has no file")?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("figures.json");
    let mut pairs = Pairs::default();
    for round in 0..arguments.rounds {
        for side in order(round) {
            let binary = match side {
                Side::New => own.as_path(),
                Side::Old => against,
            };
            eprintln!("pair {} of {}: {}", round + 1, arguments.rounds, binary.display());
            for Figure { name, unit, value } in run(binary, arguments, &file)? {
                pairs.add(side, &name, &unit, value);
            }
        }
    }
    Ok(pairs)
}

fn run(binary: &Path, arguments: &Arguments, file: &PathBuf) -> anyhow::Result<Vec<Figure>> {
    let only: Vec<String> = arguments
        .only
        .iter()
        .filter_map(|part| Some(part.to_possible_value()?.get_name().to_owned()))
        .collect();
    #[expect(clippy::disallowed_methods, reason = "the builds are measured as they are")]
    let mut command = Command::new(binary);
    command.args(["--rounds", "1", "--only", &only.join(","), "--json"]).arg(file);
    if arguments.each {
        command.arg("--each");
    }
    if let Some(grep) = &arguments.grep {
        command.args(["--grep", grep]);
    }
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.with_context(|| format!("failed to run `{}`", binary.display()))?;
    ensure!(status.success(), "`{}` ended with {status}", binary.display());
    let text = std::fs::read_to_string(file)?;
    serde_json::from_str(&text)
        .with_context(|| format!("`{}` wrote no figures that can be read", binary.display()))
}
