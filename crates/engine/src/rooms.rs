//! The rooms, built from below.

use std::sync::Arc;

use access::Access;
use bus::Bus;
use chatops::Chatops;
use content::Content;
use events::{Events, Rules};
use execution::Executions;
use model::{Clock, id::Maker};
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use workflow::Workflows;

use crate::settings::Settings;

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

/// The rooms.
#[derive(Debug)]
pub(crate) struct Rooms {
    pub(crate) executions: Executions,
    pub(crate) workflows: Workflows,
    pub(crate) chatops: Chatops,
    pub(crate) events: Events,
    pub(crate) content: Content,
    pub(crate) access: Access,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) settings: Settings,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// Builds the rooms from below.
pub(crate) async fn build(parts: Parts) -> Result<Rooms, store::Error> {
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
