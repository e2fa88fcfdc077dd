//! What the API changes: aliases, rules and policies, all in the same way.
//!
//! An item that the API made takes the place of a file of the same name until the packs are
//! registered again, as in StackStorm. So does the deletion of one that a file describes.

use std::sync::Arc;

use access::{Refusal, Resource, Verb};
use model::Principal;
use store::{
    Transaction,
    content::{Content as Record, Origin},
};
use tokio::sync::OwnedMutexGuard;

use crate::{Catalog, Content, Editable, Kind, Registry};

impl Content {
    /// Registers a new item.
    ///
    /// # Errors
    /// Fails when `who` may not, there is one of its reference, or one that excludes it, or when it
    /// cannot be written.
    pub async fn create<K: Editable>(&self, who: &Principal, item: K) -> Result<Arc<K>, Refusal> {
        self.check(who, Verb::Create, &item)?;
        let changing = self.lock_changes().await;
        let reference = item.reference();
        self.refuse(|other: &K| other.reference() == reference || item.excludes(other))?;
        self.register(changing, item).await
    }

    /// Registers an item in place of those with its id or its reference.
    ///
    /// # Errors
    /// Fails when `who` may not, another item excludes it, or it cannot be written.
    pub async fn put<K: Editable>(&self, who: &Principal, item: K) -> Result<Arc<K>, Refusal> {
        self.check(who, Verb::Change, &item)?;
        let changing = self.lock_changes().await;
        self.refuse(|other: &K| other.id() != item.id() && item.excludes(other))?;
        self.register(changing, item).await
    }

    /// Removes an item.
    ///
    /// # Errors
    /// Fails when `who` may not, or the change cannot be written.
    pub async fn delete<K: Editable>(&self, who: &Principal, item: &K) -> Result<(), Refusal> {
        self.check(who, Verb::Delete, item)?;
        let changing = self.lock_changes().await;
        let mut transaction = Transaction::new();
        if item.metadata_file().is_empty() {
            transaction.delete_content(K::NAME, &item.reference());
        } else {
            transaction.put_content(&record(item, Origin::Deleted));
        }
        let id = item.id();
        let next = self.next(move |items: &Registry<K>| items.without(id)).await?;
        Ok(self.commit(changing, transaction, next).await?)
    }

    fn check<K: Kind>(&self, who: &Principal, verb: Verb, item: &K) -> Result<(), Refusal> {
        let reference = item.reference();
        self.inner.parts.access.check(who, verb, &Resource::new(K::RESOURCE, &reference))?;
        Ok(())
    }

    fn refuse<K: Editable>(&self, conflicts: impl Fn(&K) -> bool) -> Result<(), Refusal> {
        let catalog = self.catalog();
        let Some(other) = catalog.of::<K>().values().find(|other| conflicts(other)) else {
            return Ok(());
        };
        let message = "Tried to save duplicate unique keys (E11000 Duplicate Key Error)".to_owned();
        Err(Refusal::Exists { message, conflict_id: Some(other.id()) })
    }

    async fn register<K: Editable>(
        &self,
        changing: OwnedMutexGuard<()>,
        item: K,
    ) -> Result<Arc<K>, Refusal> {
        let mut transaction = Transaction::new();
        let catalog = self.catalog();
        let old = catalog.of::<K>().with_id(item.id()).map(|old| old.reference());
        if let Some(old) = old.filter(|old| *old != item.reference()) {
            transaction.delete_content(K::NAME, &old);
        }
        let body = serde_json::to_value(&item).unwrap_or_default();
        transaction.put_content(&Record { body: Some(body), ..record(&item, Origin::Api) });
        let item = Arc::new(item);
        let added = Arc::clone(&item);
        let next = self.next(move |items: &Registry<K>| items.with(added)).await?;
        self.commit(changing, transaction, next).await?;
        Ok(item)
    }

    /// Builds the catalog that has another registry of one kind, and of the other kinds the same
    /// ones. Thousands of aliases take a second: that is work for a thread of its own.
    async fn next<K: Kind>(
        &self,
        change: impl FnOnce(&Registry<K>) -> Registry<K> + Send + 'static,
    ) -> Result<Catalog, Refusal> {
        let mut catalog = Catalog::clone(&self.catalog());
        let build = move || {
            *K::registry_mut(&mut catalog) = change(catalog.of());
            catalog
        };
        let failed = |_| Refusal::Internal("the content could not be compiled".to_owned());
        tokio::task::spawn_blocking(build).await.map_err(failed)
    }
}

fn record<K: Kind>(item: &K, origin: Origin) -> Record {
    Record {
        kind: K::NAME.to_owned(),
        reference: item.reference(),
        id: item.id(),
        origin,
        body: None,
    }
}
