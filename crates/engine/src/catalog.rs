//! The catalog: everything registered, compiled, in one immutable snapshot.
//!
//! Registering content builds the next catalog and swaps it in, so a change is live at once and
//! whole, and the hot path never asks the database for content.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use alias::Matcher;
use criteria::{Criteria, Index};
use model::{
    Action, ActionAlias, Id, Object, Pack, Policy, Rule, RunnerType, TriggerType,
    execution::Snapshot, policy::Kind, rule,
};
use pack::schema::Compiled;

use crate::policy::{self, Limit, Retry};

/// Everything registered.
#[derive(Debug)]
pub struct Catalog {
    /// Which catalog this is: later ones have greater numbers.
    pub version: u64,
    /// The packs by reference.
    pub packs: BTreeMap<String, Arc<Pack>>,
    /// The actions by reference.
    pub actions: BTreeMap<String, Arc<Registered>>,
    /// The runner types by name.
    pub runner_types: BTreeMap<String, Arc<RunnerType>>,
    /// The aliases by reference.
    pub aliases: BTreeMap<String, Arc<ActionAlias>>,
    /// The rules by reference.
    pub rules: BTreeMap<String, Arc<Rule>>,
    /// The trigger types by reference.
    pub trigger_types: BTreeMap<String, Arc<TriggerType>>,
    /// Matches sentences.
    pub matcher: Matcher,
    /// The policies by reference.
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// The types of policies, with their ids.
    pub policy_types: Vec<(Kind, Id)>,
    /// What is wrong with the content.
    pub complaints: Vec<pack::Complaint>,
    pub(crate) limits: HashMap<String, Vec<Limit>>,
    pub(crate) retries: HashMap<String, Vec<Retry>>,
    rule_sets: HashMap<String, RuleSet>,
}

/// An action, ready to be requested.
#[derive(Debug)]
pub struct Registered {
    /// The action with its runner type; none where the runner does not exist here.
    pub snapshot: Arc<Snapshot>,
    /// Whether the runner exists here.
    pub is_runnable: bool,
    /// The schemas of all its parameters.
    pub parameters: Object,
    /// The check of a request's parameters, or what is wrong with their schema.
    pub check: Result<Compiled, String>,
    /// The directory of its pack.
    pub pack_dir: PathBuf,
}

impl Registered {
    /// Returns the action.
    pub fn action(&self) -> &Action {
        &self.snapshot.action
    }
}

/// The rules that listen to one trigger.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<(Arc<Rule>, Criteria)>,
    index: Index,
}

impl RuleSet {
    /// Returns the rules that may match the payload, standard ones first.
    pub fn candidates(&self, payload: &serde_json::Value) -> Vec<&(Arc<Rule>, Criteria)> {
        self.index.candidates(payload).filter_map(|position| self.rules.get(position)).collect()
    }
}

/// What a catalog is made of.
#[derive(Debug, Default)]
pub struct Parts {
    /// The packs.
    pub packs: Vec<Pack>,
    /// The actions.
    pub actions: Vec<Action>,
    /// The aliases.
    pub aliases: Vec<ActionAlias>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The trigger types.
    pub trigger_types: Vec<TriggerType>,
    /// The runner types.
    pub runner_types: Vec<RunnerType>,
    /// The policies.
    pub policies: Vec<Policy>,
    /// The types of policies, with their ids.
    pub policy_types: Vec<(Kind, Id)>,
    /// What is wrong with the content.
    pub complaints: Vec<pack::Complaint>,
}

impl Catalog {
    /// Builds a catalog of these parts.
    pub fn build(parts: Parts) -> Self {
        let packs: BTreeMap<_, _> =
            parts.packs.into_iter().map(|pack| (pack.reference.clone(), Arc::new(pack))).collect();
        let runner_types: BTreeMap<_, _> =
            parts.runner_types.into_iter().map(|one| (one.name.clone(), Arc::new(one))).collect();
        let register = |action: Action| {
            let pack_dir = packs.get(&action.pack).map(|pack| PathBuf::from(&pack.path));
            let runner_type = runner_types.get(&action.runner_type);
            (action.reference().to_string(), Arc::new(registered(action, runner_type, pack_dir)))
        };
        let actions = parts.actions.into_iter().map(register).collect();
        let aliases: BTreeMap<_, _> = parts
            .aliases
            .into_iter()
            .map(|alias| (alias.reference().to_string(), Arc::new(alias)))
            .collect();
        let rules: BTreeMap<_, _> = parts
            .rules
            .into_iter()
            .map(|rule| (rule.reference().to_string(), Arc::new(rule)))
            .collect();
        let trigger_types = parts
            .trigger_types
            .into_iter()
            .map(|one| (one.reference().to_string(), Arc::new(one)))
            .collect();
        let (matcher, unmatched) = Matcher::build(aliases.values().cloned().collect());
        for complaint in unmatched {
            tracing::warn!("{complaint}");
        }
        let rule_sets = rule_sets(&rules);
        let policies: BTreeMap<_, _> = parts
            .policies
            .into_iter()
            .map(|policy| (policy.reference().to_string(), Arc::new(policy)))
            .collect();
        let limits = policy::compile(&policies, Limit::of);
        let retries = policy::compile(&policies, Retry::of);
        Self {
            version: 0,
            packs,
            actions,
            runner_types,
            aliases,
            rules,
            trigger_types,
            matcher,
            policies,
            policy_types: parts.policy_types,
            complaints: parts.complaints,
            limits,
            retries,
            rule_sets,
        }
    }

