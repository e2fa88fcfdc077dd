//! Content on a temporary directory: what stands in front of what, and what is compiled when.

use std::{path::Path, sync::Arc};

use access::{Access, Refusal};
use bus::Bus;
use model::{
    ActionAlias, Clock, Id, Object, Policy, Principal, Rule, Timestamp, id::Maker, policy, rule,
};
use serde_json::{Value, json};
use store::{Store, content::Origin};
use tempfile::TempDir;

use crate::{Catalog, Content, Kind, Parts, Registry};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000)
    }
}

/// Content with a pack `rig` that has an action, an alias, a rule and a policy.
struct Rig {
    content: Content,
    directory: TempDir,
}

impl Rig {
    async fn open() -> Self {
        let directory = TempDir::new().unwrap();
        let files = [
            (
                "pack.yaml",
                json!({"ref": "rig", "name": "rig", "description": "Tests.", "version": "1.0.0", "author": "A"}),
            ),
            ("actions/act.yaml", json!({"name": "act", "runner_type": "noop", "entry_point": ""})),
            (
                "aliases/say.yaml",
                json!({"name": "say", "action_ref": "rig.act", "formats": ["say {{word}}"]}),
            ),
            (
                "rules/on_end.yaml",
                json!({
                    "name": "on_end", "enabled": true, "action": {"ref": "rig.act"},
                    "trigger": {"type": "core.st2.generic.actiontrigger"},
                }),
            ),
            (
                "policies/few.yaml",
                json!({
                    "name": "few", "resource_ref": "rig.act", "policy_type": "action.concurrency",
                    "parameters": {"threshold": 2},
                }),
            ),
        ];
        for (path, document) in files {
            write(directory.path(), path, &document);
        }
        Self {
            content: open(directory.path(), Store::open(directory.path()).await.unwrap()).await,
            directory,
        }
    }

    async fn restart(self) -> Self {
        let store = self.content.store().clone();
        Self { content: open(self.directory.path(), store).await, ..self }
    }

    fn catalog(&self) -> Arc<Catalog> {
        self.content.catalog()
    }

    /// Returns the action of the alias with this reference.
    fn action_of(&self, alias: &str) -> Option<String> {
        self.catalog().aliases.get(alias).map(|alias| alias.action_ref.clone())
    }
}

fn write(directory: &Path, path: &str, document: &Value) {
    let path = directory.join("packs/rig").join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, document.to_string()).unwrap();
}

async fn open(directory: &Path, store: Store) -> Content {
    let (clock, ids): (Arc<dyn Clock>, _) = (Arc::new(Still), Arc::new(Maker::new([1; 8])));
    let access = Access::load(access::Parts {
        store: store.clone(),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        token_ttl_s: 60,
    });
    let parts = Parts {
        store,
        access: access.await.unwrap(),
        bus: Bus::new(),
        clock,
        ids,
        packs: vec![directory.join("packs")],
    };
    Content::open(parts).await.unwrap()
}

fn operator() -> Principal {
    Principal::system("admin")
}

fn id(n: u8) -> Id {
    Id::from_bytes([n; 12])
}

fn alias(n: u8, name: &str) -> ActionAlias {
    ActionAlias {
        id: id(n),
        name: name.to_owned(),
        pack: "rig".to_owned(),
        description: None,
        enabled: true,
        action_ref: "rig.made".to_owned(),
        formats: vec![json!(format!("{name} {{{{word}}}}"))],
        ack: Object::new(),
        result: Object::new(),
        extra: Object::new(),
        immutable_parameters: Object::new(),
        metadata_file: String::new(),
    }
}

fn rule(n: u8, name: &str) -> Rule {
    Rule {
        id: id(n),
        name: name.to_owned(),
        pack: "rig".to_owned(),
        description: String::new(),
        enabled: true,
        tags: Vec::new(),
        kind: rule::Kind::Standard,
        trigger: rule::Trigger {
            type_ref: "rig.t".to_owned(),
            reference: "rig.t".to_owned(),
            parameters: Object::new(),
            description: String::new(),
        },
        criteria: Object::new(),
        action: rule::ActionRequest {
            reference: "rig.act".to_owned(),
            parameters: Object::new(),
            description: None,
        },
        context: Object::new(),
        metadata_file: String::new(),
    }
}

