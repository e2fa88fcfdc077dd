//! What is said to the robot, and what it says to that.

use chat::{Button, Tone};
use model::{Id, Object, Principal};

/// A sentence that the robot heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The adapter.
    pub adapter: String,
    /// The room: a channel, or the account for a private conversation.
    pub room: String,
    /// Whether nobody else reads along.
    pub is_private: bool,
    /// Who said it, as the network names them.
    pub account: String,
    /// What was said, without the address.
    pub text: String,
    /// Distinguishes the message; the session, for a terminal.
    pub message_id: String,
    /// On whose behalf it is done.
    pub principal: Principal,
    /// What else goes into the context of results: the thread, mentions, attachments.
    pub extra: Object,
}

/// What the robot says to a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// How to get the rest, when it is too long for the network.
    pub more: Option<String>,
    /// The execution that it is about.
    pub execution: Option<Id>,
    /// Whether only the person who asked may see it.
    pub is_private: bool,
    /// What can be said next, for networks that show buttons; the text says the same.
    pub buttons: Vec<Button>,
}

impl Reply {
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone,
            more: None,
            execution: None,
            is_private: false,
            buttons: Vec::new(),
        }
    }
}
