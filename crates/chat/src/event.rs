//! What comes from a network.

use std::time::Duration;

/// A place where people talk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Room {
    /// A channel, by its name as the network writes it.
    Channel(String),
    /// A conversation with one account, by its name.
    Private(String),
}

impl Room {
    /// Returns the name of the channel or of the account.
    pub fn name(&self) -> &str {
        match self {
            Self::Channel(name) | Self::Private(name) => name,
        }
    }
}

/// An account that a message speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name, as people read it.
    pub name: String,
    /// The network's own id of the account, where it has one.
    pub id: Option<String>,
}

/// A file that came with a message. Its content stays on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file name.
    pub name: String,
    /// The media type, such as `text/csv`, as the sender's client claims it.
    pub media_type: Option<String>,
    /// The size, where the network says it.
    pub size_bytes: Option<u64>,
    /// Where it can be read.
    pub url: String,
}

/// A message that somebody else wrote, or a button that somebody pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Where it was written; the answer goes there.
    pub room: Room,
    /// The thread in the room, by the network's id of it; the answer goes there too.
    pub thread: Option<String>,
    /// Who wrote it, as the network names them.
    pub account: String,
    /// The account that the network vouches for; a name alone can be taken by anybody.
    pub verified: Option<String>,
    /// What was written, without the address and without control characters; the value of a
    /// button.
    pub text: String,
    /// Whether it is meant for the robot: private, or by its name, or by the prefix.
    pub addressed: bool,
    /// The accounts that it mentions besides the robot.
    pub mentions: Vec<Mention>,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// Distinguishes this message from every other, restarts included.
    pub message_id: String,
    /// Whether it replaces an earlier text of the same message.
    pub is_edited: bool,
    /// Whether the network repeats it from its history: it was written while we were away.
    pub is_replayed: bool,
    /// Whether the network says that a program wrote it.
    pub is_bot: bool,
}

impl Incoming {
    /// Returns whether a person says this to the robot now. An edit would run a command a second
    /// time, a replayed command comes too late, and two robots could answer each other for ever.
    pub fn is_command(&self) -> bool {
        self.addressed && !self.is_edited && !self.is_replayed && !self.is_bot
    }
}

/// Something that happened on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody wrote.
    Message(Incoming),
    /// Somebody pressed a button. Its value is a sentence of whoever pressed it, and no more than
    /// that: the network may let clients choose it.
    Pressed(Incoming),
    /// The network accepted the robot.
    Up,
    /// The network is out of reach; it is tried again by itself.
    Down {
        /// Why.
        reason: String,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// The robot is in the channel.
    Joined(String),
    /// The robot is not in the channel; it is tried again by itself.
    JoinFailed {
        /// The channel.
        channel: String,
        /// Why.
        reason: String,
    },
    /// The robot's name is now this one.
    Nick(String),
}
