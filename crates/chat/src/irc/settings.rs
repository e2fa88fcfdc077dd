//! The tables `[chat.irc.NAME]`, as they are written. What is not named has its default.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    config::{Kind, Mistake},
    irc::{self, Channel, Config},
    secret::{self, Secret},
};

/// The keys that are one value.
pub(crate) const KEYS: &[(&str, Kind)] = &[
    ("server", Kind::Text),
    ("port", Kind::Integer),
    ("tls", Kind::Flag),
    ("tls_ca_file", Kind::Text),
    ("tls_insecure", Kind::Flag),
    ("tls_identity_file", Kind::Text),
    ("nick", Kind::Text),
    ("user", Kind::Text),
    ("realname", Kind::Text),
    ("password", Kind::Text),
    ("password_file", Kind::Text),
    ("sasl", Kind::Text),
    ("sasl_account", Kind::Text),
    ("sasl_password", Kind::Text),
    ("sasl_password_file", Kind::Text),
    ("channels", Kind::List),
    ("prefix", Kind::Text),
    ("flood_burst", Kind::Integer),
    ("flood_interval_ms", Kind::Integer),
    ("lines_max", Kind::Integer),
    ("ping_interval_s", Kind::Integer),
    ("ping_timeout_s", Kind::Integer),
    ("backoff_min_s", Kind::Integer),
    ("backoff_max_s", Kind::Integer),
];

/// One IRC network.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
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

impl Settings {
    /// Returns what the network needs.
    pub(crate) fn read(&self, name: &str, seed: u64) -> Result<Config, Mistake> {
        let default = Config::default();
        let seconds = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
        let text = |given: &Option<String>, default| given.clone().unwrap_or(default);
        let tls = self.tls.unwrap_or(default.tls);
        let nick = text(&self.nick, default.nick);
        Ok(Config {
            name: name.to_owned(),
            server: self.server.clone().ok_or(Mistake::Missing("server"))?,
            port: self.port.unwrap_or(if tls { 6697 } else { 6667 }),
            tls,
            tls_ca_file: self.tls_ca_file.clone(),
            tls_insecure: self.tls_insecure.unwrap_or(default.tls_insecure),
            tls_identity_file: self.tls_identity_file.clone(),
            user: text(&self.user, default.user),
            realname: text(&self.realname, default.realname),
            password: secret::read(
                "password",
                self.password.as_ref(),
                self.password_file.as_deref(),
            )?,
            sasl: self.sasl(&nick)?,
            nick,
            channels: self.channels()?,
            prefix: text(&self.prefix, default.prefix),
            flood_burst: self.flood_burst.unwrap_or(default.flood_burst),
            flood_interval_ms: self.flood_interval_ms.unwrap_or(default.flood_interval_ms),
            lines_max: self.lines_max.unwrap_or(default.lines_max),
            ping_interval: seconds(self.ping_interval_s, default.ping_interval),
            ping_timeout: seconds(self.ping_timeout_s, default.ping_timeout),
            backoff_min: seconds(self.backoff_min_s, default.backoff_min),
            backoff_max: seconds(self.backoff_max_s, default.backoff_max),
            seed,
        })
    }

    fn sasl(&self, nick: &str) -> Result<Option<irc::Sasl>, Mistake> {
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
            (Some(Sasl::Plain), None) => Err(Mistake::Needs {
                setting: "sasl = \"plain\"",
                keys: "`sasl_password_file` or `sasl_password`",
            }),
            (Some(Sasl::External), _) if self.tls_identity_file.is_none() => {
                Err(Mistake::Needs { setting: "sasl = \"external\"", keys: "`tls_identity_file`" })
            }
            (Some(Sasl::External), _) => Ok(Some(irc::Sasl::External)),
            (None, Some(_)) => {
                Err(Mistake::Useless { key: "sasl_password", setting: "sasl = \"plain\"" })
            }
            (None, None) => Ok(None),
        }
    }

    fn channels(&self) -> Result<Vec<Channel>, Mistake> {
        if let Some(stray) = self.channel_keys.keys().find(|name| !self.channels.contains(name)) {
            let (key, other) = ("channel_keys", "channels");
            return Err(Mistake::Stray { key, name: stray.clone(), other });
        }
        let channel = |name: &String| Channel {
            name: name.clone(),
            key: self.channel_keys.get(name).map(|key| key.reveal().to_owned()),
        };
        Ok(self.channels.iter().map(channel).collect())
    }
}
