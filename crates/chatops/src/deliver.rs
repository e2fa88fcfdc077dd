//! The robot on a network: sentences come in, answers and results go out.
//!
//! A result is a delivery in the store. It is marked as being written, durably, before its first
//! byte goes out, and as sent when the network has confirmed it; what waits when the network
//! or the process goes down is sent when both are back. Answers to a sentence (acknowledgements,
//! help, questions) are said once and not kept.

use futures_util::future::BoxFuture;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chat::{Abilities, Event, Incoming, Mention, Outgoing, Part, Room, SendError};
use execution::Outlet;
use model::{Object, Principal, Timestamp, Wake, principal::Origin};
use parking_lot::Mutex;
use serde_json::{Value, json};
use store::{
    Transaction,
    delivery::{Delivery, State},
};
use tokio::sync::mpsc;

use crate::{Adapter, Chatops, Heard, Reply};

/// How often waiting deliveries are looked for without a bell, in milliseconds.
const LOOK_MS: i64 = 2_000;
/// How many deliveries are under way at once.
const UNDER_WAY_MAX: i64 = 64;
/// How many sentences are worked on at once.
const SENTENCES_MAX: usize = 64;

impl Chatops {
    /// Puts the robot on a network; `events` is what the network reports. The caller ticks the
    /// adapter's deliveries.
    pub fn attach(
        &self,
        network: chat::Adapter,
        channels: Vec<String>,
        events: mpsc::Receiver<Event>,
    ) -> Arc<Adapter> {
        let name = network.name().to_owned();
        let outlet = Arc::new(Outlet { name, channels, bell: Arc::default() });
        self.executions().add_outlet(Arc::clone(&outlet));
        let adapter = Arc::new(Adapter { outlet, network, under_way: Mutex::default() });
        self.adapters().add(Arc::clone(&adapter));
        let (chatops, listening) = (self.clone(), Arc::clone(&adapter));
        self.executions().spawn(async move { chatops.listen(&listening, events).await });
        adapter
    }

    async fn listen(&self, adapter: &Arc<Adapter>, mut events: mpsc::Receiver<Event>) {
        let places = Arc::new(tokio::sync::Semaphore::new(SENTENCES_MAX));
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = self.executions().stopping() => None,
            };
            let Some(event) = event else { break };
            let name = &adapter.outlet.name;
            match event {
                Event::Message(incoming) | Event::Pressed(incoming) if incoming.is_command() => {
                    let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
                    let (chatops, adapter) = (self.clone(), Arc::clone(adapter));
                    self.executions().spawn(async move {
                        chatops.converse(&adapter, incoming).await;
                        drop(place);
                    });
                }
                Event::Message(_) | Event::Pressed(_) => {}
                Event::Up => {
                    tracing::info!(chat.adapter = %name, "The chat adapter `{name}` is up");
                    adapter.outlet.bell.notify_one();
                }
                Event::Down { reason, retry_in } => {
                    tracing::warn!(chat.adapter = %name, %reason, retry_in_s = retry_in.as_secs(), "The chat adapter `{name}` is deaf");
                }
                Event::Joined(channel) => {
                    tracing::info!(chat.adapter = %name, %channel, "The robot is in `{channel}`");
                }
                Event::JoinFailed { channel, reason } => {
                    tracing::warn!(chat.adapter = %name, %channel, %reason, "The robot is not in `{channel}`");
                }
                Event::Nick(nick) => {
                    tracing::info!(chat.adapter = %name, %nick, "The robot is called `{nick}`");
                }
            }
        }
        adapter.network.stop().await;
    }

    async fn converse(&self, adapter: &Arc<Adapter>, incoming: Incoming) {
        let abilities = adapter.network.abilities();
        let room = incoming.room.name().to_owned();
        let sender = Mention { name: incoming.account.clone(), id: incoming.verified.clone() };
        let heard = Heard {
            adapter: adapter.outlet.name.clone(),
            is_private: matches!(incoming.room, Room::Private(_)),
            extra: extra(&incoming, &abilities),
            account: incoming.account.clone(),
            text: incoming.text,
            message_id: incoming.message_id,
            principal: Principal {
                name: self.chat_user().to_owned(),
                is_admin: false,
                origin: Origin::Chat {
                    adapter: adapter.outlet.name.clone(),
                    // A name alone can be taken by anybody, so the network's word stands in front.
                    account: incoming.verified.unwrap_or_else(|| incoming.account.clone()),
                    room: room.clone(),
                },
            },
            room,
        };
        for reply in self.hear(&heard).await {
            let mut outgoing = outgoing(&reply, &abilities);
            let to = if reply.is_private {
                Room::Private(incoming.account.clone())
            } else {
                outgoing.thread.clone_from(&incoming.thread);
                incoming.room.clone()
            };
            if matches!(to, Room::Channel(_)) {
                outgoing.mentions.push(sender.clone());
            }
            let written = adapter.network.send(&to, &outgoing, async { true }).await;
            if let Err(error) = written {
                tracing::warn!(chat.adapter = %adapter.outlet.name, %error, "An answer did not reach its room");
            }
        }
    }

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

/// Returns what results bring back with them besides the room and the account.
fn extra(incoming: &Incoming, abilities: &Abilities) -> Object {
    let mut extra = Object::new();
    if let Some(thread) = &incoming.thread {
        extra.insert("thread".to_owned(), json!(thread));
    }
    if let Some(id) = incoming.verified.as_ref().filter(|_| abilities.mentions) {
        extra.insert("account_id".to_owned(), json!(id));
    }
    if !incoming.mentions.is_empty() {
        let mention = |mention: &Mention| json!({"name": mention.name, "id": mention.id});
        extra.insert("mentions".to_owned(), incoming.mentions.iter().map(mention).collect());
    }
    if !incoming.attachments.is_empty() {
        let attachment = |one: &chat::Attachment| json!({"name": one.name, "media_type": one.media_type, "size_bytes": one.size_bytes, "url": one.url});
        let attachments = incoming.attachments.iter().map(attachment).collect();
        extra.insert("attachments".to_owned(), attachments);
    }
    extra
}

/// Returns a reply as a message; where there are no buttons, its text alone says what they do.
fn outgoing(reply: &Reply, abilities: &Abilities) -> Outgoing {
    let mut parts = Vec::new();
    if abilities.shows_buttons(reply.buttons.len()) {
        parts.push(Part::Buttons(reply.buttons.clone()));
    }
    Outgoing {
        text: reply.text.clone(),
        tone: reply.tone,
        more: reply.more.clone(),
        parts,
        ..Outgoing::default()
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
