//! What goes to a network: a message before it is put into the network's own form.
//!
//! A message says everything in its text, as far as text can. What a network shows besides is in
//! closed sets, which every network goes through and none may forget; what it cannot show,
//! [`crate::render`] turns into text.

use std::sync::Arc;

use crate::Mention;

/// A message on its way to a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The text, of any length, in lines.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// How to get the rest when the text is cut, such as "`result 3f2a1c` shows the rest".
    pub more: Option<String>,
    /// Whom it speaks to.
    pub mentions: Vec<Mention>,
    /// The thread in the room to write it in; a network without threads writes it in the room.
    pub thread: Option<String>,
    /// The id of an earlier message, from [`Sent`], that this one takes the place of; a network
    /// that cannot edit writes another one.
    pub replaces: Option<String>,
    /// What it carries besides the text.
    pub parts: Vec<Part>,
}

impl Outgoing {
    /// Returns a message of nothing but text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
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

/// Something that a message carries besides its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A file.
    File(File),
    /// Buttons in a row.
    Buttons(Vec<Button>),
}

/// A file that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file name.
    pub name: String,
    /// The media type, such as `text/csv`.
    pub media_type: String,
    /// What is in it.
    pub content: Arc<[u8]>,
}

/// A button. Pressing it says its value to the robot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// The sentence that it says.
    pub value: String,
    /// How it looks.
    pub style: Style,
}

impl Button {
    /// Returns a button that looks like any other.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), style: Style::Plain }
    }
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Like any other.
    #[default]
    Plain,
    /// The one that most people want.
    Primary,
    /// It does something that cannot be undone.
    Danger,
}

/// What a network says about a message that it took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// The network's id of the message, where it tells: what [`Outgoing::replaces`] names, and what
    /// a thread begins with.
    pub message_id: Option<String>,
}
