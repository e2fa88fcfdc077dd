//! The listener: a bot that reads announcements from the stream through every crash, going on
//! after the last one that it knows.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use client::{Client, Filter};
use futures_util::StreamExt as _;
use model::Id;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::content::MARK;

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// How often each execution was announced.
    pub(super) announced: HashMap<Id, u32>,
    /// Places on the stream that came more than once.
    pub(super) twice: Vec<String>,
    places: HashSet<String>,
}

/// A reader of the stream.
#[derive(Debug)]
pub(super) struct Listener {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen.
    pub(super) fn start(client: &Client) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let mut filter = Filter::events(&["st2.announcement__*"]);
        filter.last_event_id = Some("0".to_owned());
        let mut events = Box::pin(client.stream_forever(filter));
        let noted = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Some(item) = events.next().await {
                // A connection that broke is opened again.
                let Ok(event) = item else { continue };
                note(&mut noted.lock(), &event.data, event.id);
            }
        });
        Self { heard, task }
    }

    /// Looks at what was heard so far.
    pub(super) fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn note(heard: &mut Heard, data: &str, place: Option<String>) {
    let place = place.unwrap_or_default();
    if !heard.places.insert(place.clone()) {
        heard.twice.push(place);
    }
    let after = data.split(MARK).nth(1).and_then(|rest| rest.get(..24));
    if let Some(id) = after.and_then(|text| text.parse().ok()) {
        *heard.announced.entry(id).or_default() += 1;
    }
}
