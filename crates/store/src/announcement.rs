//! Announcements: the messages of each route, in order, and whether they were read.
//!
//! An announcement is written in the transaction of the change that it announces. It is heard once it
//! was handed to a reader of the stream or to the robot. Unheard ones are handed to the next reader of
//! their route, so that a bot that was disconnected misses nothing.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use model::{Announcement, Id, Timestamp};
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{Error, Store, Transaction, write::Value};

/// An announcement with its sequence number.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// The sequence number.
    pub sequence: i64,
    /// The execution that made it.
    pub execution: Option<Id>,
    /// The announcement.
    pub announcement: Arc<Announcement>,
}

impl Transaction {
    /// Adds an announcement; its sequence number is in the receipt.
    pub fn insert_announcement(
        &mut self,
        execution: Id,
        announcement: &Announcement,
        at: Timestamp,
    ) {
        self.then(
            "INSERT INTO announcements (sequence, execution_id, route, at_us, is_heard, body) \
             VALUES ($1, $2, $3, $4, 0, $5)",
            vec![
                Value::Sequence,
                Value::Text(execution.to_string()),
                Value::Text(announcement.route.clone()),
                Value::Integer(at.micros()),
                Value::Text(serde_json::to_string(announcement).unwrap_or_default()),
            ],
        );
    }

    /// Records that an announcement was handed to a reader.
    pub fn note_heard(&mut self, sequence: i64) {
        self.then(
            "UPDATE announcements SET is_heard = 1 WHERE sequence = $1",
            vec![Value::Integer(sequence)],
        );
    }
}

impl Store {
    /// Returns the last sequence number; 0 when there is no announcement.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn last_sequence(&self) -> BoxFuture<'_, Result<i64, Error>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT COALESCE(MAX(sequence), 0) FROM announcements");
            Ok(query.fetch_one(self.readers()).await?.try_get(0)?)
        })
    }

    /// Returns the announcements after a sequence number, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn announcements_after(
        &self,
        sequence: i64,
        limit: i64,
    ) -> BoxFuture<'_, Result<Vec<Numbered>, Error>> {
        Box::pin(async move {
            let query = sqlx::query(
                "SELECT sequence, execution_id, body FROM announcements WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            );
            let rows = query.bind(sequence).bind(limit).fetch_all(self.readers()).await?;
            rows.iter().map(read).collect()
        })
    }

    /// Returns the unheard announcements since a moment, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn unheard_announcements(
        &self,
        since: Timestamp,
        limit: i64,
    ) -> BoxFuture<'_, Result<Vec<Numbered>, Error>> {
        Box::pin(async move {
            let query = sqlx::query(
                "SELECT sequence, execution_id, body FROM announcements WHERE is_heard = 0 AND at_us >= $1 \
             ORDER BY sequence LIMIT $2",
            );
            let rows = query.bind(since.micros()).bind(limit).fetch_all(self.readers()).await?;
            rows.iter().map(read).collect()
        })
    }
}

pub(crate) async fn next_sequence(connection: &mut AnyConnection) -> Result<i64, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(sequence), 0) + 1 FROM announcements")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

fn read(row: &AnyRow) -> Result<Numbered, Error> {
    let sequence: i64 = row.try_get(0)?;
    let execution: String = row.try_get(1)?;
    let body: String = row.try_get(2)?;
    let unreadable =
        |source| Error::Record { table: "announcements", id: sequence.to_string(), source };
    let announcement = Arc::new(serde_json::from_str(&body).map_err(unreadable)?);
    Ok(Numbered { sequence, execution: execution.parse().ok(), announcement })
}
