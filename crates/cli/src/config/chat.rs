//! The sections `[chat.irc.NAME]`: IRC networks. What is not named has its default.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use chat::irc;
use serde::{Deserialize, Serialize};

use super::{
    secret::{self, Secret},
    set,
};

/// One IRC network.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Irc {
    /// The host name or address of the server.
    server: Option<String>,
    /// Its port.
    port: Option<u16>,
    /// Whether to use TLS.
    tls: Option<bool>,
    /// Certificates (PEM) that are trusted instead of the public ones.
    tls_ca_file: Option<PathBuf>,
    /// Whether any certificate is trusted.
    tls_insecure: Option<bool>,
    /// A certificate with its key (PEM) that the robot shows to the server.
    tls_identity_file: Option<PathBuf>,
    /// The wanted nick.
    nick: Option<String>,
    /// The user name.
    user: Option<String>,
    /// The real name.
    realname: Option<String>,
    /// The password of the server.
    password: Option<Secret>,
    /// A file with the password of the server.
    password_file: Option<PathBuf>,
    /// How to log in.
    sasl: Option<Sasl>,
    /// The account to log in to; the nick when not given.
    sasl_account: Option<String>,
    /// The account's password.
    sasl_password: Option<Secret>,
    /// A file with the account's password.
    sasl_password_file: Option<PathBuf>,
    /// The channels to be in.
    channels: Vec<String>,
    /// The keys of channels that have one, by channel.
    channel_keys: BTreeMap<String, Secret>,
    /// What addresses the robot when a message begins with it; empty for nothing.
    prefix: Option<String>,
    /// How many lines may be written at once.
    flood_burst: Option<u32>,
    /// After how many milliseconds each further line may be written.
    flood_interval_ms: Option<u64>,
    /// How many lines a message may have.
    lines_max: Option<usize>,
    /// After which silence the server is asked for a sign of life, in seconds.
    ping_interval_s: Option<u64>,
    /// How long the server may take to answer, in seconds.
    ping_timeout_s: Option<u64>,
    /// The wait after the first failure, in seconds.
    backoff_min_s: Option<u64>,
    /// The longest wait, in seconds.
    backoff_max_s: Option<u64>,
}

/// A way to prove who the robot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Sasl {
    /// By an account's password.
    Plain,
    /// By the TLS certificate in `tls_identity_file`.
    External,
}

impl Irc {
    /// Returns what the network needs.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<irc::Config> {
        let mut config = irc::Config { name: name.to_owned(), ..irc::Config::default() };
        config.server = self.server.clone().context("`server` is missing")?;
        set(&mut config.tls, self.tls);
        config.port = self.port.unwrap_or(if config.tls { 6697 } else { 6667 });
        config.tls_ca_file.clone_from(&self.tls_ca_file);
        set(&mut config.tls_insecure, self.tls_insecure);
        config.tls_identity_file.clone_from(&self.tls_identity_file);
        set(&mut config.nick, self.nick.clone());
        set(&mut config.user, self.user.clone());
        set(&mut config.realname, self.realname.clone());
        config.password =
            secret::read("password", self.password.as_ref(), self.password_file.as_deref())?;
        config.sasl = self.sasl(&config.nick)?;
        config.channels = self.channels()?;
        set(&mut config.prefix, self.prefix.clone());
        set(&mut config.flood_burst, self.flood_burst);
        set(&mut config.flood_interval_ms, self.flood_interval_ms);
        set(&mut config.lines_max, self.lines_max);
        set(&mut config.ping_interval, self.ping_interval_s.map(Duration::from_secs));
        set(&mut config.ping_timeout, self.ping_timeout_s.map(Duration::from_secs));
        set(&mut config.backoff_min, self.backoff_min_s.map(Duration::from_secs));
        set(&mut config.backoff_max, self.backoff_max_s.map(Duration::from_secs));
        let mut seed = [0; 8];
        // Without entropy several robots come back at the same moment, which is no harm.
        let _filled = getrandom::fill(&mut seed);
        config.seed = u64::from_le_bytes(seed);
        Ok(config)
    }

    fn sasl(&self, nick: &str) -> anyhow::Result<Option<irc::Sasl>> {
        let password = secret::read(
            "sasl_password",
            self.sasl_password.as_ref(),
            self.sasl_password_file.as_deref(),
        )?;
        match (self.sasl, password) {
            (Some(Sasl::Plain), Some(password)) => {
                let account = self.sasl_account.clone().unwrap_or_else(|| nick.to_owned());
                Ok(Some(irc::Sasl::Plain { account, password }))
            }
            (Some(Sasl::Plain), None) => {
                bail!("`sasl = \"plain\"` needs `sasl_password_file` or `sasl_password`")
            }
            (Some(Sasl::External), _) if self.tls_identity_file.is_none() => {
                bail!("`sasl = \"external\"` needs `tls_identity_file`")
            }
            (Some(Sasl::External), _) => Ok(Some(irc::Sasl::External)),
            (None, Some(_)) => bail!("`sasl_password` does nothing without `sasl = \"plain\"`"),
            (None, None) => Ok(None),
        }
    }

    fn channels(&self) -> anyhow::Result<Vec<irc::Channel>> {
        if let Some(stray) = self.channel_keys.keys().find(|name| !self.channels.contains(name)) {
            bail!("`channel_keys` names `{stray}`, which `channels` does not");
        }
        let channel = |name: &String| irc::Channel {
            name: name.clone(),
            key: self.channel_keys.get(name).map(|key| key.reveal().to_owned()),
        };
        Ok(self.channels.iter().map(channel).collect())
    }
}
