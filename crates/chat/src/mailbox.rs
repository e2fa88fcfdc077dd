//! The task's end of a network: requests come in, events go out.
//!
//! Events wait here while their reader is slow. When many wait, the task reads no more from the
//! server, which slows the network down and loses nothing; only while messages are under way must
//! it read on, and then the newest events are dropped in the end.

use std::collections::VecDeque;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tracing::warn;

use crate::{Event, queue::Item};

/// How many events may wait before nothing more should be read.
const EVENTS_MAX: usize = 256;
/// How many messages may wait at all, and twice as many other events.
const EVENTS_HELD_MAX: usize = 4096;

/// What a handle asks for.
pub(crate) enum Command {
    /// Write this message.
    Write(Item),
    /// Say goodbye.
    Stop,
}

/// What a sender says whose turn it is.
pub(crate) struct Answer {
    pub(crate) number: u64,
    pub(crate) granted: bool,
}

/// Something that was received.
pub(crate) enum Received {
    /// A handle asks for something; `None` when the last one is gone.
    Command(Option<Command>),
    /// A sender whose turn it is decided.
    Answer(Answer),
    /// An event was handed over.
    Delivered,
}

/// The channels of a network's task.
pub(crate) struct Mailbox {
    events: mpsc::Sender<Event>,
    commands: UnboundedReceiver<Command>,
    answers: UnboundedReceiver<Answer>,
    /// Events that their reader has no room for yet.
    pending: VecDeque<Event>,
    /// Whether nobody reads events.
    is_unread: bool,
    /// Whether nobody has a handle.
    is_released: bool,
}

impl Mailbox {
    /// Returns a mailbox of these channels.
    pub(crate) fn new(
        events: mpsc::Sender<Event>,
        commands: UnboundedReceiver<Command>,
        answers: UnboundedReceiver<Answer>,
    ) -> Self {
        let pending = VecDeque::new();
        Self { events, commands, answers, pending, is_unread: false, is_released: false }
    }

    /// Waits for something, and can be dropped meanwhile without losing anything.
    pub(crate) async fn receive(&mut self) -> Received {
        tokio::select! {
            command = self.commands.recv(), if !self.is_released => {
                self.is_released = command.is_none();
                Received::Command(command)
            }
            Some(answer) = self.answers.recv() => Received::Answer(answer),
            permit = self.events.reserve(), if !self.pending.is_empty() && !self.is_unread => {
                match (permit, self.pending.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    (Ok(_), None) => {}
                    (Err(_), _) => {
                        self.is_unread = true;
                        self.pending.clear();
                    }
                }
                Received::Delivered
            }
            else => std::future::pending().await,
        }
    }

    /// Hands an event over as soon as its reader has room.
    pub(crate) fn emit(&mut self, event: Event) {
        let held_max = match event {
            Event::Message(_) | Event::Pressed(_) => EVENTS_HELD_MAX,
            Event::Up
            | Event::Down { .. }
            | Event::Joined(_)
            | Event::JoinFailed { .. }
            | Event::Nick(_) => 2 * EVENTS_HELD_MAX,
        };
        if self.pending.len() == held_max {
            warn!("Chat events are dropped: nobody reads them");
        }
        if !self.is_unread && self.pending.len() < held_max {
            self.pending.push_back(event);
        }
    }

    /// Returns whether nothing more should be read for now.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() >= EVENTS_MAX
    }
}
