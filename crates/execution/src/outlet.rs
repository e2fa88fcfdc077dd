//! Outlets: where announcements can be delivered, as data. The room of a chat network registers
//! its outlet and keeps the connection.

use std::sync::Arc;

use model::Announcement;
use parking_lot::RwLock;
use serde_json::Value;
use tokio::sync::Notify;

/// The route whose announcements are delivered to chat rooms.
const CHAT_ROUTE: &str = "chatops";

/// A way out of Squall.
#[derive(Debug)]
pub struct Outlet {
    /// The name.
    pub name: String,
    /// The channels that it reaches.
    pub channels: Vec<String>,
    /// Rings when there is something to deliver.
    pub bell: Arc<Notify>,
}

/// The outlets of this process.
#[derive(Debug, Default)]
pub(crate) struct Outlets {
    all: RwLock<Vec<Arc<Outlet>>>,
}

impl Outlets {
    pub(crate) fn add(&self, outlet: Arc<Outlet>) {
        self.all.write().push(outlet);
    }

    fn find(&self, name: &str) -> Option<Arc<Outlet>> {
        self.all.read().iter().find(|outlet| outlet.name == name).cloned()
    }

    pub(crate) fn in_channel(&self, channel: &str) -> Vec<Arc<Outlet>> {
        let is_in = |outlet: &&Arc<Outlet>| outlet.channels.iter().any(|one| one == channel);
        self.all.read().iter().filter(is_in).cloned().collect()
    }

    /// Returns the outlets that owe an announcement to a room: the one that the sentence came in
    /// by, or those in the channel.
    pub(crate) fn of(&self, announcement: &Announcement) -> Vec<Arc<Outlet>> {
        if announcement.route != CHAT_ROUTE {
            return Vec::new();
        }
        let context = announcement.payload.get("context").filter(|context| context.is_object());
        if let Some(context) = context {
            let name =
                context.get("squall").and_then(|own| own.get("adapter")).and_then(Value::as_str);
            return name.and_then(|name| self.find(name)).into_iter().collect();
        }
        let channel = announcement.payload.get("channel").and_then(Value::as_str);
        channel.map(|channel| self.in_channel(channel)).unwrap_or_default()
    }
}
