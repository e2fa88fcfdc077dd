//! Content: packs, actions, aliases, rules, policies, triggers and runner types.
//!
//! Everything registered stands in one [`Catalog`], an immutable snapshot. A change builds the next
//! one and swaps it in, so that it is live at once and as a whole, and the hot path never asks the
//! database for content. The catalog has one [`Registry`] for each [`Kind`], which holds also what
//! is compiled from all items of the kind; a change of one kind compiles that kind only.
//!
//! Packs are read from their directories; aliases, rules and policies also come through the API.
//! The ids of everything are kept in the records, so that no reload changes an id.

mod action;
mod alias;
mod catalog;
mod datastore;
mod edit;
mod pack;
pub mod policy;
mod registry;
mod reload;
mod rule;
mod runner_type;
mod trigger_type;

#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;
use std::{path::PathBuf, sync::Arc};

use access::Access;
use arc_swap::ArcSwap;
use bus::Bus;
use model::{
    ActionAlias, Clock, Event, Id,
    event::{self, Change},
    id::Maker,
};
use store::{Store, Transaction, WriteError};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

pub use self::{
    action::Registered,
    catalog::Catalog,
    datastore::Datastore,
    registry::{Editable, Items, Kind, Registry},
    reload::Reloaded,
    rule::RuleSet,
};

/// The content of a running Squall. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Content {
    inner: Arc<Inner>,
}

/// What content is made of.
#[derive(Debug)]
pub struct Parts {
    /// The records.
    pub store: Store,
    /// Who may do what.
    pub access: Access,
    /// The event stream.
    pub bus: Bus,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<Maker>,
    /// The folders of packs, in the order of their precedence.
    pub packs: Vec<PathBuf>,
}

#[derive(Debug)]
struct Inner {
    parts: Parts,
    catalog: ArcSwap<Catalog>,
    /// Rings at each change, for executions that wait at the gate.
    bell: Arc<Notify>,
    /// Held by whoever builds the next catalog.
    changing: Arc<Mutex<()>>,
}

impl Content {
    /// Reads all packs, and lays what the API made over them.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub fn open(parts: Parts) -> BoxFuture<'static, Result<Self, store::Error>> {
        Box::pin(async move {
            let inner = Inner {
                parts,
                catalog: ArcSwap::default(),
                bell: Arc::default(),
                changing: Arc::default(),
            };
            let content = Self { inner: Arc::new(inner) };
            content.load().await?;
            Ok(content)
        })
    }

    /// Returns the content as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog.load_full()
    }

    /// Returns the bell that rings at each change.
    pub fn bell(&self) -> &Arc<Notify> {
        &self.inner.bell
    }

    /// Returns the datastore.
    pub fn datastore(&self) -> Datastore {
        Datastore
    }

    fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    fn make_id(&self) -> Id {
        let Parts { clock, ids, .. } = &self.inner.parts;
        ids.make(clock.now())
    }

    async fn lock_changes(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.inner.changing).lock_owned().await
    }

    /// Writes what has changed and makes a catalog the present one.
    async fn commit(
        &self,
        changing: OwnedMutexGuard<()>,
        rows: Transaction,
        catalog: Catalog,
    ) -> Result<(), WriteError> {
        let content = self.clone();
        let swap = move || {
            content.swap(catalog);
            drop(changing);
        };
        self.store().write_then(rows, swap).await
    }

    fn swap(&self, mut catalog: Catalog) {
        catalog.version = self.catalog().version + 1;
        let catalog = Arc::new(catalog);
        let old = self.inner.catalog.swap(Arc::clone(&catalog));
        self.inner.bell.notify_one();
        if old.aliases.is_same(&catalog.aliases) {
            return;
        }
        for complaint in &catalog.aliases.index().complaints {
            tracing::warn!("{complaint}");
        }
        self.publish(&old.aliases, &catalog.aliases);
    }

    /// Tells readers of the stream which aliases have changed.
    fn publish(&self, old: &Registry<ActionAlias>, new: &Registry<ActionAlias>) {
        let bus = &self.inner.parts.bus;
        if !bus.is_read() {
            return;
        }
        let publish = |change, alias: &Arc<ActionAlias>| {
            bus.publish(Event::new(event::Kind::Alias { change, alias: Arc::clone(alias) }));
        };
        for (reference, alias) in new.iter() {
            match old.get(reference) {
                None => publish(Change::Create, alias),
                Some(before) if before != alias => publish(Change::Update, alias),
                Some(_) => {}
            }
        }
        for (_, alias) in old.iter().filter(|(reference, _)| !new.contains(reference)) {
            publish(Change::Delete, alias);
        }
    }
}
