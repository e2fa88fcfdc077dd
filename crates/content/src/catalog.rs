//! The catalog: everything registered, compiled, in one immutable snapshot.

use std::sync::Arc;

use alias::Matcher;
use model::{Action, ActionAlias, Id, Pack, Policy, Rule, RunnerType, TriggerType, policy};

use crate::{Kind, Registered, Registry, rule::RuleSet};

/// Everything registered. A clone shares the registries.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Which catalog this is: later ones have greater numbers.
    pub version: u64,
    /// The packs.
    pub packs: Registry<Pack>,
    /// The actions.
    pub actions: Registry<Registered>,
    /// The aliases.
    pub aliases: Registry<ActionAlias>,
    /// The rules.
    pub rules: Registry<Rule>,
    /// The policies.
    pub policies: Registry<Policy>,
    /// The trigger types.
    pub trigger_types: Registry<TriggerType>,
    /// The runner types.
    pub runner_types: Registry<RunnerType>,
    /// The types of policies, with their ids.
    pub policy_types: Vec<(policy::Kind, Id)>,
    /// What is wrong with the packs.
    pub complaints: Arc<[pack::Complaint]>,
}

/// What a catalog is built from.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) packs: Vec<Pack>,
    pub(crate) actions: Vec<Action>,
    pub(crate) aliases: Vec<ActionAlias>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) trigger_types: Vec<TriggerType>,
    pub(crate) runner_types: Vec<RunnerType>,
    pub(crate) policy_types: Vec<(policy::Kind, Id)>,
    pub(crate) complaints: Vec<pack::Complaint>,
}

impl Catalog {
    /// Builds the catalog that follows this one. What is compiled is kept where a kind has not
    /// changed.
    pub(crate) fn rebuilt(&self, parts: Parts) -> Self {
        let packs = self.packs.renewed(parts.packs);
        let runner_types = self.runner_types.renewed(parts.runner_types);
        let register = |action| Registered::new(action, &packs, &runner_types);
        Self {
            version: self.version,
            actions: Registry::new(parts.actions.into_iter().map(register)),
            aliases: self.aliases.renewed(parts.aliases),
            rules: self.rules.renewed(parts.rules),
            policies: self.policies.renewed(parts.policies),
            trigger_types: self.trigger_types.renewed(parts.trigger_types),
            packs,
            runner_types,
            policy_types: parts.policy_types,
            complaints: parts.complaints.into(),
        }
    }

    /// Returns the registry of a kind.
    pub fn of<K: Kind>(&self) -> &Registry<K> {
        K::registry(self)
    }

    /// Returns the matcher of sentences.
    pub fn matcher(&self) -> &Matcher {
        &self.aliases.index().matcher
    }

    /// Returns the rules that listen to a trigger.
    pub fn rules_on(&self, trigger: &str) -> Option<&RuleSet> {
        self.rules.index().get(trigger)
    }

    /// Returns how many items of each kind are registered.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let Self {
            version: _,
            packs,
            actions,
            aliases,
            rules,
            policies,
            trigger_types,
            runner_types,
            // These are no kind of their own.
            policy_types: _,
            complaints: _,
        } = self;
        vec![
            count(packs),
            count(actions),
            count(aliases),
            count(rules),
            count(policies),
            count(trigger_types),
            count(runner_types),
        ]
    }
}

fn count<K: Kind>(registry: &Registry<K>) -> (&'static str, usize) {
    (K::PLURAL, registry.len())
}
