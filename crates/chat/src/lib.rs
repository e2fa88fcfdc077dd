//! Rooms and messages: one module per network, one rich message to each dialect.
//!
//! A network is started with its own configuration and a channel for [`Event`]s, and is spoken
//! to through an [`Adapter`]. It carries messages and decides nothing: who may do what, and what
//! a message means, is for others to say.

mod adapter;
mod event;
pub mod irc;
pub mod render;

pub use adapter::{Adapter, Health, SendError};
pub use event::{Event, Incoming, Rich, Room, Tone};
