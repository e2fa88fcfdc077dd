//! Internet Relay Chat: RFC 2812 with IRCv3's capabilities and SASL.
//!
//! A task of its own keeps the connection ([`carrier`]): it asks a [`session::Session`] what to
//! say, writes the messages of [`outgoing::Outgoing`] as fast as flood control lets it, notices a
//! server that no longer answers, and connects again by itself. A [`Handle`] speaks to it.

mod backoff;
mod bucket;
mod carrier;
mod config;
mod ears;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handle;
mod link;
mod message;
mod outgoing;
mod session;
mod text;
mod tls;

pub use config::{Channel, Config, Sasl};
pub use handle::{Handle, start};
