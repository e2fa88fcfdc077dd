//! Content in time: packs are read from their directories, aliases and rules come through the
//! API, and each change swaps in a whole new catalog.
//!
//! The ids of everything are kept, so that a reload changes no id. What the API made stands in
//! front of a file of the same name until the packs are registered again, as in StackStorm.

use std::{collections::HashMap, sync::Arc};

use model::{
    ActionAlias, Event, Id, Policy, Rule, Runner, RunnerType, TriggerType,
    event::{self, Change},
    policy,
};
use serde_json::json;
use store::{
    Transaction,
    content::{Content, Origin},
};

use crate::{
    catalog::{Catalog, Parts},
    engine::Engine,
    refusal::Refusal,
};

pub use pack::{Level, load::trigger_reference};

/// What a reload found.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// How many of each kind are registered now.
    pub counts: Vec<(&'static str, usize)>,
    /// What is wrong, file by file.
    pub complaints: Vec<pack::Complaint>,
}

/// How content is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// At the start: what the API made stays.
    Start,
    /// On request: files win over what the API made of the same name.
    Register,
}

const ALIAS: &str = "alias";
const RULE: &str = "rule";
pub(crate) const POLICY: &str = "policy";

impl Engine {
    pub(crate) async fn load_content(&self) -> Result<(), store::Error> {
        let _alone = self.content_lock.lock().await;
        self.read_content(Reading::Start).await?;
        Ok(())
    }

    /// Reads all packs again; the new content is live at once and whole.
    ///
    /// # Errors
    /// Fails when the records cannot be read or written.
    pub async fn reload(&self) -> Result<Reloaded, Refusal> {
        let _alone = self.content_lock.lock().await;
        Ok(self.read_content(Reading::Register).await?)
    }

    async fn read_content(&self, reading: Reading) -> Result<Reloaded, store::Error> {
        let mut known: HashMap<(String, String), Content> = HashMap::new();
        for content in self.store.content().await? {
            known.insert((content.kind.clone(), content.reference.clone()), content);
        }
        let (parts, new) = self.read_parts(&mut known, reading).await;
        let mut transaction = Transaction::new();
        for content in &new {
            transaction.put_content(content);
        }
        self.store.write(transaction).await?;
        let catalog = Catalog::build(parts);
        for complaint in &catalog.complaints {
            tracing::warn!("{complaint}");
        }
        let counts = vec![
            ("packs", catalog.packs.len()),
            ("actions", catalog.actions.len()),
            ("aliases", catalog.aliases.len()),
            ("rules", catalog.rules.len()),
            ("policies", catalog.policies.len()),
            ("triggers", catalog.trigger_types.len()),
            ("runners", catalog.runner_types.len()),
        ];
        let complaints = catalog.complaints.clone();
        self.swap(catalog);
        Ok(Reloaded { counts, complaints })
    }

    /// Reads the packs and lays what the API made over them; returns also the content whose record
    /// is new or changed.
    async fn read_parts(
        &self,
        known: &mut HashMap<(String, String), Content>,
        reading: Reading,
    ) -> (Parts, Vec<Content>) {
        let roots = self.settings.packs.clone();
        let mut ids: HashMap<(String, String), Id> =
            known.iter().map(|(key, content)| (key.clone(), content.id)).collect();
        let engine = self.clone();
        let loading = tokio::task::spawn_blocking(move || {
            let mut made: Vec<(String, String, Id)> = Vec::new();
            let mut id_of = |kind: pack::Kind, reference: &str| {
                let key = (kind.as_str().to_owned(), reference.to_owned());
                *ids.entry(key).or_insert_with_key(|(kind, reference)| {
                    let id = engine.make_id();
                    made.push((kind.clone(), reference.clone(), id));
                    id
                })
            };
            let loaded = pack::load(&roots, &mut id_of);
            let mut id_of = |kind: &str, reference: &str| {
                let key = (kind.to_owned(), reference.to_owned());
                *ids.entry(key).or_insert_with_key(|(kind, reference)| {
                    let id = engine.make_id();
                    made.push((kind.clone(), reference.clone(), id));
                    id
                })
            };
            let runner_types: Vec<RunnerType> = Runner::ALL
                .into_iter()
                .map(|runner| RunnerType::shipped(runner, id_of("runner", runner.as_str())))
                .collect();
            let policy_types: Vec<_> = policy::Kind::ALL
                .into_iter()
                .map(|kind| (kind, id_of("policy_type", kind.as_str())))
                .collect();
            (loaded, runner_types, policy_types, made)
        });
        let Ok((loaded, runner_types, policy_types, made)) = loading.await else {
            tracing::error!("reading the packs failed inside Squall: no content is registered");
            return (Parts::default(), Vec::new());
        };
        let mut new: Vec<Content> = made
            .into_iter()
            .map(|(kind, reference, id)| Content {
                kind,
                reference,
                id,
                origin: Origin::Pack,
                body: None,
            })
            .collect();
        let mut parts = Parts {
            packs: loaded.packs,
            actions: loaded.actions,
            aliases: loaded.aliases,
            rules: loaded.rules,
            trigger_types: with_internal(loaded.trigger_types),
            runner_types,
            policies: loaded.policies.iter().filter_map(crate::policy::of_pack).collect(),
            policy_types,
            complaints: loaded.complaints,
        };
        overlay(&mut parts, known, reading, &mut new);
        (parts, new)
    }