    /// Returns the action with this reference or id.
    pub fn action(&self, reference_or_id: &str) -> Option<&Arc<Registered>> {
        self.actions
            .get(reference_or_id)
            .or_else(|| by_id(self.actions.values(), reference_or_id, |one| one.snapshot.action.id))
    }

    /// Returns the alias with this reference or id.
    pub fn alias(&self, reference_or_id: &str) -> Option<&Arc<ActionAlias>> {
        self.aliases
            .get(reference_or_id)
            .or_else(|| by_id(self.aliases.values(), reference_or_id, |one| one.id))
    }

    /// Returns the rule with this reference or id.
    pub fn rule(&self, reference_or_id: &str) -> Option<&Arc<Rule>> {
        self.rules
            .get(reference_or_id)
            .or_else(|| by_id(self.rules.values(), reference_or_id, |one| one.id))
    }

    /// Returns the policy with this reference or id.
    pub fn policy(&self, reference_or_id: &str) -> Option<&Arc<Policy>> {
        self.policies
            .get(reference_or_id)
            .or_else(|| by_id(self.policies.values(), reference_or_id, |one| one.id))
    }

    /// Returns the pack with this reference or id.
    pub fn pack(&self, reference_or_id: &str) -> Option<&Arc<Pack>> {
        self.packs
            .get(reference_or_id)
            .or_else(|| by_id(self.packs.values(), reference_or_id, |one| one.id))
    }

    /// Returns the rules that listen to a trigger.
    pub fn rules_on(&self, trigger: &str) -> Option<&RuleSet> {
        self.rule_sets.get(trigger)
    }
}

fn by_id<'a, T>(
    mut all: impl Iterator<Item = &'a T>,
    text: &str,
    id: impl Fn(&T) -> Id,
) -> Option<&'a T> {
    let wanted: Id = text.parse().ok()?;
    all.find(|one| id(one) == wanted)
}

fn registered(
    action: Action,
    runner_type: Option<&Arc<RunnerType>>,
    pack_dir: Option<PathBuf>,
) -> Registered {
    let is_runnable = runner_type.is_some() && action.runner().is_some();
    let runner = runner_type.map_or_else(|| missing(&action), |one| RunnerType::clone(one));
    let parameters = action.merged_parameters(&runner);
    let description = Some(action.description.as_str());
    let check = Compiled::of_action(&action.name, description, &parameters)
        .map_err(|error| error.to_string());
    let snapshot = Arc::new(Snapshot::new(action, runner));
    Registered { snapshot, is_runnable, parameters, check, pack_dir: pack_dir.unwrap_or_default() }
}

/// Describes a runner type that does not exist here, so that the action can still be shown.
fn missing(action: &Action) -> RunnerType {
    let mut runner = RunnerType::shipped(model::Runner::Noop, action.id);
    runner.name.clone_from(&action.runner_type);
    runner.description = "This runner type does not exist here.".to_owned();
    runner.enabled = false;
    runner
}

fn rule_sets(rules: &BTreeMap<String, Arc<Rule>>) -> HashMap<String, RuleSet> {
    let mut by_trigger: HashMap<String, Vec<(Arc<Rule>, Criteria)>> = HashMap::new();
    for rule in rules.values().filter(|rule| rule.enabled) {
        let compiled = Criteria::unchecked(&rule.criteria);
        by_trigger
            .entry(rule.trigger.reference.clone())
            .or_default()
            .push((Arc::clone(rule), compiled));
    }
    let set = |mut rules: Vec<(Arc<Rule>, Criteria)>| {
        rules.sort_by_key(|(rule, _)| rule.kind != rule::Kind::Standard);
        let index = Index::new(rules.iter().enumerate().map(|(at, (_, criteria))| (at, criteria)));
        RuleSet { rules, index }
    };
    by_trigger.into_iter().map(|(trigger, rules)| (trigger, set(rules))).collect()
}
