//! Runs again what failed or timed out. The next run is requested in the transaction of the end
//! that led to it, and its delay is part of its record: a crash neither loses nor doubles it.

use model::{Execution, Provenance};
use serde_json::Value;

use crate::{Admitted, Executions, Request, Templates};
use content::policy::Retry;

impl Executions {
    /// Returns the next run of an execution that ends, if a policy asks for one.
    pub(crate) fn retry_of(&self, ended: &Execution) -> Option<Execution> {
        let catalog = self.catalog();
        let retries = &catalog.policies.index().retries;
        if retries.is_empty() || is_part(ended) {
            return None;
        }
        let count = retry_count(ended);
        let policies = retries.get(&ended.action_ref())?;
        let applies = |retry: &&Retry| retry.on == ended.status && count < retry.count_max;
        let retry = policies.iter().find(applies)?;
        match self.admit_owed(request(ended, retry, count + 1)) {
            Ok(Admitted { execution, .. }) => Some(execution),
            Err(error) => {
                tracing::warn!(execution.id = %ended.id, policy.ref = %retry.policy, %error, "Policy `{}` asked for another run, which was refused", retry.policy);
                None
            }
        }
    }
}

/// Tells whether an execution is part of another, whose own means of retries count.
fn is_part(execution: &Execution) -> bool {
    let parent = execution.context.get("parent").and_then(Value::as_object);
    execution.parent.is_some() || parent.is_some_and(|parent| !parent.is_empty())
}

fn retry_count(execution: &Execution) -> i64 {
    let retry = execution.context.get("policies").and_then(|policies| policies.get("retry"));
    retry.and_then(|retry| retry.get("retry_count")).and_then(Value::as_i64).unwrap_or(0)
}

fn request(ended: &Execution, retry: &Retry, count: i64) -> Request {
    let mut request =
        Request::new(ended.action_ref(), ended.parameters.clone(), ended.principal.clone());
    // They were rendered once; what came out is data.
    request.templates = Templates::Literal;
    request.provenance = Provenance::of_retry(ended, &retry.policy, count);
    request.notify.clone_from(&ended.notify);
    request.delay_ms = retry.delay_ms;
    request
}