    pub(crate) fn swap(&self, mut catalog: Catalog) {
        catalog.version = self.catalog().version + 1;
        let version = catalog.version;
        let old = self.catalog.swap(Arc::new(catalog));
        self.catalog_versions.send_replace(version);
        let new = self.catalog();
        if !self.bus.is_read() {
            return;
        }
        for (reference, alias) in &new.aliases {
            let change = match old.aliases.get(reference) {
                None => Change::Create,
                Some(before) if before != alias => Change::Update,
                Some(_) => continue,
            };
            self.publish_alias(change, alias);
        }
        for (reference, alias) in &old.aliases {
            if !new.aliases.contains_key(reference) {
                self.publish_alias(Change::Delete, alias);
            }
        }
    }

    fn publish_alias(&self, change: Change, alias: &Arc<ActionAlias>) {
        self.bus.publish(Event::new(event::Kind::Alias { change, alias: Arc::clone(alias) }));
    }

    /// Registers an alias from the API, in place of one of the same id or reference.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub async fn put_alias(&self, alias: ActionAlias) -> Result<Arc<ActionAlias>, Refusal> {
        let _alone = self.content_lock.lock().await;
        let alias = Arc::new(alias);
        let reference = alias.reference().to_string();
        let body = serde_json::to_value(&*alias).unwrap_or_default();
        let old =
            self.catalog().alias(&alias.id.to_string()).map(|old| old.reference().to_string());
        let old = old.filter(|old| *old != reference);
        self.record(
            Content {
                kind: ALIAS.to_owned(),
                reference,
                id: alias.id,
                origin: Origin::Api,
                body: Some(body),
            },
            old,
        )
        .await?;
        let mut parts = self.parts();
        parts.aliases.retain(|one| one.id != alias.id && one.reference() != alias.reference());
        parts.aliases.push(ActionAlias::clone(&alias));
        self.swap(Catalog::build(parts));
        Ok(alias)
    }

    /// Removes an alias.
    ///
    /// # Errors
    /// Fails when the change cannot be written.
    pub async fn delete_alias(&self, alias: &ActionAlias) -> Result<(), Refusal> {
        let _alone = self.content_lock.lock().await;
        self.forget(
            ALIAS,
            &alias.reference().to_string(),
            alias.id,
            alias.metadata_file.is_empty(),
        )
        .await?;
        let mut parts = self.parts();
        parts.aliases.retain(|one| one.id != alias.id);
        self.swap(Catalog::build(parts));
        Ok(())
    }

    /// Registers a rule from the API, in place of one of the same id or reference.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub async fn put_rule(&self, rule: Rule) -> Result<Arc<Rule>, Refusal> {
        let _alone = self.content_lock.lock().await;
        let rule = Arc::new(rule);
        let reference = rule.reference().to_string();
        let body = serde_json::to_value(&*rule).unwrap_or_default();
        let old = self.catalog().rule(&rule.id.to_string()).map(|old| old.reference().to_string());
        let old = old.filter(|old| *old != reference);
        self.record(
            Content {
                kind: RULE.to_owned(),
                reference,
                id: rule.id,
                origin: Origin::Api,
                body: Some(body),
            },
            old,
        )
        .await?;
        let mut parts = self.parts();
        parts.rules.retain(|one| one.id != rule.id && one.reference() != rule.reference());
        parts.rules.push(Rule::clone(&rule));
        self.swap(Catalog::build(parts));
        Ok(rule)
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// Fails when the change cannot be written.
    pub async fn delete_rule(&self, rule: &Rule) -> Result<(), Refusal> {
        let _alone = self.content_lock.lock().await;
        self.forget(RULE, &rule.reference().to_string(), rule.id, rule.metadata_file.is_empty())
            .await?;
        let mut parts = self.parts();
        parts.rules.retain(|one| one.id != rule.id);
        self.swap(Catalog::build(parts));
        Ok(())
    }

    /// Writes what the API made; `old` is the reference that it had before.
    pub(crate) async fn record(
        &self,
        content: Content,
        old: Option<String>,
    ) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        if let Some(old) = old {
            transaction.delete_content(&content.kind, &old);
        }
        transaction.put_content(&content);
        self.store.write(transaction).await?;
        Ok(())
    }

    pub(crate) async fn forget(
        &self,
        kind: &str,
        reference: &str,
        id: Id,
        is_from_api: bool,
    ) -> Result<(), Refusal> {
        let mut transaction = Transaction::new();
        if is_from_api {
            transaction.delete_content(kind, reference);
        } else {
            let (kind, reference) = (kind.to_owned(), reference.to_owned());
            transaction.put_content(&Content {
                kind,
                reference,
                id,
                origin: Origin::Deleted,
                body: None,
            });
        }
        self.store.write(transaction).await?;
        Ok(())
    }

    /// Returns what the present catalog is made of, to build the next from.
    pub(crate) fn parts(&self) -> Parts {
        fn all<T: Clone>(from: &std::collections::BTreeMap<String, Arc<T>>) -> Vec<T> {
            from.values().map(|one| T::clone(one)).collect()
        }
        let catalog = self.catalog();
        Parts {
            packs: all(&catalog.packs),
            actions: catalog.actions.values().map(|one| one.action().clone()).collect(),
            aliases: all(&catalog.aliases),
            rules: all(&catalog.rules),
            trigger_types: all(&catalog.trigger_types),
            runner_types: all(&catalog.runner_types),
            policies: all(&catalog.policies),
            policy_types: catalog.policy_types.clone(),
            complaints: catalog.complaints.clone(),
        }
    }
}

