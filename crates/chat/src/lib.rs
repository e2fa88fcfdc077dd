//! Rooms and messages: one module per network, one message to each dialect.
//!
//! A network is started with its own configuration and a channel for [`Event`]s, and is spoken
//! to through an [`Adapter`]. It carries messages and decides nothing: who may do what, and what
//! a message means, is for others to say.
//!
//! What networks have in common is beside their modules: the queue of messages, the waits between
//! attempts, the rate of writing, TLS. `docs/adding-a-network.md` names every place of a new one.

mod abilities;
mod adapter;
mod address;
mod backoff;
mod bucket;
pub mod config;
mod event;
mod handle;
pub mod irc;
pub mod local;
mod mailbox;
mod outgoing;
mod queue;
pub mod render;
pub mod secret;
#[cfg(feature = "tls")]
mod socket;
mod supervisor;
#[cfg(feature = "tls")]
mod tls;

pub use abilities::{Abilities, Limits};
pub use adapter::{Adapter, Health, SendError};
pub use config::{Config, Network};
pub use event::{Attachment, Event, Incoming, Mention, Room};
pub use handle::Handle;
pub use outgoing::{Button, File, Outgoing, Part, Sent, Style, Tone};
