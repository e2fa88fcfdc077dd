//! Where the carrier listens besides the connection, and how it tells what happened.
//!
//! Events wait here while their reader is slow. When many wait, the carrier reads no more from
//! the server, which slows the network down and loses nothing; only while messages are under way
//! must it read on, and then the newest events are dropped in the end.

use std::collections::VecDeque;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tracing::warn;

use crate::{Event, irc::outgoing::Item};

/// How many events may wait before nothing more should be read.
const EVENTS_MAX: usize = 256;
/// How many messages may wait at all, and twice as many other events.
const EVENTS_HELD_MAX: usize = 4096;

/// What a handle asks for.
pub(super) enum Command {
    /// Write this message.
    Write(Item),
    /// Say goodbye.
    Stop,
}

/// What a sender says whose turn it is.
pub(super) struct Answer {
    pub(super) number: u64,
    pub(super) granted: bool,
}

/// Something that was heard.
pub(super) enum Heard {
    /// A handle asks for something; `None` when the last one is gone.
    Command(Option<Command>),
    /// A sender whose turn it is decided.
    Answer(Answer),
    /// An event was handed over.
    Told,
}

/// The channels of a carrier.
pub(super) struct Ears {
    events: mpsc::Sender<Event>,
    commands: UnboundedReceiver<Command>,
    answers: UnboundedReceiver<Answer>,
    /// Events that their reader has no room for yet.
    pending: VecDeque<Event>,
    /// Whether nobody reads events.
    gone: bool,
    /// Whether nobody has a handle.
    released: bool,
}

impl Ears {
    /// Listens on these channels.
    pub(super) fn new(
        events: mpsc::Sender<Event>,
        commands: UnboundedReceiver<Command>,
        answers: UnboundedReceiver<Answer>,
    ) -> Self {
        let pending = VecDeque::new();
        Self { events, commands, answers, pending, gone: false, released: false }
    }

    /// Waits for something, and can be dropped meanwhile without losing anything.
    pub(super) async fn hear(&mut self) -> Heard {
        tokio::select! {
            command = self.commands.recv(), if !self.released => {
                self.released = command.is_none();
                Heard::Command(command)
            }
            Some(answer) = self.answers.recv() => Heard::Answer(answer),
            permit = self.events.reserve(), if !self.pending.is_empty() && !self.gone => {
                match (permit, self.pending.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    (Ok(_), None) => {}
                    (Err(_), _) => {
                        self.gone = true;
                        self.pending.clear();
                    }
                }
                Heard::Told
            }
            else => std::future::pending().await,
        }
    }

    /// Hands an event over as soon as its reader has room.
    pub(super) fn tell(&mut self, event: Event) {
        let held_max = match event {
            Event::Message(_) => EVENTS_HELD_MAX,
            Event::Up
            | Event::Down { .. }
            | Event::Joined(_)
            | Event::JoinFailed { .. }
            | Event::Nick(_) => 2 * EVENTS_HELD_MAX,
        };
        if self.pending.len() == held_max {
            warn!("Chat events are dropped: nobody reads them");
        }
        if !self.gone && self.pending.len() < held_max {
            self.pending.push_back(event);
        }
    }

    /// Returns whether nothing more should be read for now.
    pub(super) fn is_full(&self) -> bool {
        self.pending.len() >= EVENTS_MAX
    }
}
