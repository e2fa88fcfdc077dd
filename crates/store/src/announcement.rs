//! Announcements: what was said on each route, in order, and whether anybody heard it.
//!
//! An announcement is written in the transaction of what it announces. It counts as heard once a
//! reader of the stream, or the robot, has been given it; what nobody heard is given to the next
//! reader that listens to its route, so a bot that was away misses nothing.

use std::sync::Arc;

use model::{Announcement, Id, Timestamp};
use sqlx::{AnyConnection, Row as _, any::AnyRow};

use crate::{Error, Store, Transaction, write::Value};

/// An announcement with its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The place.
    pub sequence: i64,
    /// The execution that said it.
    pub execution: Option<Id>,
    /// What was said.
    pub announcement: Arc<Announcement>,
}

impl Transaction {
    /// Adds an announcement; its sequence is in the receipt.
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

    /// Notes that somebody was given an announcement.
    pub fn note_heard(&mut self, sequence: i64) {
        self.then(
            "UPDATE announcements SET is_heard = 1 WHERE sequence = $1",
            vec![Value::Integer(sequence)],
        );
    }
}

impl Store {
    /// Returns the place of the last announcement; 0 when there is none.
    ///
    /// # Errors
    /// Fails when the database refuses.
    pub async fn last_sequence(&self) -> Result<i64, Error> {
        let query = sqlx::query("SELECT COALESCE(MAX(sequence), 0) FROM announcements");
        Ok(query.fetch_one(self.readers()).await?.try_get(0)?)
    }

    /// Returns the announcements after a place, oldest first.
    ///
    /// # Errors
    /// Fails when the database refuses.
    pub async fn announcements_after(
        &self,
        sequence: i64,
        limit: i64,
    ) -> Result<Vec<Placed>, Error> {
        let query = sqlx::query(
            "SELECT sequence, execution_id, body FROM announcements WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        );
        let rows = query.bind(sequence).bind(limit).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// Returns the announcements since a moment that nobody has heard, oldest first.
    ///
    /// # Errors
    /// Fails when the database refuses.
    pub async fn unheard_announcements(
        &self,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Placed>, Error> {
        let query = sqlx::query(
            "SELECT sequence, execution_id, body FROM announcements WHERE is_heard = 0 AND at_us >= $1 \
             ORDER BY sequence LIMIT $2",
        );
        let rows = query.bind(since.micros()).bind(limit).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }
}

pub(crate) async fn next_sequence(connection: &mut AnyConnection) -> Result<i64, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(sequence), 0) + 1 FROM announcements")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

fn read(row: &AnyRow) -> Result<Placed, Error> {
    let sequence: i64 = row.try_get(0)?;
    let execution: String = row.try_get(1)?;
    let body: String = row.try_get(2)?;
    let unreadable =
        |source| Error::Record { table: "announcements", id: sequence.to_string(), source };
    let announcement = Arc::new(serde_json::from_str(&body).map_err(unreadable)?);
    Ok(Placed { sequence, execution: execution.parse().ok(), announcement })
}
