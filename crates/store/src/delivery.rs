//! Deliveries: messages to chat rooms, each sent once.
//!
//! States: `waiting` → `writing` → `sent`. A delivery is marked `writing`, durably, immediately
//! before its first byte is written, and `sent` when the network has confirmed it. After a crash a
//! delivery in `writing` counts as sent, since its bytes may have reached the network, and a message
//! must not appear twice.

use futures_util::future::BoxFuture;
use model::{Object, Timestamp};
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// A message to a chat room.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The key; there is one delivery for each.
    pub key: String,
    /// The adapter.
    pub adapter: String,
    /// The room and the message.
    pub body: Object,
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its adapter.
    Waiting,
    /// It is being written.
    Writing,
    /// It was sent.
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
    /// Adds a delivery, unless there is one with its key.
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

    /// Marks a waiting delivery as being written; a conflict when it is not waiting.
    pub fn claim_delivery(&mut self, key: &str) {
        self.guard(
            "UPDATE deliveries SET state = 'writing' WHERE key = $1 AND state = 'waiting'",
            vec![Value::Text(key.to_owned())],
        );
    }

    /// Changes the state of a delivery that was not sent.
    pub fn mark_delivery(&mut self, key: &str, state: State) {
        self.then(
            "UPDATE deliveries SET state = $1 WHERE key = $2 AND state <> 'sent'",
            vec![Value::Text(state.as_str().to_owned()), Value::Text(key.to_owned())],
        );
    }

    /// Marks the deliveries as sent that were being written when an earlier process ended.
    pub fn settle_deliveries(&mut self) {
        self.then("UPDATE deliveries SET state = 'sent' WHERE state = 'writing'", Vec::new());
    }
}

impl Store {
    /// Returns the waiting deliveries of an adapter, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn waiting_deliveries<'a>(
        &'a self,
        adapter: &'a str,
        limit: i64,
    ) -> BoxFuture<'a, Result<Vec<Delivery>, Error>> {
        Box::pin(async move {
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
        })
    }
}
