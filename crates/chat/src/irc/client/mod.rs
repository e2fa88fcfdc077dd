//! The client: a task of its own keeps the connection ([`task`]). It asks a [`session::Session`]
//! what to say, writes messages as fast as flood control lets it, notices a server that no longer
//! answers, and connects again by itself.

#[cfg(fuzzing)]
pub mod fuzzing;
mod link;
mod message;
mod session;
mod task;
mod text;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    Event, Handle, Room,
    backoff::Backoff,
    handle::{self, Setup},
    irc::Config,
};
use message::LINE_BYTES_MAX;
use session::Session;

/// Connects to a network and stays there until the handle is stopped.
///
/// Must be called within a tokio runtime. Nothing more is read from the server while `events` is
/// full.
pub fn start(config: Config, events: mpsc::Sender<Event>) -> Handle {
    let setup = Setup {
        name: config.name.clone(),
        // In a room there is less: the line has its name in it.
        abilities: task::abilities(config.lines_max, LINE_BYTES_MAX),
        backoff: Backoff::new(config.backoff_min, config.backoff_max, config.seed),
        key_of,
    };
    let (handle, supervisor) = handle::open(setup, events);
    tokio::spawn(task::run(Arc::new(config), supervisor));
    handle
}

fn key_of(room: &Room) -> Option<String> {
    Session::privmsg(room, "").ok().map(|_| session::key(room))
}
