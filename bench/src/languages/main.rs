//! `languages`: measures the matcher of aliases, the criteria of rules and the expressions in one
//! process, without a server. `README.md` says what each figure means.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a person's tool: it prints")]

mod aliases;
mod compare;
mod corpus;
mod expressions;
mod report;
mod rules;
mod sample;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};

use crate::report::Report;

/// Measure the matcher, the rules and the expressions
#[derive(Debug, Parser)]
struct Arguments {
    /// How often everything is measured; the figures are medians
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Another build of this program: both run in turn and stand side by side in the table
    #[arg(long)]
    against: Option<PathBuf>,
    /// Measure these parts only
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = Part::value_variants().to_vec())]
    only: Vec<Part>,
    /// Measure only the expressions that contain this text
    #[arg(long)]
    grep: Option<String>,
    /// Print every expression
    #[arg(long)]
    each: bool,
    /// Write the figures to this file as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Messages against 100, 1,000 and 10,000 aliases
    Aliases,
    /// Events against 10, 1,000 and 10,000 rules, and single criteria
    Rules,
    /// Jinja and YAQL expressions over small and large contexts
    Expressions,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let document = if let Some(against) = &arguments.against {
        let pairs = compare::compare(&arguments, against)?;
        print!("{pairs}");
        pairs.to_json()
    } else {
        let report = measure(&arguments)?;
        print!("{report}");
        report.to_json()
    };
    if let Some(file) = &arguments.json {
        std::fs::write(file, document.to_string())
            .with_context(|| format!("failed to write `{}`", file.display()))?;
    }
    Ok(())
}

fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let mut report = Report::default();
    // Memory is compared before and after: what is measured first starts from the least.
    if arguments.only.contains(&Part::Aliases) {
        eprintln!("aliases");
        aliases::measure(arguments.rounds, &mut report)?;
    }
    if arguments.only.contains(&Part::Rules) {
        eprintln!("rules");
        rules::measure(arguments.rounds, &mut report)?;
    }
    if arguments.only.contains(&Part::Expressions) {
        eprintln!("expressions");
        let grep = arguments.grep.as_deref().unwrap_or_default();
        expressions::measure((arguments.rounds, arguments.each), grep, &mut report)?;
    }
    Ok(report)
}
