//! The robot on a network: what is heard there, and what it says at once.
//!
//! Answers to a sentence (acknowledgements, help, questions) are said once and not kept; results are
//! deliveries ([`crate::deliver`]).

use std::sync::Arc;

use chat::{Abilities, Event, Incoming, Mention, Outgoing, Part, Room};
use execution::Outlet;
use model::{Object, Principal, principal::Origin};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    Adapter, Chatops,
    said::{Heard, Reply},
};

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
