//! `squall-bench`: starts a release build of Squall on a fresh directory and measures it through
//! its API, beside the limits of the machine. `README.md` says what each figure means.
//!
//! One thread generates the load, with requests that are built once and answers that are scanned
//! for two attributes: it shares the cores with the server that it measures.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a person's tool: it prints")]

mod compare;
#[cfg(test)]
mod fake;
mod http;
mod limits;
mod load;
mod measure;
mod pause;
mod process;
mod report;
mod server;
mod stream;
mod workflows;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};

use crate::{
    load::{Budget, Kind, Load},
    measure::AT_ONCE,
    report::Report,
    server::Server,
    workflows::Shape,
};

/// How long a server is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(5);
/// How many executions a directory has when the restart is measured.
const EXECUTIONS_BEFORE_RESTART: u64 = 10_000;

/// Measure Squall beside the limits of this machine
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to measure
    #[arg(long, default_value = "target/release/squall")]
    binary: PathBuf,
    /// Another program: both are measured in turn and stand side by side in the table
    #[arg(long)]
    against: Option<PathBuf>,
    /// Where the temporary data directories are made; it should be on the disk that matters
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    directory: PathBuf,
    /// How often everything is measured; the table shows medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Measure these parts only
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = Part::value_variants().to_vec())]
    only: Vec<Part>,
    /// Write the figures to this file as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// More arguments for `squall up`
    #[arg(last = true)]
    more: Vec<String>,
}

/// A part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The limits of the machine
    Machine,
    /// Executions that do nothing
    Noop,
    /// Executions of `echo hi`
    Shell,
    /// Chat commands
    Chat,
    /// Workflows of no-ops
    Workflow,
    /// Memory when idle, and the cold start
    Idle,
    /// The start on a directory with 10,000 executions
    Restart,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // One thread: the load must not take more than it needs of the cores that it shares.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let document = if let Some(against) = &arguments.against {
        let pairs = runtime.block_on(compare::compare(&arguments, against))?;
        print!("{pairs}");
        pairs.to_json()
    } else {
        let mut report = Report::default();
        runtime.block_on(measure_all(&arguments, &mut report))?;
        print!("{report}");
        report.to_json()
    };
    if let Some(file) = &arguments.json {
        std::fs::write(file, document.to_string())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
    }
    Ok(())
}

impl Arguments {
    /// Returns the loads that were asked for.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let kinds = [
            (Part::Noop, Kind::Noop),
            (Part::Shell, Kind::Shell),
            (Part::Chat, Kind::Chat),
            (Part::Workflow, Kind::Workflow(Shape::Three)),
        ];
        kinds.into_iter().filter(|(part, _)| self.only.contains(part)).map(|(_, kind)| kind)
    }
}

async fn measure_all(arguments: &Arguments, report: &mut Report) -> anyhow::Result<()> {
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        if arguments.only.contains(&Part::Machine) {
            limits::measure(&arguments.directory, report)?;
        }
        measure_round(arguments, report).await?;
    }
    if arguments.only.contains(&Part::Restart) {
        measure_restart(arguments, report).await?;
    }
    Ok(())
}

/// Measures one server from its cold start through all loads.
async fn measure_round(arguments: &Arguments, report: &mut Report) -> anyhow::Result<()> {
    let kinds: Vec<Kind> = arguments.kinds().collect();
    let is_idle_asked = arguments.only.contains(&Part::Idle);
    if kinds.is_empty() && !is_idle_asked {
        return Ok(());
    }
    let directory = tempfile::tempdir_in(&arguments.directory)?;
    let data = directory.path().join("data");
    workflows::write_pack(&data.join("packs"))?;
    let server = Server::start(&arguments.binary, directory.path(), &arguments.more).await?;
    if is_idle_asked {
        report.add("cold start", "ms", server.ready_after.as_secs_f64() * 1e3);
        eprintln!("  idle for {} s", IDLE.as_secs());
        pause::pause(IDLE).await;
        let memory = process::memory(server.pid())?;
        report.add("idle memory, RSS", "MB", memory.rss_mb);
        report.add("idle memory, PSS", "MB", memory.pss_mb);
    }
    for kind in kinds {
        measure_kind(kind, &server, arguments, report).await?;
    }
    if arguments.only.contains(&Part::Workflow) {
        measure_shapes(&server, &data, report).await?;
    }
    if is_idle_asked {
        report.add("memory at the end, RSS", "MB", process::memory(server.pid())?.rss_mb);
    }
    server.stop().await
}

async fn measure_kind(
    kind: Kind,
    server: &Server,
    arguments: &Arguments,
    report: &mut Report,
) -> anyhow::Result<()> {
    let load = measure::warmed(kind, server).await?;
    for at_once in AT_ONCE {
        let name = format!("{}, {at_once} at once", kind.name());
        eprintln!("  {name}");
        let lasting = Duration::from_secs(arguments.seconds);
        for (unit, value) in measure::load(&load, server, at_once, lasting).await? {
            report.add(&name, unit, value);
        }
    }
    Ok(())
}

/// Measures workflows one by one.
async fn measure_shapes(server: &Server, data: &Path, report: &mut Report) -> anyhow::Result<()> {
    for shape in workflows::SINGLE {
        eprintln!("  {}", shape.title());
        for (unit, value) in measure::shape(shape, server, data).await? {
            report.add(shape.title(), unit, value);
        }
    }
    Ok(())
}

async fn measure_restart(arguments: &Arguments, report: &mut Report) -> anyhow::Result<()> {
    eprintln!("restart: filling a directory with {EXECUTIONS_BEFORE_RESTART} executions");
    let directory = tempfile::tempdir_in(&arguments.directory)?;
    let start = || Server::start(&arguments.binary, directory.path(), &arguments.more);
    let server = start().await?;
    fill(&server).await?;
    server.stop().await?;
    for _ in 0..arguments.rounds {
        let server = start().await?;
        report.add("restart on 10,000 executions", "ms", server.ready_after.as_secs_f64() * 1e3);
        server.stop().await?;
    }
    Ok(())
}

/// Makes as many executions as a directory has when the restart is measured.
async fn fill(server: &Server) -> anyhow::Result<()> {
    let load = Load::prepare(Kind::Noop, &server.target).await?;
    load.run(50, &Budget::counting(EXECUTIONS_BEFORE_RESTART)).await.map(drop)
}
