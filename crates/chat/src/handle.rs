//! What the rest of the program holds of a network.

use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc, time::Instant};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, UnboundedSender},
    oneshot,
};

use crate::{
    Abilities, Event, Health, Outgoing, Room, SendError, Sent,
    backoff::Backoff,
    mailbox::{Answer, Command, Mailbox},
    queue::Item,
    supervisor::{KeyOf, Supervisor},
};

/// How many messages may wait at once; the senders of further ones wait before the queue.
const WAITING_MAX: usize = 1024;
/// How many of them may be for one room.
const WAITING_IN_ROOM_MAX: usize = 64;

/// A network that was started. Dropping all its handles stops it.
#[derive(Clone)]
pub struct Handle {
    name: Arc<str>,
    abilities: Abilities,
    health: Arc<Mutex<Health>>,
    commands: UnboundedSender<Command>,
    answers: UnboundedSender<Answer>,
    permits: Arc<Permits>,
}

/// What is known of a network before it is connected.
pub(crate) struct Setup {
    /// What we call it.
    pub(crate) name: String,
    /// What it can show.
    pub(crate) abilities: Abilities,
    /// The waits between attempts to connect.
    pub(crate) backoff: Backoff,
    /// How its rooms are told apart.
    pub(crate) key_of: KeyOf,
}

/// Returns the two ends of a network: the handle, and what its task works with.
pub(crate) fn open<P>(setup: Setup, events: mpsc::Sender<Event>) -> (Handle, Supervisor<P>) {
    let (commands, commanded) = mpsc::unbounded_channel();
    let (answers, answered) = mpsc::unbounded_channel();
    let reason = Some("connecting".to_owned());
    let (since, last_heard) = (Instant::now(), None);
    let health = Arc::new(Mutex::new(Health { up: false, reason, since, last_heard }));
    let name: Arc<str> = setup.name.into();
    let mailbox = Mailbox::new(events, commanded, answered);
    let supervisor = Supervisor::new(
        Arc::clone(&name),
        mailbox,
        Arc::clone(&health),
        setup.backoff,
        setup.key_of,
    );
    let permits = Arc::new(Permits::new());
    let handle = Handle { name, abilities: setup.abilities, health, commands, answers, permits };
    (handle, supervisor)
}

impl Handle {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn abilities(&self) -> Abilities {
        self.abilities
    }

    pub(crate) fn health(&self) -> Health {
        self.health.lock().clone()
    }

    pub(crate) async fn send(
        &self,
        room: &Room,
        message: &Outgoing,
        before_write: impl Future<Output = bool>,
    ) -> Result<Sent, SendError> {
        let _permit = self.permits.take(room).await;
        let (turn, my_turn) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let item = Item { room: room.clone(), message: message.clone(), turn, done };
        self.commands.send(Command::Write(item)).map_err(|_| SendError::Closed)?;
        let Ok(number) = my_turn.await else {
            // It never comes; why may have been said.
            return ended.await.unwrap_or(Err(SendError::Closed));
        };
        let mut turn = Turn { number, granted: false, answers: &self.answers };
        turn.granted = before_write.await;
        let granted = turn.granted;
        drop(turn);
        match ended.await {
            Ok(result) => result,
            Err(_) if granted => Err(SendError::MaybeWritten),
            Err(_) => Err(SendError::NotWritten),
        }
    }

    pub(crate) async fn stop(&self) {
        if self.commands.send(Command::Stop).is_ok() {
            self.commands.closed().await;
        }
    }
}

/// Answers the task in any case, even when the sender is dropped before it decided.
struct Turn<'a> {
    number: u64,
    granted: bool,
    answers: &'a UnboundedSender<Answer>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let answer = Answer { number: self.number, granted: self.granted };
        // A task that has ended has told the sender already.
        drop(self.answers.send(answer));
    }
}

/// Permits in the queue: bounded for all, and for each room, so that none takes them all.
struct Permits {
    all: Arc<Semaphore>,
    rooms: Mutex<HashMap<Room, Arc<Semaphore>>>,
}

struct Permit<'a> {
    permits: &'a Permits,
    room: Room,
    held: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Permits {
    fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(WAITING_MAX)), rooms: Mutex::default() }
    }

    async fn take(&self, room: &Room) -> Permit<'_> {
        let lane = {
            let mut rooms = self.rooms.lock();
            let lane = rooms
                .entry(room.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(WAITING_IN_ROOM_MAX)));
            Arc::clone(lane)
        };
        let mut permit = Permit { permits: self, room: room.clone(), held: None };
        let in_room = lane.acquire_owned().await;
        let in_all = Arc::clone(&self.all).acquire_owned().await;
        // The semaphores are never closed.
        permit.held = in_room.ok().zip(in_all.ok());
        permit
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut rooms = self.permits.rooms.lock();
        // The map's own reference is the only one left: nobody waits or is being written.
        if rooms.get(&self.room).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            rooms.remove(&self.room);
        }
    }
}
