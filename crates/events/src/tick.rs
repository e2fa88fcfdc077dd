//! Events that wait for the rules.

use execution::{Commit, Failed};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use model::{Timestamp, TriggerInstance, Wake};
use store::{Transaction, WriteError};

use crate::Events;

/// How often waiting events are looked for without a bell, in milliseconds.
const SWEEP_MS: i64 = 2_000;
/// How many events one tick evaluates.
const SWEEP_MAX: i64 = 500;
/// How many events are evaluated at once.
const CONCURRENCY: usize = 64;

impl Events {
    /// Evaluates the rules on events that wait, and returns when to look again.
    pub fn tick(&self, now: Timestamp) -> BoxFuture<'_, Wake> {
        Box::pin(async move {
            let waiting =
                match self.executions.store().pending_trigger_instances(now, SWEEP_MAX).await {
                    Ok(waiting) => waiting,
                    Err(error) => {
                        tracing::error!(%error, "waiting events cannot be read");
                        Vec::new()
                    }
                };
            let is_full = i64::try_from(waiting.len()).unwrap_or(i64::MAX) >= SWEEP_MAX;
            let done: Vec<bool> = stream::iter(waiting)
                .map(|instance| self.process(instance))
                .buffer_unordered(CONCURRENCY)
                .collect()
                .await;
            // Where nothing can be written, looking again at once would not help.
            if is_full && done.contains(&true) {
                self.bell.notify_one();
            }
            Wake::At(now.plus_ms(SWEEP_MS))
        })
    }

    /// Evaluates the rules on a waiting event, once; tells whether it waits no more.
    async fn process(&self, instance: TriggerInstance) -> bool {
        let mut rows = Transaction::new();
        rows.claim_trigger_instance(instance.id, true);
        let mut commit = Commit::of_rows(rows);
        self.rules.evaluate(&self.executions, &mut commit, &instance);
        match self.executions.commit(commit).await {
            Ok(_) | Err(Failed::Stale(_)) => true,
            Err(Failed::Write(WriteError::Conflict, _)) => {
                tracing::debug!(event = %instance.id, "the event was evaluated already");
                true
            }
            Err(Failed::Write(error, _)) => {
                tracing::error!(event = %instance.id, %error, "an event could not be evaluated, trying again later");
                false
            }
        }
    }
}
