//! Deliveries: what the robot owes to a room, each once.
//!
//! States: `waiting` → `writing` → `sent`. A delivery is marked `writing`, durably, immediately
//! before its first byte goes out, and `sent` when the network has confirmed it. After a crash a
//! delivery that was being written counts as sent: the bytes were with the operating system, and a
//! room that hears an answer twice is as wrong as one that hears none.

use model::{Object, Timestamp};
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// Something that the robot owes to a room.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// What it is for; there is one delivery of a key.
    pub key: String,
    /// The adapter.
    pub adapter: String,
    /// Where and what.
    pub body: Object,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its network.
    Waiting,
    /// It is being written.
    Writing,
    /// It is out.
    Sent,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Writing => "writing",
            Self::Sent => "sent",
        }
    }
}

impl Transaction {
    /// Adds a delivery, unless there is one of its key.
    pub fn insert_delivery(&mut self, delivery: &Delivery, at: Timestamp) {
        self.then(
            "INSERT INTO deliveries (key, adapter, state, at_us, body) VALUES ($1, $2, 'waiting', $3, $4) \
             ON CONFLICT DO NOTHING",
            vec![
                Value::Text(delivery.key.clone()),
                Value::Text(delivery.adapter.clone()),
                Value::Integer(at.micros()),
                Value::Text(serde_json::to_string(&delivery.body).unwrap_or_default()),
            ],
        );
    }

    /// Marks a waiting delivery as being written; a conflict when it does not wait.
    pub fn claim_delivery(&mut self, key: &str) {
        self.guard(
            "UPDATE deliveries SET state = 'writing' WHERE key = $1 AND state = 'waiting'",
            vec![Value::Text(key.to_owned())],
        );
    }

    /// Changes where a delivery stands.
    pub fn mark_delivery(&mut self, key: &str, state: State) {
        self.then(
            "UPDATE deliveries SET state = $1 WHERE key = $2 AND state <> 'sent'",
            vec![Value::Text(state.as_str().to_owned()), Value::Text(key.to_owned())],
        );
    }

    /// Settles what was being written when the process ended.
    pub fn settle_deliveries(&mut self) {
        self.then("UPDATE deliveries SET state = 'sent' WHERE state = 'writing'", Vec::new());
    }
}

impl Store {
    /// Returns what waits for an adapter, oldest first.
    ///
    /// # Errors
    /// Fails when the database refuses.
    pub async fn waiting_deliveries(
        &self,
        adapter: &str,
        limit: i64,
    ) -> Result<Vec<Delivery>, Error> {
        let query = sqlx::query(
            "SELECT key, body FROM deliveries WHERE adapter = $1 AND state = 'waiting' ORDER BY at_us, key LIMIT $2",
        );
        let rows = query.bind(adapter.to_owned()).bind(limit).fetch_all(self.readers()).await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in rows {
            let key: String = row.try_get(0)?;
            let body: String = row.try_get(1)?;
            let unreadable =
                |source| Error::Record { table: "deliveries", id: key.clone(), source };
            let body = serde_json::from_str(&body).map_err(unreadable)?;
            deliveries.push(Delivery { key, adapter: adapter.to_owned(), body });
        }
        Ok(deliveries)
    }
}
