//! What the rest of the program holds of a network.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, UnboundedSender},
    oneshot,
};

use crate::{
    Event, Health, Rich, Room, SendError,
    irc::{
        Config, carrier,
        ears::{Answer, Command},
        outgoing::Item,
    },
};

/// How many messages may wait at once; the senders of further ones wait before the queue.
const WAITING_MAX: usize = 1024;
/// How many of them may be for one room.
const WAITING_IN_ROOM_MAX: usize = 64;

/// A network that was started. Dropping all its handles stops it.
#[derive(Clone)]
pub struct Handle {
    name: Arc<str>,
    health: Arc<Mutex<Health>>,
    commands: UnboundedSender<Command>,
    answers: UnboundedSender<Answer>,
    places: Arc<Places>,
}

/// Connects to a network and stays there until the handle is stopped.
///
/// Must be called within a tokio runtime. Nothing more is read from the server while `events` is
/// full.
pub fn start(config: Config, events: mpsc::Sender<Event>) -> Handle {
    let (commands, orders) = mpsc::unbounded_channel();
    let (answers, answered) = mpsc::unbounded_channel();
    let reason = Some("connecting".to_owned());
    let (since, last_heard) = (Instant::now(), None);
    let health = Arc::new(Mutex::new(Health { up: false, reason, since, last_heard }));
    let handle = Handle {
        name: config.name.as_str().into(),
        health: Arc::clone(&health),
        commands,
        answers,
        places: Arc::new(Places::new()),
    };
    tokio::spawn(carrier::run(Arc::new(config), events, orders, answered, health));
    handle
}

impl Handle {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn send(
        &self,
        room: &Room,
        rich: &Rich,
        before_write: impl Future<Output = bool>,
    ) -> Result<(), SendError> {
        let _place = self.places.take(room).await;
        let (turn, my_turn) = oneshot::channel();
        let (done, ended) = oneshot::channel();
        let item = Item { room: room.clone(), rich: rich.clone(), turn, done };
        self.commands.send(Command::Write(item)).map_err(|_| SendError::Closed)?;
        let Ok(number) = my_turn.await else {
            // It never comes; why may have been said.
            return ended.await.unwrap_or(Err(SendError::Closed));
        };
        let mut leave = Leave { number, granted: false, answers: &self.answers };
        leave.granted = before_write.await;
        let granted = leave.granted;
        drop(leave);
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

/// Answers the carrier in any case, even when the sender is dropped before it decided.
struct Leave<'a> {
    number: u64,
    granted: bool,
    answers: &'a UnboundedSender<Answer>,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let answer = Answer { number: self.number, granted: self.granted };
        // A carrier that is gone has told the sender already.
        drop(self.answers.send(answer));
    }
}

/// Places in the queue: bounded for all, and for each room, so that none takes them all.
struct Places {
    all: Arc<Semaphore>,
    rooms: Mutex<HashMap<Room, Arc<Semaphore>>>,
}

struct Place<'a> {
    places: &'a Places,
    room: Room,
    held: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Places {
    fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(WAITING_MAX)), rooms: Mutex::default() }
    }

    async fn take(&self, room: &Room) -> Place<'_> {
        let lane = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = rooms
                .entry(room.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(WAITING_IN_ROOM_MAX)));
            Arc::clone(lane)
        };
        let mut place = Place { places: self, room: room.clone(), held: None };
        let in_room = lane.acquire_owned().await;
        let in_all = Arc::clone(&self.all).acquire_owned().await;
        // The semaphores are never closed.
        place.held = in_room.ok().zip(in_all.ok());
        place
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut rooms = self.places.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's own reference is the only one left: nobody waits or is being written.
        if rooms.get(&self.room).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            rooms.remove(&self.room);
        }
    }
}
