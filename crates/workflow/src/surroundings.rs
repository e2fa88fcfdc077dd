//! What surrounds the expressions of a workflow.

use std::sync::Arc;

use content::{Catalog, Datastore};
use flow::Env;
use model::Id;

use crate::Workflows;

/// The surroundings of a workflow at one moment.
pub(crate) struct Surroundings {
    workflows: Workflows,
    catalog: Arc<Catalog>,
    now: jiff::Timestamp,
    seed: u64,
}

impl Surroundings {
    pub(crate) fn of(workflows: &Workflows, execution: Id) -> Self {
        let now = workflows.now().micros();
        Self {
            workflows: workflows.clone(),
            catalog: workflows.catalog(),
            now: jiff::Timestamp::from_microsecond(now).unwrap_or_default(),
            seed: seed(execution, now),
        }
    }

    /// Evaluates something in these surroundings.
    pub(crate) fn with<T>(&self, evaluate: impl FnOnce(&Env<'_>) -> T) -> T {
        let has_action = |reference: &str| self.catalog.actions.contains(reference);
        let make_id = || self.workflows.make_id().to_string();
        evaluate(&Env {
            now: self.now,
            seed: self.seed,
            lookup: Some(&Datastore),
            has_action: &has_action,
            make_id: &make_id,
            ..Env::new()
        })
    }
}

/// Returns the seed of random numbers.
fn seed(execution: Id, now: i64) -> u64 {
    execution.to_string().bytes().chain(now.to_le_bytes()).fold(0, |seed: u64, byte| {
        seed.rotate_left(5) ^ u64::from(byte).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
