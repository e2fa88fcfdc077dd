//! Internet Relay Chat: RFC 2812 with IRCv3's capabilities and SASL.

#[cfg(feature = "irc")]
mod client;
mod config;
mod settings;

#[cfg(fuzzing)]
pub use client::fuzzing;
#[cfg(feature = "irc")]
pub use client::start;
pub use config::{Channel, Config, Sasl};
pub(crate) use settings::KEYS;
pub use settings::Settings;
