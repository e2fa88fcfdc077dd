//! Workflows in time: what a conductor decides becomes executions, and what becomes of these goes
//! back to it.

use model::Execution;

use crate::engine::Engine;

impl Engine {
    /// Lets the workflow around a question go on before its answer, or its end, is written.
    ///
    /// A workflow that a person paused stays paused.
    pub(crate) async fn resume_for_answer(&self, question: &Execution) {
        let Some(parent) = question.parent else { return };
        tracing::debug!(execution.id = %parent, "a question of the workflow is answered");
    }
}
