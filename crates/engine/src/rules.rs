//! Rules in time: each event is carried to the rules exactly once.
//!
//! The event is claimed in the transaction that holds the executions that it leads to, so a crash
//! between the two is impossible. Wake-ups are hints: a loop looks for what was left.

use std::{sync::Arc, time::Duration};

use model::{
    Id, Object, Principal, Rule, TriggerInstance, execution::Cause, principal::Origin, rule::Kind,
};
use serde_json::{Value, json};
use store::{Transaction, WriteError, trigger::Enforcement};

use crate::{
    admission::{Admitted, Request, Templates},
    catalog::Catalog,
    criteria,
    datastore::Datastore,
    engine::Engine,
    transition::run_at,
};

/// How often what was left is looked for.
const SWEEP: Duration = Duration::from_secs(2);
/// How old an event is before the sweep takes it up, in milliseconds: younger ones are on their way.
const SWEEP_AGE_MS: i64 = 2_000;
/// How many events one sweep takes up.
const SWEEP_MAX: i64 = 500;

/// What the rules make of an event.
#[derive(Default)]
pub(crate) struct Decision {
    admitted: Vec<Admitted>,
    enforcements: Vec<Enforcement>,
}

impl Engine {
    /// Carries one event to the rules.
    pub(crate) async fn carry_event(&self, instance: TriggerInstance) {
        let mut transaction = Transaction::new();
        transaction.claim_trigger_instance(instance.id, true);
        let decision = self.decide_into(&mut transaction, &instance);
        match self.store.write(transaction).await {
            Ok(_) => self.accept_decision(decision),
            Err(WriteError::Conflict) => {
                tracing::debug!(event = %instance.id, "the event was carried by somebody else");
            }
            Err(error) => {
                tracing::error!(event = %instance.id, %error, "an event could not be carried to the rules yet");
            }
        }
    }

    /// Decides what the rules make of an event and adds it to the transaction.
    pub(crate) fn decide_into(
        &self,
        transaction: &mut Transaction,
        instance: &TriggerInstance,
    ) -> Decision {
        metrics::counter!(crate::metrics::EVENTS_CARRIED).increment(1);
        let decision = self.decide(instance);
        for Admitted { execution, .. } in &decision.admitted {
            transaction.insert_execution(&self.store, execution, run_at(execution));
        }
        for enforcement in &decision.enforcements {
            transaction.insert_enforcement(enforcement);
        }
        decision
    }

    /// Takes up what a decision that is durable now led to.
    pub(crate) fn accept_decision(&self, decision: Decision) {
        for Admitted { execution, .. } in decision.admitted {
            self.accept(&Arc::new(execution));
        }
    }

    /// Takes up, again and again, events that were left behind.
    pub(crate) async fn keep_events_moving(&self) {
        let mut until = self.now();
        loop {
            match self.store.pending_trigger_instances(until, SWEEP_MAX).await {
                Ok(left) => {
                    for instance in left {
                        self.carry_event(instance).await;
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

    fn decide(&self, instance: &TriggerInstance) -> Decision {
        let mut decision = Decision::default();
        let catalog = self.catalog();
        let Some(rules) = catalog.rules_on(&instance.trigger) else { return decision };
        if instance.depth > self.settings.chain_depth_max {
            tracing::warn!(event = %instance.id, "rules led to rules too many times, the chain ends here");
            return decision;
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
                decision.enforcements.push(self.enforcement(
                    &reference,
                    instance,
                    None,
                    Some(reason),
                ));
            }
            if verdict.matched {
                standard_matched |= rule.kind == Kind::Standard;
                self.enforce(&mut decision, &catalog, rule, instance);
            }
        }
        decision
    }

    fn enforce(
        &self,
        decision: &mut Decision,
        catalog: &Catalog,
        rule: &Arc<Rule>,
        instance: &TriggerInstance,
    ) {
        let reference = rule.reference().to_string();
        let (execution, failure) = match self.admit(self.rule_request(catalog, rule, instance)) {
            Ok(admitted) => {
                let id = admitted.execution.id;
                let failure = admitted.failure.clone();
                decision.admitted.push(admitted);
                (Some(id), failure)
            }
            Err(refusal) => {
                let is_missing = !catalog.actions.contains_key(&rule.action.reference);
                let reason = if is_missing {
                    format!("Action \"{}\" doesn't exist", rule.action.reference)
                } else {
                    refusal.to_string()
                };
                tracing::warn!(rule.ref = %reference, %reason, "Rule `{reference}` matched, but its action was refused");
                (None, Some(reason))
            }
        };
        decision.enforcements.push(self.enforcement(&reference, instance, execution, failure));
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

    fn enforcement(
        &self,
        rule: &str,
        instance: &TriggerInstance,
        execution: Option<Id>,
        failure_reason: Option<String>,
    ) -> Enforcement {
        Enforcement {
            id: self.make_id(),
            rule: rule.to_owned(),
            trigger_instance: instance.id,
            execution,
            failure_reason,
            enforced_at: self.now(),
        }
    }
}