/// Lays what the API made over what the files say.
fn overlay(
    parts: &mut Parts,
    known: &HashMap<(String, String), Content>,
    reading: Reading,
    new: &mut Vec<Content>,
) {
    let mut from_api: Vec<&Content> =
        known.values().filter(|one| one.origin != Origin::Pack).collect();
    from_api.sort_by(|a, b| a.reference.cmp(&b.reference));
    for content in from_api {
        let in_file = match content.kind.as_str() {
            ALIAS => parts.aliases.iter().any(|one| one.id == content.id),
            RULE => parts.rules.iter().any(|one| one.id == content.id),
            POLICY => parts.policies.iter().any(|one| one.id == content.id),
            _ => continue,
        };
        if in_file && reading == Reading::Register {
            new.push(Content { origin: Origin::Pack, body: None, ..content.clone() });
            continue;
        }
        let body = content.body.clone().unwrap_or_default();
        match content.kind.as_str() {
            ALIAS => {
                parts.aliases.retain(|one| one.id != content.id);
                parts.aliases.extend(serde_json::from_value::<ActionAlias>(body));
            }
            RULE => {
                parts.rules.retain(|one| one.id != content.id);
                parts.rules.extend(serde_json::from_value::<Rule>(body));
            }
            _ => {
                parts.policies.retain(|one| one.id != content.id);
                parts.policies.extend(serde_json::from_value::<Policy>(body));
            }
        }
    }
}

/// Adds the triggers of Squall itself where no pack describes them.
fn with_internal(mut types: Vec<TriggerType>) -> Vec<TriggerType> {
    for trigger in [model::trigger::ACTION_TRIGGER, model::trigger::NOTIFY_TRIGGER] {
        if types.iter().any(|one| one.reference().to_string() == trigger) {
            continue;
        }
        let Ok(reference) = trigger.parse::<model::Ref>() else { continue };
        types.push(TriggerType {
            id: Id::from_bytes(*b"squalltrigge"),
            name: reference.name,
            pack: reference.pack,
            description: "Tells of an execution's end.".to_owned(),
            payload_schema: json!({"type": "object"}).as_object().cloned().unwrap_or_default(),
            parameters_schema: model::Object::new(),
            tags: Vec::new(),
        });
    }
    types
}
