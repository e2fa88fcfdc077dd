//! Announcements go out: to the readers of the stream, and to rooms that the robot is in.

use std::sync::{Arc, PoisonError, RwLock};

use model::{Announcement, Event, Execution, Object, event};
use serde_json::{Value, json};
use store::{Transaction, announcement::Placed, delivery::Delivery};
use tokio::sync::Notify;

use crate::{commit::Commit, engine::Engine};

/// How long an announcement that nobody heard waits for a reader, in milliseconds.
const UNHEARD_MS: i64 = 60 * 60 * 1_000;
/// How many announcements are read at once.
const MISSED_MAX: i64 = 1_000;

/// The chat adapters of this process.
#[derive(Debug, Default)]
pub struct Adapters {
    all: RwLock<Vec<Arc<Adapter>>>,
}

/// What the engine knows of a chat adapter.
pub struct Adapter {
    /// The name.
    pub name: String,
    /// The channels that it is in.
    pub channels: Vec<String>,
    /// Rings when something is to be delivered.
    pub bell: Arc<Notify>,
    /// The network.
    pub network: chat::Adapter,
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapter").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Adapters {
    /// Adds an adapter.
    pub fn add(&self, adapter: Arc<Adapter>) {
        self.all.write().unwrap_or_else(PoisonError::into_inner).push(adapter);
    }

    /// Returns how each network is.
    pub fn health(&self) -> Vec<(String, chat::Health)> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|adapter| (adapter.name.clone(), adapter.network.health())).collect()
    }

    fn find(&self, name: &str) -> Option<Arc<Adapter>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|adapter| adapter.name == name).cloned()
    }

    pub(crate) fn in_channel(&self, channel: &str) -> Vec<Arc<Adapter>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let is_in = |adapter: &&Arc<Adapter>| adapter.channels.iter().any(|one| one == channel);
        all.iter().filter(is_in).cloned().collect()
    }
}

impl Engine {
    /// Returns the chat adapters.
    pub fn adapters(&self) -> &Adapters {
        &self.adapters
    }

    /// Adds an announcement to a commit, with its deliveries to rooms that the robot is in.
    pub(crate) fn announce_into(
        &self,
        commit: &mut Commit,
        execution: &Execution,
        announcement: &Announcement,
    ) {
        commit.add_announcement(execution, announcement, self.now());
        for adapter in self.adapters_for(announcement) {
            self.deliver_into(
                commit,
                execution,
                (&adapter, &announcement.route),
                &announcement.payload,
            );
        }
    }

    /// Adds the delivery of a payload through an adapter to a commit. There is one delivery for
    /// each execution, way and adapter.
    pub(crate) fn deliver_into(
        &self,
        commit: &mut Commit,
        execution: &Execution,
        (adapter, way): (&Adapter, &str),
        payload: &Object,
    ) {
        let key = format!("{}:{way}:{}", execution.id, adapter.name);
        let body = Object::from_iter([
            ("payload".to_owned(), Value::Object(payload.clone())),
            ("execution".to_owned(), json!(execution.id)),
        ]);
        let mut rows = Transaction::new();
        rows.insert_delivery(&Delivery { key, adapter: adapter.name.clone(), body }, self.now());
        commit.add_rows(rows);
        commit.add_bell(Arc::clone(&adapter.bell));
    }

    fn adapters_for(&self, announcement: &Announcement) -> Vec<Arc<Adapter>> {
        if announcement.route != "chatops" {
            return Vec::new();
        }
        let context = announcement.payload.get("context").filter(|context| context.is_object());
        if let Some(context) = context {
            let name =
                context.get("squall").and_then(|own| own.get("adapter")).and_then(Value::as_str);
            return name.and_then(|name| self.adapters.find(name)).into_iter().collect();
        }
        let channel = announcement.payload.get("channel").and_then(Value::as_str);
        channel.map(|channel| self.adapters.in_channel(channel)).unwrap_or_default()
    }

    /// Publishes announcements that are durable now.
    pub(crate) fn announce(&self, announcements: &[Announcement], sequences: &[i64]) {
        for (announcement, sequence) in announcements.iter().zip(sequences) {
            metrics::counter!(crate::metrics::ANNOUNCEMENTS).increment(1);
            let announcement = Arc::new(announcement.clone());
            self.bus.publish(Event::new(event::Kind::Announcement {
                sequence: *sequence,
                announcement,
            }));
        }
    }

    /// Notes, without haste, that somebody was given an announcement.
    pub fn note_heard(&self, sequence: i64) {
        let engine = self.clone();
        self.tasks.spawn(async move {
            let mut transaction = Transaction::new();
            transaction.note_heard(sequence);
            // When this is lost, the next reader hears it once more.
            let _noted = engine.store.write(transaction).await;
        });
    }

    /// Returns announcements after a place, in their order, some at once.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn announcements_after(&self, sequence: i64) -> Result<Vec<Placed>, store::Error> {
        self.store.announcements_after(sequence, MISSED_MAX).await
    }

    /// Returns the latest announcements that nobody has heard.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn unheard_announcements(&self) -> Result<Vec<Placed>, store::Error> {
        let since = self.now().plus_ms(-UNHEARD_MS);
        self.store.unheard_announcements(since, MISSED_MAX).await
    }
}
