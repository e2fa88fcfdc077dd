//! Rules: each event is evaluated exactly once.
//!
//! What follows from an event is part of the commit that writes it, or that claims it where it was
//! pending. Wake-ups are hints: a loop looks for events that are still pending.

use std::{sync::Arc, time::Duration};

use model::{
    Execution, Id, Object, Principal, Rule, TriggerInstance, execution::Cause, principal::Origin,
    rule::Kind,
};
use serde_json::{Value, json};
use store::{Transaction, WriteError, trigger::Enforcement};

use crate::{
    admission::{Admitted, Request, Templates},
    commit::{Commit, Failed},
    engine::Engine,
};
use content::{Catalog, Datastore};

/// How often what was left is looked for.
const SWEEP: Duration = Duration::from_secs(2);
/// How old an event is before the sweep takes it up, in milliseconds: younger ones are on their way.
const SWEEP_AGE_MS: i64 = 2_000;
/// How many events one sweep takes up.
const SWEEP_MAX: i64 = 500;

/// Something that rules can follow.
#[derive(Debug)]
pub(crate) enum Happened<'a> {
    /// An execution has ended.
    End(&'a Execution),
    /// An event.
    Event(&'a TriggerInstance),
}

impl Engine {
    /// Returns what follows from something that happened: events, and the executions that rules
    /// request.
    pub(crate) fn follow(&self, happened: &Happened<'_>) -> Commit {
        let mut commit = Commit::default();
        match happened {
            Happened::End(execution) => {
                for instance in self.events_of_end(execution) {
                    self.follow_event(&mut commit, &instance);
                }
            }
            Happened::Event(instance) => self.follow_event(&mut commit, instance),
        }
        commit
    }

    /// Adds an event, as evaluated, and what the rules make of it.
    fn follow_event(&self, commit: &mut Commit, instance: &TriggerInstance) {
        let mut rows = Transaction::new();
        rows.insert_processed_trigger_instance(instance);
        commit.add_rows(rows);
        self.evaluate(commit, instance);
    }

    /// Evaluates the rules on a pending event.
    pub(crate) async fn process_event(&self, instance: TriggerInstance) {
        let mut rows = Transaction::new();
        rows.claim_trigger_instance(instance.id, true);
        let mut commit = Commit::of_rows(rows);
        self.evaluate(&mut commit, &instance);
        match self.commit(commit).await {
            Ok(_) => {}
            Err(Failed::Write(WriteError::Conflict, _)) => {
                tracing::debug!(event = %instance.id, "the event was processed already");
            }
            Err(Failed::Write(error, _)) => {
                tracing::error!(event = %instance.id, %error, "an event could not be processed, trying again later");
            }
            Err(Failed::Stale(_)) => {}
        }
    }

    /// Processes events that are pending, again and again.
    pub(crate) async fn keep_events_moving(&self) {
        let mut until = self.now();
        loop {
            match self.store.pending_trigger_instances(until, SWEEP_MAX).await {
                Ok(left) => {
                    for instance in left {
                        self.process_event(instance).await;
                    }
                }
                Err(error) => tracing::error!(%error, "waiting events cannot be read"),
            }
            tokio::select! {
                () = tokio::time::sleep(SWEEP) => until = self.now().plus_ms(-SWEEP_AGE_MS),
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Adds what the rules make of an event.
    fn evaluate(&self, commit: &mut Commit, instance: &TriggerInstance) {
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
                self.enforcement(commit, rule, instance, (None, Some(reason)));
            }
            if verdict.matched {
                standard_matched |= rule.kind == Kind::Standard;
                self.enforce(commit, &catalog, rule, instance);
            }
        }
    }

    /// Requests the action of a rule that matched.
    fn enforce(
        &self,
        commit: &mut Commit,
        catalog: &Catalog,
        rule: &Arc<Rule>,
        instance: &TriggerInstance,
    ) {
        let outcome = match self.admit(self.rule_request(catalog, rule, instance)) {
            Ok(Admitted { execution, failure }) => {
                let id = execution.id;
                commit.add_birth(&self.store, Arc::new(execution));
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
        self.enforcement(commit, rule, instance, outcome);
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
        let trace = json!({"trace_tag": format!("trigger_instance-{}", instance.id)});
        request
            .context
            .insert("trigger_instance".to_owned(), json!({"id": instance.id, "name": null}));
        request.context.insert("rule".to_owned(), json!({"id": rule.id, "name": rule.name}));
        request.context.insert("trace_context".to_owned(), trace);
        let variables =
            Object::from_iter([("trigger".to_owned(), Value::Object(instance.payload.clone()))]);
        request.variables = Some(variables);
        let trigger_type = catalog.trigger_types.get(&rule.trigger.type_ref);
        request.cause = Some(Box::new(Cause {
            rule: rule.to_json(),
            trigger: json!({
                "type": rule.trigger.type_ref, "ref": rule.trigger.reference, "parameters": rule.trigger.parameters,
            }),
            trigger_type: trigger_type.map_or(Value::Null, |one| one.to_json()),
            trigger_instance: json!({
                "id": instance.id, "trigger": instance.trigger, "occurrence_time": instance.occurrence_time,
            }),
            depth: instance.depth + 1,
        }));
        request
    }

    /// Adds the record of a rule that matched, or could not be evaluated.
    fn enforcement(
        &self,
        commit: &mut Commit,
        rule: &Rule,
        instance: &TriggerInstance,
        (execution, failure_reason): (Option<Id>, Option<String>),
    ) {
        let mut rows = Transaction::new();
        rows.insert_enforcement(&Enforcement {
            id: self.make_id(),
            rule: rule.reference().to_string(),
            trigger_instance: instance.id,
            execution,
            failure_reason,
            enforced_at: self.now(),
        });
        commit.add_rows(rows);
    }
}
