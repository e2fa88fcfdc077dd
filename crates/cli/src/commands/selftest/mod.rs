//! `squall selftest`: tries to break what Squall promises, on this machine.

mod chance;
mod chaos;
mod check;
mod child;
mod content;
mod control;
mod evidence;
mod flows;
mod ledger;
mod listener;
mod load;
mod people;
mod policies;
mod release;
mod report;
mod seen;
mod trace;

use std::{fs, os::unix::fs::DirBuilderExt as _, path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::{data::Directory, exit::Code, print};

/// Try to break what Squall promises, on a Squall of its own
///
/// `--chaos` puts load on a Squall (commands, workflows, chains, questions, pauses, re-runs), kills
/// it at a random moment, starts it again, and looks for anything that was lost, stuck, started
/// twice or told twice; again and again. Nothing that runs elsewhere is touched.
///
/// Example: squall selftest --chaos --rounds 20
#[derive(Debug, Args)]
pub(crate) struct Selftest {
    /// Kill a Squall under load again and again
    #[arg(long, required = true)]
    chaos: bool,
    /// How often it is killed
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// The seed of the random moments; the same seed does the same
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many of 100 resumes and answers do not wait until the workflow is paused
    #[arg(long, value_name = "PERCENT", default_value_t = 25, value_parser = clap::value_parser!(u64).range(0..=100))]
    hasty: u64,
    /// How long after a start everything must have ended, or wait for people, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    settle: u64,
    /// The directory to work in, which is kept; without it a temporary one is removed at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Selftest {
    /// Runs the test; fails when a promise was broken.
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let seed = self.seed.unwrap_or_else(random);
        let directory = match &self.data {
            Some(data) => Directory::choose(Some(&fs::canonicalize(made(data.clone())?)?))?,
            None => Directory::choose(Some(&made(
                std::env::temp_dir().join(format!("squall-selftest-{:016x}", random())),
            )?))?,
        };
        if !self.json {
            print::talk(format_args!(
                "Seed {seed}, {} rounds, on `{}`",
                self.rounds,
                directory.path().display()
            ));
        }
        let options = chaos::Options {
            rounds: self.rounds,
            seed,
            hasty: self.hasty,
            settle: Duration::from_secs(self.settle),
            is_quiet: self.json,
        };
        let report = chaos::run(&directory, options).await?;
        let is_well = report.violations.is_empty();
        if is_well && self.data.is_none() {
            drop(fs::remove_dir_all(directory.path()));
        }
        if self.json {
            let mut document = json!(report);
            document["seed"] = json!(seed);
            document["data"] = json!(directory.path());
            print::data(document);
        } else {
            report.print();
            if !is_well {
                print::talk(format_args!("What is left is in `{}`", directory.path().display()));
            }
        }
        Ok(if is_well { Code::Ok } else { Code::Failed })
    }
}

fn made(path: PathBuf) -> anyhow::Result<PathBuf> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.with_context(|| format!("cannot make the directory `{}`", path.display()))?;
    Ok(path)
}

fn random() -> u64 {
    let mut bytes = [0_u8; 8];
    // Without entropy the test is the same each time, which is no harm.
    let _filled = getrandom::fill(&mut bytes);
    u64::from_ne_bytes(bytes) >> 16
}
