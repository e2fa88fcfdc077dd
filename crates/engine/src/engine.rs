//! The engine itself: what everything else in this room shares.

use std::{sync::Arc, time::Duration};

use access::Access;
use bus::Bus;
use model::{Clock, Event, Execution, Id, Timestamp, event};
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{announce::Adapters, live::Live, policy::Gate, settings::Settings};
use content::{self, Catalog, Content};

/// A running Squall. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What the handles share; only this room sees inside.
#[derive(Debug)]
pub struct Inner {
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<model::id::Maker>,
    pub(crate) settings: Settings,
    pub(crate) content: Content,
    pub(crate) live: Live,
    pub(crate) gate: Gate,
    pub(crate) access: Access,
    pub(crate) adapters: Adapters,
    pub(crate) questions: crate::robot::Questions,
    pub(crate) workflows: crate::workflow::Workflows,
    pub(crate) deadlines: crate::inquiry::Deadlines,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
    web_url: Arc<str>,
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

impl std::ops::Deref for Engine {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Engine {
    /// Starts an engine on its records: reads content and accounts, and takes up what an earlier
    /// process left.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub async fn start(parts: Parts) -> Result<Self, store::Error> {
        let mut chance = [0_u8; 8];
        // Without entropy the time alone keeps ids apart.
        let _filled = getrandom::fill(&mut chance);
        let ids = Arc::new(model::id::Maker::new(chance));
        let access = Access::load(access::Parts {
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            ids: Arc::clone(&ids),
            token_ttl_s: parts.settings.token_ttl_s,
        })
        .await?;
        let content = Content::open(content::Parts {
            store: parts.store.clone(),
            bus: parts.bus.clone(),
            clock: Arc::clone(&parts.clock),
            ids: Arc::clone(&ids),
            packs: parts.settings.packs.clone(),
        })
        .await?;
        let inner = Inner {
            web_url: Arc::from(parts.settings.web_url.trim_end_matches('/')),
            live: Live::new(parts.settings.concurrency_max),
            gate: Gate::default(),
            store: parts.store,
            bus: parts.bus,
            clock: parts.clock,
            ids,
            settings: parts.settings,
            content,
            access,
            adapters: Adapters::default(),
            questions: crate::robot::Questions::default(),
            workflows: crate::workflow::Workflows::default(),
            deadlines: crate::inquiry::Deadlines::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let engine = Self { inner: Arc::new(inner) };
        engine.recover().await?;
        engine.start_loops();
        Ok(engine)
    }

    /// Stops: takes nothing more, gives what runs `grace` to end, then cuts.
    pub async fn stop(&self, grace: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        let ended = tokio::time::timeout(grace, self.tasks.wait()).await;
        if ended.is_err() {
            tracing::warn!("some executions did not end in time: the next start takes them up");
        }
        self.store.close().await;
    }

    /// Resolves when the engine has been asked to stop.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Returns the present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes an id.
    pub fn make_id(&self) -> Id {
        self.ids.make(self.now())
    }

    /// Returns the content.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Returns the content as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.content.catalog()
    }

    /// Returns the records.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the event stream.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the accounts.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Returns the base of the web page's addresses.
    pub fn web_url(&self) -> &str {
        &self.web_url
    }

    /// Sets the metrics that are levels rather than counts.
    pub fn measure(&self) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge needs no 53 bits")]
        metrics::gauge!(crate::metrics::EXECUTIONS_OPEN).set(self.live.len() as f64);
        for (name, health) in self.adapters.health() {
            metrics::gauge!(crate::metrics::ADAPTER_UP, "adapter" => name)
                .set(f64::from(u8::from(health.up)));
        }
    }

    /// Tells readers of the stream that an execution is new or has changed.
    pub(crate) fn publish_execution(&self, execution: &Arc<Execution>, change: event::Change) {
        if !self.bus.is_read() {
            return;
        }
        self.bus.publish(Event::new(event::Kind::Execution {
            change,
            execution: Arc::clone(execution),
            web_url: Arc::clone(&self.web_url),
        }));
        self.bus.publish(Event::new(event::Kind::Liveaction {
            change,
            execution: Arc::clone(execution),
        }));
    }

    fn start_loops(&self) {
        let engine = self.clone();
        self.tasks.spawn(async move { engine.keep_events_moving().await });
        let engine = self.clone();
        self.tasks.spawn(async move { engine.keep_delays().await });
        let engine = self.clone();
        self.tasks.spawn(async move { engine.keep_gate().await });
        let engine = self.clone();
        self.tasks.spawn(async move { engine.keep_limits().await });
        let engine = self.clone();
        self.tasks.spawn(async move { engine.keep_deadlines().await });
    }
}
