//! What all kinds of content have in common: lists and documents, and for aliases, rules and
//! policies also creation, change and deletion.

use std::sync::Arc;

use ::content::{Editable, Kind};
use access::Verb;
use axum::extract::{Path, State};
use model::{Id, Object};
use serde_json::Value;

use super::body::{Json, text};
use crate::{
    App,
    answer::{Answer, Fault, created, gone, ok},
    caller::Caller,
    listing,
    query::Query,
};

/// A kind of content that the API shows.
pub(crate) trait Shown: Kind {
    /// The parameters that filter a list, each with the attribute that it is compared with.
    const FILTERS: &'static [(&'static str, &'static str)];
    /// How many items a list has where the query sets no limit; none for all.
    const LIMIT: Option<i64>;

    /// Returns the document.
    fn document(&self) -> Value;

    /// Filters and sorts a list in ways of its own.
    fn arrange(_documents: &mut Vec<Value>, _query: &Query) {}
}

/// A kind of content that the API changes.
pub(crate) trait Edited: Shown + Editable {
    /// Returns the schema of a body.
    fn schema() -> &'static Value;

    /// Reads a body that fits the schema.
    fn read(given: &Given<'_, Self>) -> Result<Self, Fault>;

    /// Refuses to change or to delete an item that has to stay as it is.
    fn must_be_changeable(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A body, with all that its meaning depends on.
pub(crate) struct Given<'a, K> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) body: &'a Object,
    /// The id of the item.
    pub(crate) id: Id,
    /// The item that is changed; none where it is created.
    pub(crate) old: Option<&'a K>,
}

impl<K: Editable> Given<'_, K> {
    /// Returns the file that describes the item, if the body or the item has one.
    pub(crate) fn metadata_file(&self) -> String {
        let given = text(self.body, "metadata_file").filter(|file| !file.is_empty());
        given.or_else(|| self.old.map(|old| old.metadata_file().to_owned())).unwrap_or_default()
    }
}

pub(crate) async fn list<K: Shown>(State(app): State<App>, caller: Caller, query: Query) -> Answer {
    let reach = caller.list(&app, K::RESOURCE)?;
    listing::answer(documents::<K>(&app, &query, K::document), &query, reach, K::LIMIT)
}

/// Returns the documents of a list, before it is cut.
pub(crate) fn documents<K: Shown>(
    app: &App,
    query: &Query,
    document: impl Fn(&K) -> Value,
) -> Vec<Value> {
    let catalog = app.engine.catalog();
    let mut documents: Vec<Value> = catalog.of::<K>().values().map(|item| document(item)).collect();
    for (name, attribute) in K::FILTERS {
        listing::keep(&mut documents, query, name, attribute);
    }
    K::arrange(&mut documents, query);
    documents
}

pub(crate) async fn get<K: Shown>(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.read(&app, K::RESOURCE, &name)?;
    ok(&find::<K>(&app, &name)?.document())
}

/// Returns the item with this reference or id.
pub(crate) fn find<K: Kind>(app: &App, name: &str) -> Result<Arc<K>, Fault> {
    app.engine.catalog().of().find(name).cloned().ok_or_else(|| Fault::no_resource(name))
}

pub(crate) async fn create<K: Edited>(
    State(app): State<App>,
    caller: Caller,
    body: Json,
) -> Answer {
    caller.check(&app, Verb::Create, K::RESOURCE, "")?;
    let body = &body.checked(K::schema())?;
    let id = app.engine.make_id();
    let item = K::read(&Given { app: &app, caller: &caller, body, id, old: None })?;
    created(&app.engine.content().create(&caller.principal, item).await?.document())
}

pub(crate) async fn update<K: Edited>(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    body: Json,
) -> Answer {
    caller.check(&app, Verb::Change, K::RESOURCE, &name)?;
    let old = find::<K>(&app, &name)?;
    old.must_be_changeable()?;
    let body = &body.checked(K::schema())?;
    let given = Given { app: &app, caller: &caller, body, id: old.id(), old: Some(&*old) };
    let item = K::read(&given)?;
    ok(&app.engine.content().put(&caller.principal, item).await?.document())
}

pub(crate) async fn delete<K: Edited>(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer {
    caller.check(&app, Verb::Delete, K::RESOURCE, &name)?;
    let item = find::<K>(&app, &name)?;
    item.must_be_changeable()?;
    app.engine.content().delete(&caller.principal, &*item).await?;
    gone()
}
