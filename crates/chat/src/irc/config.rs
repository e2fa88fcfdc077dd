//! What is configured about an IRC network.

use std::{path::PathBuf, time::Duration};

/// A way to prove who the robot is.
#[derive(Clone)]
pub enum Sasl {
    /// By an account's password.
    Plain {
        /// The account.
        account: String,
        /// Its password.
        password: String,
    },
    /// By the TLS certificate in `tls_identity_file`.
    External,
}

/// A channel to be in.
#[derive(Clone)]
pub struct Channel {
    /// Its name, `#` included.
    pub name: String,
    /// Its key, when it has one.
    pub key: Option<String>,
}

/// One IRC network.
#[derive(Clone)]
pub struct Config {
    /// What we call the network.
    pub name: String,
    /// The host name or address of the server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// Whether to use TLS.
    pub tls: bool,
    /// Certificates (PEM) that are trusted instead of the public ones; the server's own is enough.
    pub tls_ca_file: Option<PathBuf>,
    /// Whether any certificate is trusted.
    pub tls_insecure: bool,
    /// A certificate with its key (PEM) that the robot shows to the server.
    pub tls_identity_file: Option<PathBuf>,
    /// The wanted nick.
    pub nick: String,
    /// The user name.
    pub user: String,
    /// The real name.
    pub realname: String,
    /// The password of the server.
    pub password: Option<String>,
    /// How to log in; without it the robot has no account.
    pub sasl: Option<Sasl>,
    /// The channels to be in.
    pub channels: Vec<Channel>,
    /// What addresses the robot when a message begins with it; empty for nothing.
    pub prefix: String,
    /// How many lines may be written at once. When this and the interval have their defaults, a
    /// server that is known to allow more (ngircd) is written to faster.
    pub flood_burst: u32,
    /// After how many milliseconds each further line may be written.
    pub flood_interval_ms: u64,
    /// How many lines a message may have.
    pub lines_max: usize,
    /// After which silence the server is asked for a sign of life.
    pub ping_interval: Duration,
    /// How long the server may take to answer, to connect and to register.
    pub ping_timeout: Duration,
    /// The wait after the first failure.
    pub backoff_min: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// Entropy, different for each start of the program.
    pub seed: u64,
}

/// How many lines public networks accept at once.
pub(super) const FLOOD_BURST: u32 = 4;
/// How often public networks accept a further line, in milliseconds.
pub(super) const FLOOD_INTERVAL_MS: u64 = 2_000;

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "irc".to_owned(),
            server: String::new(),
            port: 6697,
            tls: true,
            tls_ca_file: None,
            tls_insecure: false,
            tls_identity_file: None,
            nick: "squall".to_owned(),
            user: "squall".to_owned(),
            realname: "Squall".to_owned(),
            password: None,
            sasl: None,
            channels: Vec::new(),
            prefix: "!".to_owned(),
            flood_burst: FLOOD_BURST,
            flood_interval_ms: FLOOD_INTERVAL_MS,
            lines_max: 20,
            ping_interval: Duration::from_secs(60),
            ping_timeout: Duration::from_secs(30),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(120),
            seed: 0,
        }
    }
}
