//! Reads the packs, and lays what the API made over them.

use futures_util::future::BoxFuture;
use std::collections::{HashMap, HashSet};

use access::{Refusal, Resource, Verb};
use model::{Id, Principal, Runner, RunnerType, policy};
use pack::{Complaint, Level, Loaded};
use store::{
    Transaction,
    content::{Content as Record, Origin},
};

use crate::{Catalog, Content, Editable, Kind as _, catalog::Parts, policy::of_pack, trigger_type};

/// What a reload found.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// How many of each kind are registered now.
    pub counts: Vec<(&'static str, usize)>,
    /// What is wrong, file by file.
    pub complaints: Vec<Complaint>,
}

/// Why content is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Squall starts: what the API made stays.
    Start,
    /// Somebody registers the packs: files win over what the API made of the same name.
    Register,
}

impl Content {
    pub(crate) async fn load(&self) -> Result<(), store::Error> {
        self.read(Reading::Start).await?;
        Ok(())
    }

    /// Reads all packs again.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read or written.
    pub fn reload<'a>(&'a self, who: &'a Principal) -> BoxFuture<'a, Result<Reloaded, Refusal>> {
        Box::pin(async move {
            let resource = Resource::new(access::Kind::Pack, "");
            self.inner.parts.access.check(who, Verb::Register, &resource)?;
            Ok(self.read(Reading::Register).await?)
        })
    }

    async fn read(&self, reading: Reading) -> Result<Reloaded, store::Error> {
        let changing = self.lock_changes().await;
        let known = self.store().content().await?;
        let (content, before) = (self.clone(), self.catalog());
        let build = move || {
            let (mut parts, mut changed) = read_files(&content, &known);
            lay_over(&mut parts, &known, reading, &mut changed);
            (before.rebuilt(parts), changed)
        };
        let Ok((catalog, changed)) = tokio::task::spawn_blocking(build).await else {
            tracing::error!("reading the packs failed inside Squall: the content stays as it is");
            return Ok(Reloaded::of(&self.catalog()));
        };
        let mut transaction = Transaction::new();
        for record in &changed {
            transaction.put_content(record);
        }
        let reloaded = Reloaded::of(&catalog);
        self.commit(changing, transaction, catalog).await?;
        for complaint in &reloaded.complaints {
            tracing::warn!("{complaint}");
        }
        Ok(reloaded)
    }
}

impl Reloaded {
    /// Returns the first complaint about content that cannot be used.
    pub fn first_error(&self) -> Option<&Complaint> {
        self.complaints.iter().find(|complaint| complaint.level == Level::Error)
    }

    fn of(catalog: &Catalog) -> Self {
        Self { counts: catalog.counts(), complaints: catalog.complaints.to_vec() }
    }
}

/// The ids that are on record, and those that are made for what is new.
struct Ids<'a> {
    content: &'a Content,
    ids: HashMap<(String, String), Id>,
    made: Vec<Record>,
}

impl<'a> Ids<'a> {
    fn new(content: &'a Content, known: &[Record]) -> Self {
        let key = |record: &Record| (record.kind.clone(), record.reference.clone());
        let ids = known.iter().map(|record| (key(record), record.id)).collect();
        Self { content, ids, made: Vec::new() }
    }

    fn of(&mut self, kind: &str, reference: &str) -> Id {
        let key = (kind.to_owned(), reference.to_owned());
        *self.ids.entry(key).or_insert_with_key(|(kind, reference)| {
            let id = self.content.make_id();
            let (kind, reference) = (kind.clone(), reference.clone());
            self.made.push(Record { kind, reference, id, origin: Origin::Pack, body: None });
            id
        })
    }
}

/// Reads what the files say; returns also the records of what is new.
fn read_files(content: &Content, known: &[Record]) -> (Parts, Vec<Record>) {
    let mut ids = Ids::new(content, known);
    let roots = &content.inner.parts.packs;
    let Loaded {
        packs,
        actions,
        aliases,
        rules,
        policies,
        trigger_types,
        complaints,
        // Nothing runs sensors yet.
        sensors: _,
        files: _,
    } = pack::load(roots, &mut |kind, reference| ids.of(kind.as_str(), reference));
    let runner_type =
        |runner: Runner| RunnerType::shipped(runner, ids.of(RunnerType::NAME, runner.as_str()));
    let runner_types = Runner::ALL.into_iter().map(runner_type).collect();
    let policy_type = |kind: policy::Kind| (kind, ids.of("policy_type", kind.as_str()));
    let parts = Parts {
        packs,
        actions,
        aliases,
        rules,
        policies: policies.iter().filter_map(of_pack).collect(),
        trigger_types: trigger_type::with_internal(trigger_types),
        runner_types,
        policy_types: policy::Kind::ALL.into_iter().map(policy_type).collect(),
        complaints,
    };
    (parts, ids.made)
}

/// Lays what the API made over what the files say; adds the records that change by it.
fn lay_over(parts: &mut Parts, known: &[Record], reading: Reading, changed: &mut Vec<Record>) {
    let Parts {
        aliases,
        rules,
        policies,
        // The API makes none of these.
        packs: _,
        actions: _,
        trigger_types: _,
        runner_types: _,
        policy_types: _,
        complaints: _,
    } = parts;
    lay_over_kind(aliases, known, reading, changed);
    lay_over_kind(rules, known, reading, changed);
    lay_over_kind(policies, known, reading, changed);
}

fn lay_over_kind<K: Editable>(
    items: &mut Vec<K>,
    known: &[Record],
    reading: Reading,
    changed: &mut Vec<Record>,
) {
    let in_files: HashSet<Id> = items.iter().map(K::id).collect();
    let from_api = known.iter().filter(|one| one.kind == K::NAME && one.origin != Origin::Pack);
    let (file_wins, api_wins): (Vec<_>, Vec<_>) =
        from_api.partition(|record| reading == Reading::Register && in_files.contains(&record.id));
    let to_pack = |record: &Record| Record { origin: Origin::Pack, body: None, ..record.clone() };
    changed.extend(file_wins.into_iter().map(to_pack));
    let replaced: HashSet<Id> = api_wins.iter().map(|record| record.id).collect();
    items.retain(|item| !replaced.contains(&item.id()));
    for record in api_wins {
        // The record of a deletion has no body.
        items.extend(record.body.clone().and_then(|body| serde_json::from_value(body).ok()));
    }
}
