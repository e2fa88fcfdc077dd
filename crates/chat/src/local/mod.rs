//! A network inside the process, for tests and for programs that hold a whole Squall.
//!
//! The [`Server`] has the rooms and what people see in them; the robot is on it as on any network,
//! by the same queue, supervisor and renderer. What the network can show is chosen, and it can be
//! cut off, refuse a room, or lose a connection while a message is written.

mod server;
mod task;

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    Abilities, Event, Handle, Room,
    backoff::Backoff,
    handle::{self, Setup},
};

pub use server::{Author, Post, Server};

/// A robot on a local network.
pub struct Config {
    /// What we call the network.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The robot's account.
    pub account: String,
    /// What addresses the robot when a message begins with it; empty for nothing.
    pub prefix: String,
    /// The channels to be in.
    pub channels: Vec<String>,
    /// What the network can show.
    pub abilities: Abilities,
    /// How many messages may be written at once.
    pub burst: u32,
    /// After which time each further message may be written.
    pub interval: Duration,
    /// The wait after the first failure.
    pub backoff_min: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// Entropy, different for each start of the program.
    pub seed: u64,
}

impl Config {
    /// Returns a robot called `squall` that waits for nothing, on a network that can show
    /// everything.
    pub fn new(server: Server) -> Self {
        Self {
            name: "local".to_owned(),
            server,
            account: "squall".to_owned(),
            prefix: "!".to_owned(),
            channels: Vec::new(),
            abilities: Abilities::ALL,
            burst: 1,
            interval: Duration::ZERO,
            backoff_min: Duration::from_millis(1),
            backoff_max: Duration::from_millis(100),
            seed: 0,
        }
    }
}

/// Puts the robot on the network until the handle is stopped.
///
/// Must be called within a tokio runtime.
pub fn start(config: Config, events: mpsc::Sender<Event>) -> Handle {
    let setup = Setup {
        name: config.name.clone(),
        abilities: config.abilities,
        backoff: Backoff::new(config.backoff_min, config.backoff_max, config.seed),
        key_of,
    };
    let (handle, supervisor) = handle::open(setup, events);
    tokio::spawn(task::run(Arc::new(config), supervisor));
    handle
}

fn key_of(room: &Room) -> Option<String> {
    let key = match room {
        Room::Channel(name) => format!("channel {name}"),
        Room::Private(account) => format!("private {account}"),
    };
    (!room.name().is_empty()).then_some(key)
}
