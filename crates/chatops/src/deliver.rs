//! Results on their way to a network.
//!
//! A result is a delivery in the store. It is marked as being written, durably, before its first
//! byte goes out, and as sent when the network has confirmed it; what waits when the network
//! or the process goes down is sent when both are back.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chat::{Mention, Outgoing, Room, SendError};
use futures_util::future::BoxFuture;
use model::{Timestamp, Wake};
use serde_json::Value;
use store::{
    Transaction,
    delivery::{Delivery, State},
};

use crate::{Adapter, Chatops};

/// How often waiting deliveries are looked for without a bell, in milliseconds.
const LOOK_MS: i64 = 2_000;
/// How many deliveries are under way at once.
const UNDER_WAY_MAX: i64 = 64;

impl Chatops {
    /// Sends what waits for a network, and returns when to look again.
    pub fn tick<'a>(&'a self, adapter: &'a Arc<Adapter>, now: Timestamp) -> BoxFuture<'a, Wake> {
        Box::pin(async move {
            if adapter.network.health().up {
                self.deliver_waiting(adapter).await;
            }
            Wake::At(now.plus_ms(LOOK_MS))
        })
    }

    async fn deliver_waiting(&self, adapter: &Arc<Adapter>) {
        let waiting = self.store().waiting_deliveries(&adapter.outlet.name, UNDER_WAY_MAX).await;
        let waiting = match waiting {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "waiting deliveries cannot be read");
                return;
            }
        };
        for delivery in waiting {
            let is_new = {
                let mut keys = adapter.under_way.lock();
                keys.len() < usize::try_from(UNDER_WAY_MAX).unwrap_or(usize::MAX)
                    && keys.insert(delivery.key.clone())
            };
            if !is_new {
                continue;
            }
            let (chatops, adapter) = (self.clone(), Arc::clone(adapter));
            self.executions().spawn(async move {
                let is_done = chatops.deliver(&adapter, &delivery).await;
                adapter.under_way.lock().remove(&delivery.key);
                // What could not be sent or written waits for the next look.
                if is_done {
                    adapter.outlet.bell.notify_one();
                }
            });
        }
    }

    /// Sends a delivery; tells whether it waits no more.
    async fn deliver(&self, adapter: &Adapter, delivery: &Delivery) -> bool {
        let (room, outgoing) = message(delivery);
        // Whoever finds it claimed already writes nothing.
        let claimed = AtomicBool::new(false);
        let claim = async {
            let mut transaction = Transaction::new();
            transaction.claim_delivery(&delivery.key);
            claimed.store(self.store().write(transaction).await.is_ok(), Ordering::Relaxed);
            claimed.load(Ordering::Relaxed)
        };
        let sending = adapter.network.send(&room, &outgoing, claim);
        let sent = tokio::select! {
            sent = sending => sent,
            () = self.executions().stopping() => return false,
        };
        match sent {
            Ok(_) => {
                self.mark(&delivery.key, State::Sent).await;
                true
            }
            Err(error @ (SendError::NotWritten | SendError::MaybeWritten))
                if claimed.load(Ordering::Relaxed) =>
            {
                tracing::warn!(chat.adapter = %adapter.outlet.name, %error, "A result did not reach its room yet");
                self.mark(&delivery.key, State::Waiting).await;
                false
            }
            Err(error @ SendError::Refused) => {
                tracing::warn!(chat.adapter = %adapter.outlet.name, %error, "A result is given up: its room does not take it");
                self.mark(&delivery.key, State::Sent).await;
                true
            }
            Err(_) => false,
        }
    }

    async fn mark(&self, key: &str, state: State) {
        let mut transaction = Transaction::new();
        transaction.mark_delivery(key, state);
        if let Err(error) = self.store().write(transaction).await {
            tracing::error!(%error, delivery = key, "where a delivery stands could not be written");
        }
    }
}

/// Returns where a delivery goes and what it says.
fn message(delivery: &Delivery) -> (Room, Outgoing) {
    let payload = delivery.body.get("payload").cloned().unwrap_or_default();
    let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = payload.pointer("/context/squall").cloned().unwrap_or_default();
    let own_text = |key: &str| own.get(key).and_then(Value::as_str).map(str::to_owned);
    let whisper = payload.get("whisper").and_then(Value::as_bool).unwrap_or(false);
    let (user, channel) = (text("user"), text("channel"));
    let is_private = whisper || own.get("is_private").and_then(Value::as_bool).unwrap_or(false);
    let mut outgoing = Outgoing {
        text: text("message").trim_matches('\n').to_owned(),
        more: payload.get("more").and_then(Value::as_str).map(str::to_owned),
        thread: own_text("thread").filter(|_| !whisper),
        ..Outgoing::default()
    };
    if outgoing.text.contains("status : failed") {
        outgoing.tone = chat::Tone::Bad;
    }
    if !is_private && !user.is_empty() {
        outgoing.mentions.push(Mention { name: user.clone(), id: own_text("account_id") });
    }
    let room = match (is_private, user.is_empty()) {
        (true, false) => Room::Private(user),
        (true, true) => Room::Private(channel),
        (false, _) => Room::Channel(channel),
    };
    (room, outgoing)
}
