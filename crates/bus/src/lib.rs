//! Wake-ups and the live event stream, in the process.
//!
//! Nothing that the store does not have travels here: a reader that was too slow, or away, finds
//! everything that matters in the records.

use std::sync::Arc;

use model::Event;
use tokio::sync::broadcast;

/// How many events a slow reader may be behind before it misses some.
const BEHIND_MAX: usize = 16 * 1024;

/// The stream of events of one process.
#[derive(Debug, Clone)]
pub struct Bus {
    events: broadcast::Sender<Arc<Event>>,
}

/// A reader of the stream.
#[derive(Debug)]
pub struct Reader {
    events: broadcast::Receiver<Arc<Event>>,
}

/// What a reader finds next.
#[derive(Debug, Clone)]
pub enum Next {
    /// An event.
    Event(Arc<Event>),
    /// So many events were missed, because the reader was too slow.
    Missed(u64),
    /// Nothing more: Squall is stopping.
    End,
}

impl Bus {
    /// Returns a stream without readers.
    pub fn new() -> Self {
        Self { events: broadcast::Sender::new(BEHIND_MAX) }
    }

    /// Gives an event to everybody who reads; tells whether anybody does.
    pub fn publish(&self, event: Event) -> bool {
        self.events.receiver_count() > 0 && self.events.send(Arc::new(event)).is_ok()
    }

    /// Tells whether anybody reads.
    pub fn is_read(&self) -> bool {
        self.events.receiver_count() > 0
    }

    /// Returns a reader of what comes from now on.
    pub fn read(&self) -> Reader {
        Reader { events: self.events.subscribe() }
    }
}

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Waits for what comes next.
    pub async fn next(&mut self) -> Next {
        match self.events.recv().await {
            Ok(event) => Next::Event(event),
            Err(broadcast::error::RecvError::Lagged(count)) => Next::Missed(count),
            Err(broadcast::error::RecvError::Closed) => Next::End,
        }
    }
}
