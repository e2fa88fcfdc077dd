//! Announcements: to the readers of the stream, and as deliveries through outlets.

use std::sync::Arc;

use model::{Announcement, Event, Execution, Object, event};
use serde_json::{Value, json};
use store::{Transaction, announcement::Numbered, delivery::Delivery};

use crate::{Commit, Executions, Outlet};

/// How long an unread announcement is kept for a reader, in milliseconds.
const UNHEARD_MS: i64 = 60 * 60 * 1_000;
/// How many announcements are read at once.
const MISSED_MAX: i64 = 1_000;

impl Executions {
    /// Adds an announcement to a commit, with its deliveries.
    pub fn announce_into(
        &self,
        commit: &mut Commit,
        execution: &Execution,
        announcement: &Announcement,
    ) {
        commit.add_announcement(execution, announcement, self.now());
        for outlet in self.inner.outlets.of(announcement) {
            self.deliver_into(
                commit,
                execution,
                (&outlet, &announcement.route),
                &announcement.payload,
            );
        }
    }

    /// Adds the delivery of a payload through an outlet to a commit. There is one delivery for each
    /// execution, route and outlet.
    pub fn deliver_into(
        &self,
        commit: &mut Commit,
        execution: &Execution,
        (outlet, way): (&Outlet, &str),
        payload: &Object,
    ) {
        let key = format!("{}:{way}:{}", execution.id, outlet.name);
        let body = Object::from_iter([
            ("payload".to_owned(), Value::Object(payload.clone())),
            ("execution".to_owned(), json!(execution.id)),
        ]);
        let mut rows = Transaction::new();
        rows.insert_delivery(&Delivery { key, adapter: outlet.name.clone(), body }, self.now());
        commit.add_rows(rows);
        commit.add_bell(Arc::clone(&outlet.bell));
    }

    /// Publishes announcements that are durable now.
    pub(crate) fn announce(&self, announcements: &[Announcement], sequences: &[i64]) {
        for (announcement, sequence) in announcements.iter().zip(sequences) {
            metrics::counter!(crate::metrics::ANNOUNCEMENTS).increment(1);
            let announcement = Arc::new(announcement.clone());
            self.bus().publish(Event::new(event::Kind::Announcement {
                sequence: *sequence,
                announcement,
            }));
        }
    }

    /// Records in the background that a reader got an announcement.
    pub fn note_heard(&self, sequence: i64) {
        let executions = self.clone();
        self.spawn(async move {
            let mut transaction = Transaction::new();
            transaction.note_heard(sequence);
            // If this is lost, the next reader gets the announcement again.
            let _noted = executions.store().write(transaction).await;
        });
    }

    /// Returns announcements after a place, in their order, some at once.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn announcements_after(&self, sequence: i64) -> Result<Vec<Numbered>, store::Error> {
        self.store().announcements_after(sequence, MISSED_MAX).await
    }

    /// Returns the sequence of the last announcement; 0 when there is none.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn last_announcement(&self) -> Result<i64, store::Error> {
        self.store().last_sequence().await
    }

    /// Returns the latest announcements that nobody has heard.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub async fn unheard_announcements(&self) -> Result<Vec<Numbered>, store::Error> {
        let since = self.now().plus_ms(-UNHEARD_MS);
        self.store().unheard_announcements(since, MISSED_MAX).await
    }
}
