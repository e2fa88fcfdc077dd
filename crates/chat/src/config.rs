//! Which networks there are, and what is configured about them: the section `[chat]`.
//!
//! Each network has a table for each of its instances, `[chat.NETWORK.NAME]`. The way from there
//! to a started network is [`Section::read`], which checks what is written, and
//! [`Config::start`].

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::{Adapter, Event, irc, secret};

/// The networks that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Internet Relay Chat.
    Irc,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// Several texts.
    List,
}

impl Network {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Irc];

    /// Returns the name, as it is in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Irc => "irc",
        }
    }

    /// Returns the keys of the network that can be given by a variable: all but tables.
    pub const fn keys(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Irc => irc::KEYS,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The section `[chat]` as it is written: the instances of each network, by name.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// IRC networks: `[chat.irc.NAME]`.
    pub irc: BTreeMap<String, irc::Settings>,
}

impl Section {
    /// Returns the networks, ready to start. `seed` is entropy, different for each start of the
    /// program.
    ///
    /// # Errors
    /// Fails when something is missing, or does not fit with something else.
    pub fn read(&self, seed: u64) -> Result<Vec<Config>, Error> {
        let Self { irc } = self;
        let mut configs = Vec::new();
        for (name, settings) in irc {
            let config = settings.read(name, seed).map_err(in_table(Network::Irc, name))?;
            configs.push(Config::Irc(Box::new(config)));
        }
        Ok(configs)
    }
}

/// A network that can be started.
pub enum Config {
    /// Internet Relay Chat.
    Irc(Box<irc::Config>),
}

impl Config {
    /// Returns the channels that the robot is to be in.
    pub fn channels(&self) -> Vec<String> {
        match self {
            Self::Irc(config) => config.channels.iter().map(|one| one.name.clone()).collect(),
        }
    }

    /// Starts the network. It tells what happens through `events`, and reads no more from the
    /// network while they are full. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Fails when Squall is built without the network.
    pub fn start(self, events: mpsc::Sender<Event>) -> Result<Adapter, Error> {
        match self {
            #[cfg(feature = "irc")]
            Self::Irc(config) => Ok(Adapter::Irc(irc::start(*config, events))),
            #[cfg(not(feature = "irc"))]
            Self::Irc(config) => {
                Err(in_table(Network::Irc, &config.name)(Mistake::NotBuilt(Network::Irc)))
            }
        }
    }
}

/// A table of the configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("[chat.{network}.{name}]")]
pub struct Error {
    /// The network.
    pub network: Network,
    /// The name of the instance.
    pub name: String,
    /// Why.
    #[source]
    pub mistake: Mistake,
}

/// Why a table of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Mistake {
    /// A key is required.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A setting makes no sense without another key.
    #[error("`{setting}` needs {keys}")]
    Needs {
        /// The setting.
        setting: &'static str,
        /// The keys, in backticks.
        keys: &'static str,
    },
    /// A key has no effect without another setting.
    #[error("`{key}` does nothing without `{setting}`")]
    Useless {
        /// The key.
        key: &'static str,
        /// The setting.
        setting: &'static str,
    },
    /// A key is about something that another key does not name.
    #[error("`{key}` names `{name}`, which `{other}` does not")]
    Stray {
        /// The key.
        key: &'static str,
        /// What it names.
        name: String,
        /// The other key.
        other: &'static str,
    },
    /// A secret is not known.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// Squall is built without the network.
    #[error("this Squall is built without the network `{0}`")]
    NotBuilt(Network),
}

fn in_table(network: Network, name: &str) -> impl FnOnce(Mistake) -> Error {
    let name = name.to_owned();
    move |mistake| Error { network, name, mistake }
}
