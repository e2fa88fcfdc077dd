//! The handle of this room.

use std::sync::{Arc, OnceLock};

use access::Access;
use bus::Bus;
use content::{Catalog, Content};
use model::{Clock, Event, Execution, Id, Timestamp, event, id::Maker};
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Commit, Happened, Hooks, Lead, Outlet, Settings, Slot, live::Live, outlet::Outlets,
    policy::Gate,
};

/// The executions of a running Squall. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Executions {
    pub(crate) inner: Arc<Inner>,
}

/// What an [`Executions`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// The event stream.
    pub bus: Bus,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The maker of ids.
    pub ids: Arc<Maker>,
    /// Who may do what.
    pub access: Access,
    /// What is registered.
    pub content: Content,
    /// The settings.
    pub settings: Settings,
    /// Canceled when Squall is to stop.
    pub stopping: CancellationToken,
    /// The tasks that a stop waits for.
    pub tasks: TaskTracker,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) live: Live,
    pub(crate) gate: Gate,
    pub(crate) outlets: Outlets,
    hooks: OnceLock<Hooks>,
    web_url: Arc<str>,
}

impl Executions {
    /// Returns the room without executions: [`Executions::recover`] reads those that are open.
    pub fn new(parts: Parts) -> Self {
        let inner = Inner {
            live: Live::new(parts.settings.concurrency_max),
            gate: Gate::default(),
            outlets: Outlets::default(),
            hooks: OnceLock::new(),
            web_url: Arc::from(parts.settings.web_url.trim_end_matches('/')),
            parts,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Gives the room its hooks; the first ones stay.
    pub fn set_hooks(&self, hooks: Hooks) {
        let _first = self.inner.hooks.set(hooks);
    }

    pub(crate) fn hooks(&self) -> Option<&Hooks> {
        self.inner.hooks.get()
    }

    /// Returns what the rules make of something that happened.
    pub fn follow(&self, happened: &Happened<'_>) -> Commit {
        self.hooks().map(|hooks| (hooks.follow)(self, happened)).unwrap_or_default()
    }

    /// Hands an execution to its leader.
    pub(crate) async fn lead(&self, lead: Lead) {
        if let Some(hooks) = self.hooks() {
            (hooks.lead)(lead).await;
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.parts.settings
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.inner.parts.bus
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.inner.parts.stopping.is_cancelled()
    }

    /// Returns the records.
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// Returns who may do what.
    pub fn access(&self) -> &Access {
        &self.inner.parts.access
    }

    /// Returns the content as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.parts.content.catalog()
    }

    /// Returns the present moment.
    pub fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    /// Makes an id.
    pub fn make_id(&self) -> Id {
        self.inner.parts.ids.make(self.now())
    }

    /// Returns the base of the web page's addresses.
    pub fn web_url(&self) -> &str {
        &self.inner.web_url
    }

    /// Sets the metrics that are levels rather than counts.
    pub fn measure(&self) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge needs no 53 bits")]
        ::metrics::gauge!(crate::metrics::EXECUTIONS_OPEN).set(self.inner.live.len() as f64);
    }

    /// Returns an execution that has not ended.
    pub fn slot(&self, id: Id) -> Option<Arc<Slot>> {
        self.inner.live.get(id)
    }

    /// Adds an outlet for announcements.
    pub fn add_outlet(&self, outlet: Arc<Outlet>) {
        self.inner.outlets.add(outlet);
    }

    /// Returns the outlets that reach a channel.
    pub fn outlets_in(&self, channel: &str) -> Vec<Arc<Outlet>> {
        self.inner.outlets.in_channel(channel)
    }

    /// Runs work that a stop waits for.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.parts.tasks.spawn(work);
    }

    /// Resolves when Squall is to stop.
    pub async fn stopping(&self) {
        self.inner.parts.stopping.cancelled().await;
    }

    /// Publishes an execution that is new or has changed.
    pub(crate) fn publish_execution(&self, execution: &Arc<Execution>, change: event::Change) {
        let bus = self.bus();
        if !bus.is_read() {
            return;
        }
        bus.publish(Event::new(event::Kind::Execution {
            change,
            execution: Arc::clone(execution),
            web_url: Arc::clone(&self.inner.web_url),
        }));
        bus.publish(Event::new(event::Kind::Liveaction {
            change,
            execution: Arc::clone(execution),
        }));
    }
}
