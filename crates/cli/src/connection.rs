//! Connections: the Squall that a command connects to, and the credential.
//!
//! An explicit address needs an explicit key: the key in a data directory is only sent to the
//! Squall that runs on it.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use client::{Client, Credential};

use crate::{
    config::{self, Config},
    data::Directory,
    exit::{Unreachable, Usage},
};

/// The data directory and the configuration that may name it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Place {
    /// The data directory [default: $XDG_DATA_HOME/squall or ~/.local/share/squall]
    #[arg(long, env = "SQUALL_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration, a TOML file
    #[arg(long, env = "SQUALL_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Place {
    /// Returns the configuration, with the data directory of the arguments if one is given.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = config::load(self.config.as_deref())?;
        config.data = self.data.clone().or(config.data);
        Ok(config)
    }

    /// Returns the data directory.
    pub(crate) fn directory(&self) -> anyhow::Result<Directory> {
        match &self.data {
            Some(data) => Directory::choose(Some(data)),
            None => self.config()?.directory(),
        }
    }
}

/// Which Squall to speak to. Without an address it is the one on the data directory
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Target {
    /// The address of a Squall, such as http://127.0.0.1:9180
    #[arg(long, env = "SQUALL_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The API key; better given by the environment or a file
    #[arg(long, env = "SQUALL_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    /// A file with the API key
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl Target {
    /// Returns a client.
    pub(crate) fn connect(&self) -> anyhow::Result<Client> {
        let key = self.named_key()?;
        if let Some(url) = &self.url {
            let key = key.ok_or_else(|| {
                Usage("`--url` needs a key: give `--key-file`, or set `SQUALL_API_KEY`".to_owned())
            })?;
            return Ok(Client::new(url, Credential::ApiKey(key))?);
        }
        let directory = self.place.directory()?;
        let url = match (directory.read_run(), &key) {
            (Some(run), _) => run.url,
            (None, Some(_)) => format!("http://{}", config::LISTEN),
            (None, None) => bail!(Unreachable(format!(
                "no Squall runs on `{0}`: start one with `squall up --data {0}`, or name one with `--url`",
                directory.path().display()
            ))),
        };
        let key = key.map_or_else(|| admin_key(&directory), Ok)?;
        Ok(Client::new(&url, Credential::ApiKey(key))?)
    }

    fn named_key(&self) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.key_file else { return Ok(self.key.clone()) };
        let text = fs::read_to_string(file)
            .with_context(|| Usage(format!("cannot read the key in `{}`", file.display())))?;
        Ok(Some(text.trim().to_owned()))
    }
}

/// Returns the key of a data directory's administrator.
pub(crate) fn admin_key(directory: &Directory) -> anyhow::Result<String> {
    let path = directory.admin_key();
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read the administrator's key `{}`: give another with `--key-file`, or start `squall up` again, which makes a new one",
            path.display()
        )
    })?;
    Ok(text.trim().to_owned())
}
