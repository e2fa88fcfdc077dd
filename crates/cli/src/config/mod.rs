//! Configuration: a TOML file, then the environment, then arguments; later ones override.
//!
//! Every key is described where it is declared. An unknown key is an error with its line and a
//! suggestion. Secrets can be read from files, so that neither this file nor the environment needs
//! to contain them; actions inherit the environment.

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

/// The default address.
pub(crate) const LISTEN: &str = "127.0.0.1:9180";

/// The configuration.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The data directory.
    pub(crate) data: Option<PathBuf>,
    /// The address to listen on, `HOST:PORT`; port 0 takes a free one.
    pub(crate) listen: Option<String>,
    /// Folders of packs in order of precedence, after the one in the data directory.
    pub(crate) packs: Vec<PathBuf>,
    /// Whether StackStorm's ports 9100, 9101 and 9102 are served as well.
    pub(crate) st2_ports: bool,
    /// The format of the log.
    pub(crate) log_format: LogFormat,
    /// The log filter, such as `info` or `warn,engine=debug`.
    pub(crate) log: Option<String>,
    /// The mail server.
    pub(crate) smtp: Option<smtp::Smtp>,
    /// Limits.
    pub(crate) limits: Limits,
    /// How actions run.
    pub(crate) actions: Actions,
    /// The users that rules and chat act as.
    pub(crate) users: Users,
    /// Chat networks: `[chat.NETWORK.NAME]`.
    pub(crate) chat: chat::config::Section,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The section `[limits]`. Missing keys have defaults.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// The maximum number of processes and requests that run at once.
    pub(crate) concurrency_max: Option<usize>,
    /// The maximum number of waiting and running executions; further ones are refused.
    pub(crate) open_max: Option<usize>,
    /// The maximum depth of executions that rules request for the events of executions.
    pub(crate) chain_depth_max: Option<u32>,
    /// The maximum number of bytes kept of each output; 0 for no limit.
    pub(crate) output_bytes_max: Option<usize>,
    /// The timeout of actions without their own, in seconds.
    pub(crate) timeout_s: Option<u64>,
    /// The time between TERM and KILL, in seconds.
    pub(crate) kill_grace_s: Option<u64>,
    /// The longest lifetime of a token, in seconds.
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
    /// The user that rules and Squall itself act as.
    pub(crate) system_user: Option<String>,
    /// The user that people in chat rooms act as.
    pub(crate) chat_user: Option<String>,
}

impl Config {
    /// Returns the data directory.
    pub(crate) fn directory(&self) -> anyhow::Result<Directory> {
        Directory::choose(self.data.as_deref())
    }

    /// Returns the address to listen on.
    pub(crate) fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or(LISTEN)
    }

    /// Returns the settings of an engine at this address.
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

    /// Returns the folders of packs in order of precedence.
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
