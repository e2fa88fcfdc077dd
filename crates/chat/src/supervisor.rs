//! What the task of every network does besides its protocol: it takes requests at any time, keeps
//! the queue and the health, waits between attempts to connect, and ends when it is told to.
//!
//! A network's task is a loop around it:
//!
//! ```text
//! loop {
//!     let ended = connect and serve, until the connection ends;
//!     if !supervisor.rest(ended).await { break }
//! }
//! ```
//!
//! On a connection the task waits for [`Supervisor::receive`] beside everything else that it waits
//! for, writes what the queue gives it, and ends the connection when [`Supervisor::is_over`] says so.

use parking_lot::{Mutex, MutexGuard};
use std::{pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use tracing::warn;

use crate::{
    Event, Health, Room, SendError,
    backoff::Backoff,
    mailbox::{Answer, Command, Mailbox, Received},
    queue::{Item, Queue, answer},
};

/// How long messages that are being written may take when the network is stopped.
const STOP_GRACE: Duration = Duration::from_secs(3);
/// A connection that lasted so long was a good one: the waits begin anew.
const STABLE: Duration = Duration::from_secs(30);

/// Returns a name of a room that all its spellings share; `None` when no such room can exist.
pub(crate) type KeyOf = fn(&Room) -> Option<String>;

/// The end of a connection.
pub(crate) struct Ended {
    /// Why it ended.
    pub(crate) reason: String,
    /// How long it went well.
    pub(crate) lasted: Duration,
}

/// What the tasks of all networks share. `P` is what the network writes at once.
pub(crate) struct Supervisor<P> {
    name: Arc<str>,
    mailbox: Mailbox,
    health: Arc<Mutex<Health>>,
    backoff: Backoff,
    key_of: KeyOf,
    /// The messages that are to be written.
    pub(crate) queue: Queue<P>,
    /// Set when it is to stop: until then what is begun may end.
    stop_at: Option<Instant>,
}

impl<P> Supervisor<P> {
    pub(crate) fn new(
        name: Arc<str>,
        mailbox: Mailbox,
        health: Arc<Mutex<Health>>,
        backoff: Backoff,
        key_of: KeyOf,
    ) -> Self {
        let (queue, stop_at) = (Queue::default(), None);
        Self { name, mailbox, health, backoff, key_of, queue, stop_at }
    }

    /// Waits for one request and carries it out; it can be dropped meanwhile. What a sender
    /// answers whose turn it is, is for the connection to carry out, if there is one.
    pub(crate) async fn receive(&mut self) -> Option<Answer> {
        match self.mailbox.receive().await {
            Received::Command(Some(Command::Write(item))) => self.accept(item),
            Received::Command(Some(Command::Stop) | None) => {
                self.queue.close();
                self.stop_at.get_or_insert(Instant::now() + STOP_GRACE);
            }
            Received::Answer(answer) => return Some(answer),
            Received::Delivered => {}
        }
        None
    }

    /// Takes requests while `work` goes on; `None` when the network is to stop.
    pub(crate) async fn until<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        while !self.is_stopping() {
            tokio::select! {
                done = &mut work => return Some(done),
                // Without a connection nobody was asked.
                _ = self.receive() => {}
            }
        }
        None
    }

    /// Waits before the next attempt. Returns whether there is one.
    pub(crate) async fn rest(&mut self, ended: Ended) -> bool {
        self.queue.lose();
        if !self.is_stopping() {
            if ended.lasted >= STABLE {
                self.backoff.reset();
            }
            self.wait(ended.reason).await;
        }
        if self.is_stopping() {
            self.queue.close();
            self.set_health(false, Some("stopped".to_owned()));
        }
        !self.is_stopping()
    }

    /// Returns when a connection that is to stop must end at the latest.
    pub(crate) fn stop_at(&self) -> Option<Instant> {
        self.stop_at
    }

    /// Returns whether the network is to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop_at.is_some()
    }

    /// Returns whether the connection is to end now: the network is to stop, and nothing is begun,
    /// neither in the queue nor on the connection, or it takes too long.
    pub(crate) fn is_over(&self, now: Instant, is_settled: bool) -> bool {
        self.stop_at.is_some_and(|at| at <= now || self.queue.is_settled() && is_settled)
    }

    /// Tells what happened.
    pub(crate) fn emit(&mut self, event: Event) {
        self.mailbox.emit(event);
    }

    /// Returns whether nothing more should be read from the network for now.
    pub(crate) fn is_full(&self) -> bool {
        self.mailbox.is_full()
    }

    /// Notes that the network is up, and what is wrong all the same.
    pub(crate) fn set_up(&self, reason: Option<String>) {
        self.set_health(true, reason);
    }

    /// Notes that the network said something.
    pub(crate) fn note_heard(&self, now: Instant) {
        self.health().last_heard = Some(now.into_std());
    }

    fn accept(&mut self, item: Item) {
        if self.is_stopping() {
            return answer(item.done, Err(SendError::Closed));
        }
        match (self.key_of)(&item.room) {
            Some(key) => self.queue.push(key, item),
            None => {
                warn!(chat.network = %self.name, "A message went to no room that can exist");
                answer(item.done, Err(SendError::Refused));
            }
        }
    }

    async fn wait(&mut self, reason: String) {
        let retry_in = self.backoff.fail();
        let name = &self.name;
        warn!(chat.network = %name, "Chat network `{name}` is down: {reason}; next try in {retry_in:?}");
        self.set_health(false, Some(reason.clone()));
        self.emit(Event::Down { reason, retry_in });
        let _elapsed = self.until(sleep_until(Instant::now() + retry_in)).await;
    }

    fn set_health(&self, up: bool, reason: Option<String>) {
        let mut health = self.health();
        if health.up != up {
            health.since = std::time::Instant::now();
        }
        health.up = up;
        health.reason = reason;
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock()
    }
}
