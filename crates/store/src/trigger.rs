//! Events, and the results of the rules that matched them.
//!
//! An event from outside is written as `pending`. The rules claim it (a guard) in the transaction
//! of everything that follows, so that it is evaluated exactly once, also through a crash. An event
//! may have a key: of several events of a trigger with the same key, one is stored.

use futures_util::future::BoxFuture;
use model::{Id, Timestamp, TriggerInstance};
use sqlx::Row as _;

use crate::{Error, Store, Transaction, write::Value};

/// The result of a rule that matched, or could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforcement {
    /// The id.
    pub id: Id,
    /// The rule's reference.
    pub rule: String,
    /// The event.
    pub trigger_instance: Id,
    /// The execution that was requested.
    pub execution: Option<Id>,
    /// Why the request or the execution failed.
    pub failure_reason: Option<String>,
    /// The time.
    pub enforced_at: Timestamp,
}

impl Transaction {
    /// Adds an event that waits for the rules; a conflict when its id or its key exists.
    pub fn insert_trigger_instance(&mut self, instance: &TriggerInstance, key: Option<&str>) {
        self.insert_instance(instance, "pending", key);
    }

    /// Adds an event that the same transaction has processed.
    pub fn insert_processed_trigger_instance(&mut self, instance: &TriggerInstance) {
        self.insert_instance(instance, "processed", None);
    }

    fn insert_instance(&mut self, instance: &TriggerInstance, status: &str, key: Option<&str>) {
        self.guard(
            "INSERT INTO trigger_instances (id, trigger_ref, status, occurred_us, body, key) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            vec![
                Value::Text(instance.id.to_string()),
                Value::Text(instance.trigger.clone()),
                Value::Text(status.to_owned()),
                Value::Integer(instance.occurrence_time.micros()),
                Value::Text(serde_json::to_string(instance).unwrap_or_default()),
                Value::OptionalText(key.map(str::to_owned)),
            ],
        );
    }

    /// Claims a pending event; a conflict when it is not pending any more.
    pub fn claim_trigger_instance(&mut self, id: Id, succeeded: bool) {
        let status = if succeeded { "processed" } else { "processing_failed" };
        self.guard(
            "UPDATE trigger_instances SET status = $1 WHERE id = $2 AND status = 'pending'",
            vec![Value::Text(status.to_owned()), Value::Text(id.to_string())],
        );
    }

    /// Adds the result of a rule.
    pub fn insert_enforcement(&mut self, enforcement: &Enforcement) {
        self.then(
            "INSERT INTO rule_enforcements (id, rule_ref, trigger_instance, execution_id, failure_reason, enforced_us) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            vec![
                Value::Text(enforcement.id.to_string()),
                Value::Text(enforcement.rule.clone()),
                Value::Text(enforcement.trigger_instance.to_string()),
                Value::OptionalText(enforcement.execution.map(|id| id.to_string())),
                Value::OptionalText(enforcement.failure_reason.clone()),
                Value::Integer(enforcement.enforced_at.micros()),
            ],
        );
    }
}

impl Store {
    /// Returns the pending events until a moment, oldest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn pending_trigger_instances(
        &self,
        until: Timestamp,
        limit: i64,
    ) -> BoxFuture<'_, Result<Vec<TriggerInstance>, Error>> {
        Box::pin(async move {
            let query = sqlx::query(
                "SELECT id, body FROM trigger_instances WHERE status = 'pending' AND occurred_us <= $1 \
             ORDER BY occurred_us LIMIT $2",
            );
            let rows = query.bind(until.micros()).bind(limit).fetch_all(self.readers()).await?;
            let mut instances = Vec::with_capacity(rows.len());
            for row in rows {
                let id: String = row.try_get(0)?;
                let body: String = row.try_get(1)?;
                let unreadable = |source| Error::Record { table: "trigger_instances", id, source };
                instances.push(serde_json::from_str(&body).map_err(unreadable)?);
            }
            Ok(instances)
        })
    }

    /// Returns the event of a trigger with this key.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn trigger_instance_of_key<'a>(
        &'a self,
        trigger: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Id>, Error>> {
        Box::pin(async move {
            let query =
                sqlx::query("SELECT id FROM trigger_instances WHERE trigger_ref = $1 AND key = $2");
            let query = query.bind(trigger.to_owned()).bind(key.to_owned());
            let row = query.fetch_optional(self.readers()).await?;
            let id = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
            Ok(id.and_then(|id| id.parse().ok()))
        })
    }

    /// Returns the last results of a rule, newest first.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub fn enforcements<'a>(
        &'a self,
        rule: &'a str,
        limit: i64,
    ) -> BoxFuture<'a, Result<Vec<Enforcement>, Error>> {
        Box::pin(async move {
            let query = sqlx::query(
                "SELECT id, trigger_instance, execution_id, failure_reason, enforced_us FROM rule_enforcements \
             WHERE rule_ref = $1 ORDER BY enforced_us DESC LIMIT $2",
            );
            let rows = query.bind(rule.to_owned()).bind(limit).fetch_all(self.readers()).await?;
            let mut enforcements = Vec::with_capacity(rows.len());
            for row in rows {
                let nothing = Id::from_bytes([0; 12]);
                let id = |text: String| text.parse().unwrap_or(nothing);
                enforcements.push(Enforcement {
                    id: id(row.try_get(0)?),
                    rule: rule.to_owned(),
                    trigger_instance: id(row.try_get(1)?),
                    execution: row.try_get::<Option<String>, _>(2)?.map(id),
                    failure_reason: row.try_get(3)?,
                    enforced_at: Timestamp::from_micros(row.try_get(4)?),
                });
            }
            Ok(enforcements)
        })
    }
}
