//! Rules, and what is compiled from all of them: for each trigger, the rules that listen to it.

use std::{collections::HashMap, sync::Arc};

use access::Refusal;
use criteria::Criteria;
use model::{Id, Object, Rule, rule};
use pack::load::trigger_reference;
use serde_json::Value;

use crate::{Catalog, Editable, Items, Kind, Registry};

/// The rules that listen to one trigger.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<(Arc<Rule>, Criteria)>,
    index: criteria::Index,
}

impl RuleSet {
    fn new(mut rules: Vec<(Arc<Rule>, Criteria)>) -> Self {
        rules.sort_by_key(|(rule, _)| rule.kind != rule::Kind::Standard);
        let compiled = rules.iter().enumerate().map(|(at, (_, criteria))| (at, criteria));
        let index = criteria::Index::new(compiled);
        Self { rules, index }
    }

    /// Returns the rules that may match the payload, standard ones first.
    pub fn candidates(&self, payload: &Value) -> Vec<&(Arc<Rule>, Criteria)> {
        self.index.candidates(payload).filter_map(|position| self.rules.get(position)).collect()
    }
}

impl Catalog {
    /// Returns the trigger of a type, with parameters of its own, for a rule to listen to.
    ///
    /// # Errors
    /// Fails when the type is not registered.
    pub fn trigger(&self, type_ref: &str, parameters: Object) -> Result<rule::Trigger, Refusal> {
        if !self.trigger_types.contains(type_ref) {
            return Err(Refusal::invalid(format!(
                "Trigger \"{type_ref}\" defined in the rule does not exist in system or it's missing \
                 required \"parameters\" attribute"
            )));
        }
        Ok(rule::Trigger {
            type_ref: type_ref.to_owned(),
            reference: trigger_reference(type_ref, &parameters),
            parameters,
            description: String::new(),
        })
    }
}

impl Kind for Rule {
    const NAME: &'static str = pack::Kind::Rule.as_str();
    const PLURAL: &'static str = "rules";
    const RESOURCE: access::Kind = access::Kind::Rule;

    type Index = HashMap<String, RuleSet>;

    fn id(&self) -> Id {
        self.id
    }

    fn reference(&self) -> String {
        self.reference().to_string()
    }

    fn index(items: &Items<Self>) -> HashMap<String, RuleSet> {
        let mut by_trigger: HashMap<String, Vec<(Arc<Self>, Criteria)>> = HashMap::new();
        for rule in items.values().filter(|rule| rule.enabled) {
            let criteria = Criteria::unchecked(&rule.criteria);
            let rules = by_trigger.entry(rule.trigger.reference.clone()).or_default();
            rules.push((Arc::clone(rule), criteria));
        }
        by_trigger.into_iter().map(|(trigger, rules)| (trigger, RuleSet::new(rules))).collect()
    }

    fn registry(catalog: &Catalog) -> &Registry<Self> {
        &catalog.rules
    }

    fn registry_mut(catalog: &mut Catalog) -> &mut Registry<Self> {
        &mut catalog.rules
    }
}

impl Editable for Rule {
    fn metadata_file(&self) -> &str {
        &self.metadata_file
    }
}