fn limit(n: u8, name: &str, action: &str, threshold: i64) -> Policy {
    Policy {
        id: id(n),
        name: name.to_owned(),
        pack: "rig".to_owned(),
        description: None,
        enabled: true,
        resource_ref: action.to_owned(),
        policy_type: policy::Kind::Concurrency,
        parameters: Object::from_iter([("threshold".to_owned(), json!(threshold))]),
        metadata_file: String::new(),
    }
}

/// Returns the kinds whose registries are other ones.
fn changed(old: &Catalog, new: &Catalog) -> Vec<&'static str> {
    fn name<K: Kind>(old: &Registry<K>, new: &Catalog) -> Option<&'static str> {
        (!old.is_same(new.of())).then_some(K::PLURAL)
    }
    let Catalog {
        version: _,
        packs,
        actions,
        aliases,
        rules,
        policies,
        trigger_types,
        runner_types,
        policy_types: _,
        complaints: _,
    } = old;
    let names = [
        name(packs, new),
        name(actions, new),
        name(aliases, new),
        name(rules, new),
        name(policies, new),
        name(trigger_types, new),
        name(runner_types, new),
    ];
    names.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_change_compiles_only_its_own_kind() {
    let rig = Rig::open().await;
    let mut before = rig.catalog();
    let mut check = |kinds: &[&str]| {
        let after = rig.catalog();
        assert_eq!(changed(&before, &after), kinds);
        assert_eq!(after.version, before.version + 1);
        before = after;
    };
    rig.content.create(&operator(), rule(1, "r")).await.unwrap();
    check(&["rules"]);
    rig.content.put(&operator(), Rule { enabled: false, ..rule(1, "r") }).await.unwrap();
    check(&["rules"]);
    rig.content.delete(&operator(), &rule(1, "r")).await.unwrap();
    check(&["rules"]);
    rig.content.create(&operator(), limit(2, "p", "rig.other", 1)).await.unwrap();
    check(&["policies"]);
    let alias = rig.content.create(&operator(), alias(3, "shout")).await.unwrap();
    check(&["aliases"]);
    assert_eq!(rig.catalog().matcher().find("shout hello").unwrap().alias, alias);
}

#[tokio::test]
async fn a_reload_compiles_only_what_files_have_changed() {
    let rig = Rig::open().await;
    let before = rig.catalog();
    rig.content.reload(&operator()).await.unwrap();
    assert_eq!(changed(&before, &rig.catalog()), ["actions"]);
    let document = json!({"name": "say", "action_ref": "rig.act", "formats": ["tell {{word}}"]});
    write(rig.directory.path(), "aliases/say.yaml", &document);
    rig.content.reload(&operator()).await.unwrap();
    assert_eq!(changed(&before, &rig.catalog()), ["actions", "aliases"]);
    assert!(rig.catalog().matcher().find("tell me").is_ok());
    assert_eq!(
        rig.catalog().aliases.get("rig.say").unwrap().id,
        before.aliases.get("rig.say").unwrap().id
    );
}

#[tokio::test]
async fn each_change_rings_the_bell() {
    let rig = Rig::open().await;
    rig.content.bell().notified().await;
    let before = rig.catalog().version;
    rig.content.create(&operator(), rule(1, "r")).await.unwrap();
    rig.content.bell().notified().await;
    assert_eq!(rig.catalog().version, before + 1);
}

#[tokio::test]
async fn what_the_api_made_stays_across_restarts_and_reloads() {
    let rig = Rig::open().await;
    rig.content.create(&operator(), alias(1, "shout")).await.unwrap();
    rig.content.create(&operator(), rule(2, "r")).await.unwrap();
    rig.content.create(&operator(), limit(3, "p", "rig.other", 1)).await.unwrap();
    let rig = rig.restart().await;
    rig.content.reload(&operator()).await.unwrap();
    let catalog = rig.catalog();
    assert_eq!(catalog.aliases.find("rig.shout").unwrap().id, id(1));
    assert_eq!(catalog.rules.find("rig.r").unwrap().id, id(2));
    assert_eq!(catalog.policies.find("rig.p").unwrap().id, id(3));
    assert!(catalog.rules_on("rig.t").is_some());
    assert!(catalog.policies.index().limits.contains_key("rig.other"));
    rig.content.delete(&operator(), &alias(1, "shout")).await.unwrap();
    let rig = rig.restart().await;
    assert!(!rig.catalog().aliases.contains("rig.shout"));
}

