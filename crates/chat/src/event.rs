//! What comes from a network and what goes to it.

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

/// A message that somebody else wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Where it was written; the answer goes there.
    pub room: Room,
    /// Who wrote it, as the network names them.
    pub account: String,
    /// The account at the network's services that the server vouches for; a name alone can be
    /// taken by anybody.
    pub verified: Option<String>,
    /// What was written, without the address and without control characters.
    pub text: String,
    /// Whether it is meant for the bot: private, or by its name, or by the prefix.
    pub addressed: bool,
    /// Distinguishes this message from every other, restarts included.
    pub message_id: String,
}

/// Something that happened on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody wrote.
    Message(Incoming),
    /// The network accepted the bot.
    Up,
    /// The network is out of reach; it is tried again by itself.
    Down {
        /// Why.
        reason: String,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// The bot is in the channel.
    Joined(String),
    /// The bot is not in the channel; it is tried again by itself.
    JoinFailed {
        /// The channel.
        channel: String,
        /// Why.
        reason: String,
    },
    /// The bot's name is now this one.
    Nick(String),
}

/// How a message is meant. Meaning never depends on it: the text says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Something went well.
    Good,
    /// Something failed.
    Bad,
    /// Something needs attention.
    Warning,
}

impl Tone {
    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warning => "warning",
        }
    }
}

/// A message before it is put into the dialect of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rich {
    /// The text, of any length, in lines.
    pub text: String,
    /// How it is meant, for networks that can show it.
    pub tone: Tone,
    /// How to get the rest when the text is cut, such as "`result 3f2a1c` shows the rest".
    pub more: Option<String>,
}
