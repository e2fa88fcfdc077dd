//! The one face of all networks.

use std::time::Instant;

use crate::{Abilities, Handle, Outgoing, Room, Sent};

/// Whether a network hears us and we hear it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether the network accepted us and answers.
    pub up: bool,
    /// What is wrong: why it is down, or which channels the robot is missing from.
    pub reason: Option<String>,
    /// When `up` last changed.
    pub since: Instant,
    /// When the network last said anything.
    pub last_heard: Option<Instant>,
}

/// Why a message may not have reached its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing of it was shown: it is right to send it again.
    #[error("the message was not written")]
    NotWritten,
    /// The connection was lost while it was written: some or all of it may have been shown.
    #[error("the connection was lost while the message was written: it may have been shown")]
    MaybeWritten,
    /// There is no such room, or it does not take messages from us: it would fail again.
    #[error("the room does not exist or takes no messages")]
    Refused,
    /// The adapter was stopped before the message was written.
    #[error("the chat adapter is stopped")]
    Closed,
}

/// A network that was started.
#[derive(Clone)]
pub enum Adapter {
    /// Internet Relay Chat.
    #[cfg(feature = "irc")]
    Irc(Handle),
    /// A network inside the process.
    Local(Handle),
}

impl Adapter {
    /// Returns the name that the configuration gives to the network.
    pub fn name(&self) -> &str {
        self.handle().name()
    }

    /// Returns what the network can show.
    pub fn abilities(&self) -> Abilities {
        self.handle().abilities()
    }

    /// Returns how the network is.
    pub fn health(&self) -> Health {
        self.handle().health()
    }

    /// Writes a message to `room` and returns when the network has confirmed it.
    ///
    /// It waits for its turn, through losses of the connection too. When its turn has come,
    /// `before_write` is awaited, and only if that says `true` is anything written. Dropping the
    /// future before that takes the message back.
    pub async fn send(
        &self,
        room: &Room,
        message: &Outgoing,
        before_write: impl Future<Output = bool>,
    ) -> Result<Sent, SendError> {
        self.handle().send(room, message, before_write).await
    }

    /// Lets messages that are being written end, refuses the others, and says goodbye.
    pub async fn stop(&self) {
        self.handle().stop().await;
    }

    fn handle(&self) -> &Handle {
        match self {
            #[cfg(feature = "irc")]
            Self::Irc(handle) => handle,
            Self::Local(handle) => handle,
        }
    }
}