#[tokio::test]
async fn the_api_stands_in_front_of_a_file_until_the_packs_are_registered() {
    let rig = Rig::open().await;
    let of_file = ActionAlias::clone(rig.catalog().aliases.get("rig.say").unwrap());
    let changed = ActionAlias { action_ref: "rig.other".to_owned(), ..of_file.clone() };
    rig.content.put(&operator(), changed).await.unwrap();
    let rig = rig.restart().await;
    assert_eq!(rig.action_of("rig.say").as_deref(), Some("rig.other"));
    rig.content.reload(&operator()).await.unwrap();
    assert_eq!(rig.action_of("rig.say").as_deref(), Some("rig.act"));
    let rig = rig.restart().await;
    assert_eq!(rig.action_of("rig.say").as_deref(), Some("rig.act"));

    rig.content.delete(&operator(), &of_file).await.unwrap();
    let rig = rig.restart().await;
    assert_eq!(rig.action_of("rig.say"), None);
    rig.content.reload(&operator()).await.unwrap();
    assert_eq!(rig.catalog().aliases.get("rig.say").unwrap().id, of_file.id);
}

#[tokio::test]
async fn an_item_that_is_renamed_leaves_nothing_under_its_old_name() {
    let rig = Rig::open().await;
    rig.content.create(&operator(), alias(1, "shout")).await.unwrap();
    rig.content.put(&operator(), alias(1, "cry")).await.unwrap();
    let check = |rig: &Rig| {
        assert_eq!(rig.action_of("rig.shout"), None);
        assert_eq!(rig.catalog().aliases.get("rig.cry").unwrap().id, id(1));
    };
    check(&rig);
    check(&rig.restart().await);
}

#[tokio::test]
async fn what_is_there_already_is_refused_and_named() {
    let rig = Rig::open().await;
    let check = |refused: Refusal, other: Id| {
        let Refusal::Exists { conflict_id, .. } = refused else { panic!("{refused}") };
        assert_eq!(conflict_id, Some(other));
    };
    let of_file = rig.catalog().aliases.get("rig.say").unwrap().id;
    check(rig.content.create(&operator(), alias(1, "say")).await.unwrap_err(), of_file);
    let few = rig.catalog().policies.get("rig.few").unwrap().id;
    check(rig.content.create(&operator(), limit(1, "few", "rig.x", 1)).await.unwrap_err(), few);
    check(rig.content.create(&operator(), limit(1, "other", "rig.act", 1)).await.unwrap_err(), few);
    check(rig.content.put(&operator(), limit(1, "other", "rig.act", 1)).await.unwrap_err(), few);
    // An alias takes the place of another of its reference.
    rig.content.put(&operator(), alias(1, "say")).await.unwrap();
    assert_eq!(rig.catalog().aliases.get("rig.say").unwrap().id, id(1));
    assert_eq!(rig.catalog().aliases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_record_is_in_force_though_its_caller_went_away() {
    let rig = Rig::open().await;
    for n in 1..30 {
        let content = rig.content.clone();
        let change = tokio::spawn(async move {
            let _made = content.create(&operator(), rule(n, &format!("r{n}"))).await;
        });
        for _ in 0..n {
            tokio::task::yield_now().await;
        }
        change.abort();
        // The next change comes after all that has begun.
        rig.content.put(&operator(), rule(0, "last")).await.unwrap();
        let records = rig.content.store().content().await.unwrap();
        let from_api = records.iter().filter(|record| record.origin == Origin::Api);
        let recorded: Vec<String> = from_api.map(|record| record.reference.clone()).collect();
        let catalog = rig.catalog();
        let made = catalog.rules.values().filter(|rule| rule.metadata_file.is_empty());
        let in_force: Vec<String> = made.map(|rule| rule.reference().to_string()).collect();
        assert_eq!(recorded, in_force);
    }
}
