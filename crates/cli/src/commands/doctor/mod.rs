//! `squall doctor`: finds problems and says what to do about them.

mod machine;
mod packs;
mod server;

use clap::Args;
use serde::Serialize;

use crate::{
    config,
    connection::Place,
    exit::Code,
    print::{self, Color},
    report, table,
};

/// Check the data directory, the running Squall, packs and programs
///
/// Each line says `ok`, `warn` or `fail`, and what to do. The exit code is 1 when anything fails.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    what: String,
    /// The result, and what to do.
    says: String,
}

impl Finding {
    fn new(level: Level, what: &str, says: impl Into<String>) -> Self {
        Self { level, what: what.to_owned(), says: says.into() }
    }
}

impl Doctor {
    pub(crate) async fn run(self) -> anyhow::Result<Code> {
        let findings = print::wait("looking", self.look()).await?;
        if self.json {
            table::json(&findings)?;
        } else {
            for finding in &findings {
                let (word, color) = match finding.level {
                    Level::Ok => ("ok  ", Color::Green),
                    Level::Warn => ("warn", Color::Yellow),
                    Level::Fail => ("fail", Color::Red),
                };
                let (word, what) = (print::colored(color, word), &finding.what);
                print::data(format_args!("{word}  {what}: {}", print::clean(&finding.says)));
            }
        }
        let is_bad = findings.iter().any(|finding| finding.level == Level::Fail);
        Ok(if is_bad { Code::Failed } else { Code::Ok })
    }

    async fn look(&self) -> anyhow::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let config = match self.place.config() {
            Ok(config) => config,
            Err(error) => {
                findings.push(Finding::new(Level::Fail, "configuration", report::sentence(&error)));
                return Ok(findings);
            }
        };
        findings.push(match config.settings(&config.directory()?, "") {
            Ok(_) => Finding::new(Level::Ok, "configuration", "can be used"),
            Err(error) => Finding::new(Level::Fail, "configuration", report::sentence(&error)),
        });
        if let Err(error) = config.networks() {
            findings.push(Finding::new(Level::Fail, "chat", report::sentence(&error)));
        }
        for (name, near) in config::unknown_variables() {
            let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            let says = format!("`{name}` means nothing to Squall{near}");
            findings.push(Finding::new(Level::Warn, "environment", says));
        }
        let directory = config.directory()?;
        findings.extend(machine::look(&config, &directory));
        findings.extend(server::look(&config, &directory).await);
        findings.extend(packs::look(&config, &directory));
        Ok(findings)
    }
}
