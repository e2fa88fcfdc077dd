//! Running an execution again.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::{Refusal, Verb};
use model::{
    Execution, Id, Notify, Object, Principal, Provenance,
    runner::{Language, Leader},
};

use crate::{Executions, Request, Templates};

impl Executions {
    /// Requests an execution again, with other parameters where some are given.
    ///
    /// # Errors
    /// Fails when there is no such execution, `who` may not, or the request is refused.
    pub fn rerun<'a>(
        &'a self,
        who: &'a Principal,
        id: Id,
        rerun: Rerun,
    ) -> BoxFuture<'a, Result<Arc<Execution>, Refusal>> {
        Box::pin(async move {
            let missing = || Refusal::not_found(format!("Execution with id \"{id}\" not found."));
            let old = self.execution(id).await?.ok_or_else(missing)?;
            self.check_execution(who, Verb::Rerun, &old).await?;
            rerun.check_tasks(&old)?;
            let mut parameters = if rerun.merge { old.parameters.clone() } else { Object::new() };
            parameters.extend(rerun.parameters.clone());
            let mut request = Request::new(old.action_ref(), parameters, who.clone());
            request.templates = Templates::Literal;
            request.provenance = Provenance::of_rerun(&old, rerun.tasks, rerun.reset);
            request.provenance.on_behalf_of = rerun.user;
            request.delay_ms = rerun.delay_ms;
            request.notify = rerun.notify;
            self.request(request).await
        })
    }
}

/// Options for running an execution again.
#[derive(Debug, Clone)]
pub struct Rerun {
    /// On whose behalf, where that is somebody else.
    pub user: Option<String>,
    /// Parameters in place of the old ones.
    pub parameters: Object,
    /// Whether the old parameters are merged in.
    pub merge: bool,
    /// How long to wait before the start, in milliseconds.
    pub delay_ms: Option<i64>,
    /// The notifications of its end.
    pub notify: Option<Notify>,
    /// The tasks of a workflow that run again, with their successors; empty for the whole workflow.
    pub tasks: Vec<String>,
    /// Those of the tasks of which all items run again, not only the failed ones.
    pub reset: Vec<String>,
}

impl Rerun {
    /// Checks the tasks that are named against the old execution.
    fn check_tasks(&self, old: &Execution) -> Result<(), Refusal> {
        if self.tasks.is_empty() && self.reset.is_empty() {
            return Ok(());
        }
        if old.leader() != Some(Leader::Workflow(Language::Orquesta)) {
            return Err(Refusal::invalid("Task option is only supported for Orquesta workflows."));
        }
        if self.reset.iter().any(|task| !self.tasks.contains(task)) {
            return Err(Refusal::invalid(
                "List of tasks to reset does not match the tasks to rerun.",
            ));
        }
        if !old.status.is_final() {
            return Err(Refusal::invalid(
                "Unable to rerun workflow because it is not in a completed state.",
            ));
        }
        Ok(())
    }
}
