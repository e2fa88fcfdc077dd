//! Configuration: a TOML file, then the environment, then arguments; the later wins.
//!
//! Every key is described where it is declared. An unknown key is an error with its line and what
//! was probably meant. Secrets can be read from files, so that neither the file nor the
//! environment needs to hold them; what is in the environment is inherited by actions.

mod load;
mod smtp;
mod variables;

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use engine::Settings;
use serde::{Deserialize, Serialize};

pub(crate) use load::load;
pub(crate) use variables::unknown as unknown_variables;

use crate::data::Directory;

/// Where Squall listens when nothing else is said.
pub(crate) const LISTEN: &str = "127.0.0.1:9180";

/// Everything that can be configured.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The data directory.
    pub(crate) data: Option<PathBuf>,
    /// The address to listen on, `HOST:PORT`; port 0 takes a free one.
    pub(crate) listen: Option<String>,
    /// Folders of packs, in the order of their precedence, behind the one in the data directory.
    pub(crate) packs: Vec<PathBuf>,
    /// Whether StackStorm's ports 9100, 9101 and 9102 are served as well.
    pub(crate) st2_ports: bool,
    /// How the log is written.
    pub(crate) log_format: LogFormat,
    /// What is logged, such as `info` or `warn,squall_engine=debug`.
    pub(crate) log: Option<String>,
    /// The mail server.
    pub(crate) smtp: Option<smtp::Smtp>,
    /// Bounds.
    pub(crate) limits: Limits,
    /// How actions run.
    pub(crate) actions: Actions,
    /// On whose behalf things are done.
    pub(crate) users: Users,
    /// Chat networks: `[chat.NETWORK.NAME]`.
    pub(crate) chat: chat::config::Section,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The section `[limits]`. What is not named has its default.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// How many processes and requests run at once.
    pub(crate) concurrency_max: Option<usize>,
    /// How many executions may wait or run; more are refused.
    pub(crate) open_max: Option<usize>,
    /// How deep rules may lead to executions that lead to rules.
    pub(crate) chain_depth_max: Option<u32>,
    /// How many bytes of each output are kept; 0 keeps all.
    pub(crate) output_bytes_max: Option<usize>,
    /// How long an action may take that names no timeout, in seconds.
    pub(crate) timeout_s: Option<u64>,
    /// How long a process has between TERM and KILL, in seconds.
    pub(crate) kill_grace_s: Option<u64>,
    /// The longest life of a token, in seconds.
    pub(crate) token_ttl_s: Option<u32>,
}

/// The section `[actions]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Actions {
    /// The user to run local commands as, through sudo.
    pub(crate) run_as: Option<String>,
}

/// The section `[users]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Users {
    /// The user on whose behalf rules and Squall itself act.
    pub(crate) system_user: Option<String>,
    /// The user on whose behalf people in chat rooms act.
    pub(crate) chat_user: Option<String>,
}

impl Config {
    /// Returns the data directory that is meant.
    pub(crate) fn directory(&self) -> anyhow::Result<Directory> {
        Directory::choose(self.data.as_deref())
    }

    /// Returns the address to listen on.
    pub(crate) fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or(LISTEN)
    }

    /// Returns the engine's settings, for a Squall at this address.
    pub(crate) fn settings(&self, directory: &Directory, url: &str) -> anyhow::Result<Settings> {
        let (users, limits) = (&self.users, &self.limits);
        let mut execution = execution::Settings {
            web_url: url.to_owned(),
            api_url: format!("{url}/api/v1"),
            run_as: self.actions.run_as.clone(),
            smtp: self.smtp.as_ref().map(smtp::Smtp::read).transpose().context("[smtp]")?,
            ..execution::Settings::default()
        };
        set(&mut execution.concurrency_max, limits.concurrency_max);
        set(&mut execution.open_max, limits.open_max);
        set(&mut execution.limits.output_bytes_max, limits.output_bytes_max);
        set(&mut execution.limits.timeout, limits.timeout_s.map(Duration::from_secs));
        set(&mut execution.limits.kill_grace, limits.kill_grace_s.map(Duration::from_secs));
        let packs = self.folders(directory);
        let mut settings = Settings { packs, execution, ..Settings::default() };
        set(&mut settings.chat_user, users.chat_user.clone());
        set(&mut settings.rules.system_user, users.system_user.clone());
        set(&mut settings.rules.chain_depth_max, limits.chain_depth_max);
        set(&mut settings.token_ttl_s, limits.token_ttl_s.map(i64::from));
        Ok(settings)
    }

    /// Returns the folders of packs, in the order of their precedence.
    pub(crate) fn folders(&self, directory: &Directory) -> Vec<PathBuf> {
        let mut folders = vec![directory.packs()];
        folders.extend(self.packs.iter().cloned());
        folders.push(directory.shipped());
        folders
    }

    /// Returns the chat networks, ready to start.
    pub(crate) fn networks(&self) -> anyhow::Result<Vec<chat::Config>> {
        let mut seed = [0; 8];
        // Without entropy several robots come back at the same moment, which is no harm.
        let _filled = getrandom::fill(&mut seed);
        Ok(self.chat.read(u64::from_le_bytes(seed))?)
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
