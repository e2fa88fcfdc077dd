//! Rules: each event is evaluated exactly once.
//!
//! What follows from an event is part of the commit that writes it, or that claims it where it was
//! pending. Wake-ups are hints: a loop looks for events that are still pending.

use std::sync::Arc;

use content::{Catalog, Content, Datastore};
use execution::{Admitted, Commit, Executions, Happened, Request, Templates};
use model::{
    Id, Object, Principal, Provenance, Rule, TriggerInstance, execution::Cause, principal::Origin,
    rule::Kind,
};
use serde_json::{Value, json};
use store::{Transaction, trigger::Enforcement};

/// The settings of rules; they stay for the life of the process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The user on whose behalf rules act.
    pub system_user: String,
    /// How deep rules may lead to executions that lead to rules.
    pub chain_depth_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { system_user: "stanley".to_owned(), chain_depth_max: 20 }
    }
}

/// The rules in force. Clones are handles on the same ones. It borrows the executions that it
/// requests by, so that these can hold it.
#[derive(Debug, Clone)]
pub struct Rules {
    content: Content,
    settings: Arc<Settings>,
}

impl Rules {
    /// Returns the rules of the content.
    pub fn new(content: Content, settings: Settings) -> Self {
        Self { content, settings: Arc::new(settings) }
    }

    /// Returns what follows from something that happened: events, and the executions that rules
    /// request.
    pub fn follow(&self, executions: &Executions, happened: &Happened<'_>) -> Commit {
        let mut commit = Commit::default();
        match happened {
            Happened::End(execution) => {
                for instance in self.events_of_end(executions, execution) {
                    self.follow_event(executions, &mut commit, &instance);
                }
            }
            Happened::Event(instance) => self.follow_event(executions, &mut commit, instance),
        }
        commit
    }

    /// Adds an event, as evaluated, and what the rules make of it.
    fn follow_event(
        &self,
        executions: &Executions,
        commit: &mut Commit,
        instance: &TriggerInstance,
    ) {
        let mut rows = Transaction::new();
        rows.insert_processed_trigger_instance(instance);
        commit.add_rows(rows);
        self.evaluate(executions, commit, instance);
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.content.catalog()
    }

    /// Adds what the rules make of an event.
    pub(crate) fn evaluate(
        &self,
        executions: &Executions,
        commit: &mut Commit,
        instance: &TriggerInstance,
    ) {
        metrics::counter!(crate::metrics::EVENTS_CARRIED).increment(1);
        let catalog = self.catalog();
        let Some(rules) = catalog.rules_on(&instance.trigger) else { return };
        if instance.depth > self.settings.chain_depth_max {
            tracing::warn!(event = %instance.id, "rules led to rules too many times, the chain ends here");
            return;
        }
        let payload = Value::Object(instance.payload.clone());
        let datastore = Datastore;
        let event_id = instance.id.to_string();
        let mut standard_matched = false;
        for (rule, compiled) in rules.candidates(&payload) {
            if rule.kind == Kind::Backstop && standard_matched {
                continue;
            }
            let reference = rule.reference().to_string();
            let context = criteria::Context {
                now: instance.occurrence_time,
                lookup: Some(&datastore),
                crypto_key: None,
                rule: &reference,
                instance: &event_id,
            };
            let verdict = compiled.evaluate(&payload, &context);
            if let Some(reason) = verdict.failure {
                add_enforcement(executions, commit, (rule, instance), (None, Some(reason)));
            }
            if verdict.matched {
                standard_matched |= rule.kind == Kind::Standard;
                self.enforce(executions, commit, rule, instance);
            }
        }
    }

    /// Requests the action of a rule that matched.
    fn enforce(
        &self,
        executions: &Executions,
        commit: &mut Commit,
        rule: &Arc<Rule>,
        instance: &TriggerInstance,
    ) {
        let catalog = self.catalog();
        let outcome = match executions.admit(self.rule_request(&catalog, rule, instance)) {
            Ok(Admitted { execution, failure }) => {
                let id = execution.id;
                commit.add_birth(executions.store(), Arc::new(execution));
                (Some(id), failure)
            }
            Err(refusal) => {
                let is_missing = !catalog.actions.contains(&rule.action.reference);
                let reason = if is_missing {
                    format!("Action \"{}\" doesn't exist", rule.action.reference)
                } else {
                    refusal.to_string()
                };
                let reference = rule.reference();
                tracing::warn!(rule.ref = %reference, %reason, "Rule `{reference}` matched, but its action was refused");
                (None, Some(reason))
            }
        };
        add_enforcement(executions, commit, (rule, instance), outcome);
    }

    fn rule_request(
        &self,
        catalog: &Catalog,
        rule: &Arc<Rule>,
        instance: &TriggerInstance,
    ) -> Request {
        let principal = Principal {
            name: self.settings.system_user.clone(),
            is_admin: true,
            origin: Origin::Rule { rule: rule.reference().to_string() },
        };
        let mut request =
            Request::new(&rule.action.reference, rule.action.parameters.clone(), principal);
        request.templates = Templates::Rendered;
        let variables =
            Object::from_iter([("trigger".to_owned(), Value::Object(instance.payload.clone()))]);
        request.variables = Some(variables);
        let trigger_type = catalog.trigger_types.get(&rule.trigger.type_ref);
        request.provenance = Provenance::of_rule(Cause {
            rule: rule.to_json(),
            trigger: json!({
                "type": rule.trigger.type_ref, "ref": rule.trigger.reference, "parameters": rule.trigger.parameters,
            }),
            trigger_type: trigger_type.map_or(Value::Null, |one| one.to_json()),
            trigger_instance: json!({
                "id": instance.id, "trigger": instance.trigger, "occurrence_time": instance.occurrence_time,
            }),
            depth: instance.depth + 1,
        });
        request
    }
}

/// Adds the record of a rule that matched, or could not be evaluated.
fn add_enforcement(
    executions: &Executions,
    commit: &mut Commit,
    (rule, instance): (&Rule, &TriggerInstance),
    (execution, failure_reason): (Option<Id>, Option<String>),
) {
    let mut rows = Transaction::new();
    rows.insert_enforcement(&Enforcement {
        id: executions.make_id(),
        rule: rule.reference().to_string(),
        trigger_instance: instance.id,
        execution,
        failure_reason,
        enforced_at: executions.now(),
    });
    commit.add_rows(rows);
}
