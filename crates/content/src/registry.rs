//! One registry for each kind of content: all items of the kind by reference, and the index that
//! is compiled from them. A registry is a value behind pointers: a change makes another one, and
//! leaves the registries of the other kinds alone.

use std::{
    collections::BTreeMap,
    fmt::{self, Debug},
    sync::Arc,
};

use model::Id;
use serde::{Serialize, de::DeserializeOwned};

use crate::Catalog;

/// All items of a kind, by reference.
pub type Items<K> = BTreeMap<String, Arc<K>>;

/// A kind of content.
pub trait Kind: Debug + Send + Sync + Sized + 'static {
    /// The name of the kind in the records.
    const NAME: &'static str;

    /// The name of many items, as the answer to a reload counts them.
    const PLURAL: &'static str;

    /// The kind of resource that an item is.
    const RESOURCE: access::Kind;

    /// What is compiled from all items of the kind.
    type Index: Debug + Send + Sync + 'static;

    /// Returns the id.
    fn id(&self) -> Id;

    /// Returns the reference, or the name where the kind has no references.
    fn reference(&self) -> String;

    /// Compiles the index.
    fn index(items: &Items<Self>) -> Self::Index;

    /// Returns the registry of the kind.
    fn registry(catalog: &Catalog) -> &Registry<Self>;

    /// Returns the registry of the kind, to be replaced.
    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self>;
}

/// A kind whose items can be created, changed and deleted through the API.
pub trait Editable: Kind + PartialEq + Serialize + DeserializeOwned {
    /// Returns the file of the pack that describes the item; empty where the API made it.
    fn metadata_file(&self) -> &str;

    /// Tells whether the item cannot be registered beside another one.
    fn excludes(&self, _other: &Self) -> bool {
        false
    }
}

/// Everything that is registered of one kind.
pub struct Registry<K: Kind> {
    items: Arc<Items<K>>,
    index: Arc<K::Index>,
}

impl<K: Kind> Registry<K> {
    /// Registers items. Of those with the same reference, the last one stays.
    pub fn new(items: impl IntoIterator<Item = K>) -> Self {
        Self::of(by_reference(items))
    }

    fn of(items: Items<K>) -> Self {
        let index = Arc::new(K::index(&items));
        Self { items: Arc::new(items), index }
    }

    /// Returns the item with this reference.
    pub fn get(&self, reference: &str) -> Option<&Arc<K>> {
        self.items.get(reference)
    }

    /// Returns the item with this reference or id.
    pub fn find(&self, reference_or_id: &str) -> Option<&Arc<K>> {
        self.get(reference_or_id).or_else(|| self.with_id(reference_or_id.parse().ok()?))
    }

    /// Returns the item with this id.
    pub fn with_id(&self, id: Id) -> Option<&Arc<K>> {
        self.values().find(|item| item.id() == id)
    }

    /// Tells whether an item has this reference.
    pub fn contains(&self, reference: &str) -> bool {
        self.items.contains_key(reference)
    }

    /// Returns the items in the order of their references.
    pub fn values(&self) -> impl Iterator<Item = &Arc<K>> {
        self.items.values()
    }

    /// Returns the references and the items, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Arc<K>)> {
        self.items.iter()
    }

    /// Returns the number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Tells whether nothing is registered.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns what is compiled from the items.
    pub fn index(&self) -> &K::Index {
        &self.index
    }

    /// Tells whether two registries are the same one, so that nothing can differ.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.items, &other.items)
    }

    /// Returns a registry that has this item in place of those with its id or its reference.
    pub(crate) fn with(&self, item: Arc<K>) -> Self {
        let mut items = self.items_without(item.id());
        items.insert(item.reference(), item);
        Self::of(items)
    }

    /// Returns a registry without the item that has this id.
    pub(crate) fn without(&self, id: Id) -> Self {
        Self::of(self.items_without(id))
    }

    fn items_without(&self, id: Id) -> Items<K> {
        let others = self.iter().filter(|(_, item)| item.id() != id);
        others.map(|(reference, item)| (reference.clone(), Arc::clone(item))).collect()
    }
}

impl<K: Kind + PartialEq> Registry<K> {
    /// Returns a registry of these items; this one itself if they are what it has.
    pub(crate) fn renewed(&self, items: impl IntoIterator<Item = K>) -> Self {
        let items = by_reference(items);
        if items == *self.items { self.clone() } else { Self::of(items) }
    }
}

fn by_reference<K: Kind>(items: impl IntoIterator<Item = K>) -> Items<K> {
    items.into_iter().map(|item| (item.reference(), Arc::new(item))).collect()
}

impl<K: Kind> Clone for Registry<K> {
    fn clone(&self) -> Self {
        Self { items: Arc::clone(&self.items), index: Arc::clone(&self.index) }
    }
}

impl<K: Kind> Default for Registry<K> {
    fn default() -> Self {
        Self::of(Items::new())
    }
}

impl<K: Kind> Debug for Registry<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("kind", &K::NAME).field("len", &self.len()).finish()
    }
}
