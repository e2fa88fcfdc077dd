//! The handle on everything: which rooms there are, start and stop.

use futures_util::future::BoxFuture;
use std::{sync::Arc, time::Duration};

use access::Access;
use bus::Bus;
use chatops::Chatops;
use content::{Catalog, Content};
use events::Events;
use execution::Executions;
use model::{Id, Timestamp};
use store::Store;
use tokio::sync::mpsc;
use workflow::Workflows;

use crate::{
    hooks,
    rooms::{self, Parts, Rooms},
    settings::Settings,
};

/// A running Squall. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Engine {
    rooms: Arc<Rooms>,
}

impl Engine {
    /// Starts an engine on its records: reads accounts and content, and takes up the executions
    /// that an earlier process left.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub fn start(parts: Parts) -> BoxFuture<'static, Result<Self, store::Error>> {
        Box::pin(async move {
            let rooms = Arc::new(rooms::build(parts).await?);
            rooms.executions.set_hooks(hooks::of(rooms.events.rules().clone(), &rooms));
            let engine = Self { rooms };
            engine.executions().recover().await?;
            engine.start_loops();
            Ok(engine)
        })
    }

    /// Stops: takes nothing more, gives what runs `grace` to end, then cuts.
    pub fn stop(&self, grace: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.rooms.stopping.cancel();
            self.rooms.tasks.close();
            let ended = tokio::time::timeout(grace, self.rooms.tasks.wait()).await;
            if ended.is_err() {
                tracing::warn!("some executions did not end in time: the next start takes them up");
            }
            self.store().close().await;
        })
    }

    /// Resolves when the engine has been asked to stop.
    pub async fn stopping(&self) {
        self.rooms.stopping.cancelled().await;
    }

    /// Puts the robot on a network; `events` is what the network reports.
    pub fn attach(
        &self,
        network: chat::Adapter,
        channels: Vec<String>,
        events: mpsc::Receiver<chat::Event>,
    ) {
        let adapter = self.chatops().attach(network, channels, events);
        self.keep_delivering(&adapter);
    }

    /// Returns the executions.
    pub fn executions(&self) -> &Executions {
        &self.rooms.executions
    }

    /// Returns the workflows and questions.
    pub fn workflows(&self) -> &Workflows {
        &self.rooms.workflows
    }

    /// Returns the events.
    pub fn events(&self) -> &Events {
        &self.rooms.events
    }

    /// Returns the conversations.
    pub fn chatops(&self) -> &Chatops {
        &self.rooms.chatops
    }

    /// Returns the content.
    pub fn content(&self) -> &Content {
        &self.rooms.content
    }

    /// Returns the content as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.content().catalog()
    }

    /// Returns who may do what.
    pub fn access(&self) -> &Access {
        &self.rooms.access
    }

    /// Returns the records.
    pub fn store(&self) -> &Store {
        &self.rooms.store
    }

    /// Returns the event stream.
    pub fn bus(&self) -> &Bus {
        &self.rooms.bus
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.rooms.settings
    }

    /// Returns the present moment.
    pub fn now(&self) -> Timestamp {
        self.executions().now()
    }

    /// Makes an id.
    pub fn make_id(&self) -> Id {
        self.executions().make_id()
    }

    /// Sets the metrics that are levels rather than counts.
    pub fn measure(&self) {
        self.executions().measure();
        self.chatops().measure();
    }
}
