//! Events from outside: webhooks, timers, sensors.

use access::Refusal;
use futures_util::future::BoxFuture;
use model::{Id, Object, TriggerInstance};
use store::{Transaction, WriteError};

use crate::Events;

/// The longest key, in bytes.
const KEY_MAX: usize = 512;

impl Events {
    /// Records that something happened; returns the id of the event once it is durable. The rules
    /// follow it soon after.
    ///
    /// Of several events of a trigger with the same key, the first is kept, and its id is returned
    /// for the others too. A source that may deliver twice names a key.
    ///
    /// # Errors
    /// Fails when no such trigger is registered, the key is too long, or nothing can be written.
    pub fn emit<'a>(
        &'a self,
        trigger: &'a str,
        payload: Object,
        key: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Id, Refusal>> {
        Box::pin(async move {
            if self.executions.catalog().trigger_types.get(trigger).is_none() {
                let reason = format!(
                    "Trigger \"{trigger}\" is not registered: `squall pack reload` reads the triggers of packs"
                );
                return Err(Refusal::not_found(reason));
            }
            if key.is_some_and(|key| key.len() > KEY_MAX) {
                let reason = format!("the key of an event has at most {KEY_MAX} bytes");
                return Err(Refusal::invalid(reason));
            }
            let instance = TriggerInstance {
                id: self.executions.make_id(),
                trigger: trigger.to_owned(),
                payload,
                occurrence_time: self.executions.now(),
                depth: 0,
            };
            let mut rows = Transaction::new();
            rows.insert_trigger_instance(&instance, key);
            match (self.executions.store().write(rows).await, key) {
                (Ok(_), _) => {
                    self.bell.notify_one();
                    Ok(instance.id)
                }
                (Err(WriteError::Conflict), Some(key)) => self.known(trigger, key).await,
                (Err(error), _) => Err(error.into()),
            }
        })
    }

    /// Returns the event of a trigger that has this key already.
    async fn known(&self, trigger: &str, key: &str) -> Result<Id, Refusal> {
        let known = self.executions.store().trigger_instance_of_key(trigger, key).await?;
        known.ok_or_else(|| WriteError::Conflict.into())
    }
}
