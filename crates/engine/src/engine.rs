//! The handle on everything: which rooms there are, start and stop.

use std::{sync::Arc, time::Duration};

use access::Access;
use bus::Bus;
use chatops::Chatops;
use content::{Catalog, Content};
use events::{Events, Rules};
use execution::Executions;
use model::{Clock, Id, Timestamp, id::Maker};
use store::Store;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use workflow::Workflows;

use crate::{hooks, settings::Settings};

/// A running Squall. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Engine {
    rooms: Arc<Rooms>,
}

/// The rooms.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) executions: Executions,
    pub(crate) workflows: Workflows,
    pub(crate) chatops: Chatops,
    events: Events,
    content: Content,
    access: Access,
    store: Store,
    bus: Bus,
    settings: Settings,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// The event stream.
    pub bus: Bus,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub settings: Settings,
}

impl Engine {
    /// Starts an engine on its records: reads accounts and content, and takes up the executions
    /// that an earlier process left.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub async fn start(parts: Parts) -> Result<Self, store::Error> {
        let rooms = Arc::new(build(parts).await?);
        rooms.executions.set_hooks(hooks::of(rooms.events.rules().clone(), &rooms));
        let engine = Self { rooms };
        engine.executions().recover().await?;
        engine.start_loops();
        Ok(engine)
    }

    /// Stops: takes nothing more, gives what runs `grace` to end, then cuts.
    pub async fn stop(&self, grace: Duration) {
        self.rooms.stopping.cancel();
        self.rooms.tasks.close();
        let ended = tokio::time::timeout(grace, self.rooms.tasks.wait()).await;
        if ended.is_err() {
            tracing::warn!("some executions did not end in time: the next start takes them up");
        }
        self.store().close().await;
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

/// Builds the rooms from below.
async fn build(parts: Parts) -> Result<Rooms, store::Error> {
    let Parts { store, bus, clock, settings } = parts;
    let mut chance = [0_u8; 8];
    // Without entropy the time alone keeps ids apart.
    let _filled = getrandom::fill(&mut chance);
    let ids = Arc::new(Maker::new(chance));
    let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
    let access = Access::load(access::Parts {
        store: store.clone(),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        token_ttl_s: settings.token_ttl_s,
    })
    .await?;
    let content = Content::open(content::Parts {
        store: store.clone(),
        access: access.clone(),
        bus: bus.clone(),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        packs: settings.packs.clone(),
    })
    .await?;
    let executions = Executions::new(execution::Parts {
        store: store.clone(),
        bus: bus.clone(),
        clock,
        ids,
        access: access.clone(),
        content: content.clone(),
        settings: settings.execution.clone(),
        stopping: stopping.clone(),
        tasks: tasks.clone(),
    });
    let workflows = Workflows::new(workflow::Parts {
        executions: executions.clone(),
        content: content.clone(),
        api_url: settings.execution.api_url.clone(),
    });
    let chatops = Chatops::new(chatops::Parts {
        executions: executions.clone(),
        workflows: workflows.clone(),
        content: content.clone(),
        chat_user: settings.chat_user.clone(),
    });
    let rules = Rules::new(content.clone(), settings.rules.clone());
    let events = Events::new(executions.clone(), rules);
    Ok(Rooms {
        executions,
        workflows,
        chatops,
        events,
        content,
        access,
        store,
        bus,
        settings,
        stopping,
        tasks,
    })
}
