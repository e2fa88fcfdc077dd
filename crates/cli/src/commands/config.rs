//! `squall config`: prints the effective configuration.

use clap::{Args, Subcommand};

use crate::{connection::Place, exit::Code, print, table};

/// Show the configuration
///
/// A TOML file, laid over by the environment: the key `limits.open_max` is `SQUALL_LIMITS_OPEN_MAX`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what is in force, with secrets hidden
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
}

impl Config {
    pub(crate) fn run(self) -> anyhow::Result<Code> {
        let Command::Show { json, place } = self.command;
        let mut config = place.config()?;
        config.data = Some(config.directory()?.path().to_owned());
        config.listen = Some(config.listen().to_owned());
        if json {
            table::json(&config)?;
        } else {
            print::data(toml::to_string(&config)?.trim_end());
        }
        Ok(Code::Ok)
    }
}
