//! To whom an execution belongs: to the user it runs for, or to the account in a chat network that
//! requested it or the workflow it is part of.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::{Kind, Owner, Refusal, Resource, Verb};
use model::{Decision, Execution, Principal, principal::Origin};
use serde_json::Value;

use crate::Executions;

/// How many executions above one are looked at.
const DEPTH_MAX: usize = 100;

impl Executions {
    /// Asks the gate about an execution.
    ///
    /// # Errors
    /// Fails when `who` may not, or the records cannot be read.
    pub fn check_execution<'a>(
        &'a self,
        who: &'a Principal,
        verb: Verb,
        execution: &'a Arc<Execution>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        Box::pin(async move {
            let id = execution.id.to_string();
            let resource = Resource::new(Kind::Execution, &id);
            let decision = self.access().decide(who, verb, &resource);
            if decision.is_allowed {
                return Ok(decision);
            }
            let root = self.root_of(execution).await?;
            let owner = Some(owner(execution, &root));
            self.access().check(who, verb, &Resource { owner, ..resource })
        })
    }

    /// Returns the execution that led to this one and was not itself requested by another.
    async fn root_of(&self, execution: &Arc<Execution>) -> Result<Arc<Execution>, Refusal> {
        let mut root = Arc::clone(execution);
        for _ in 0..DEPTH_MAX {
            let above = match &root.principal.origin {
                Origin::Workflow { execution } | Origin::Action { execution } => *execution,
                Origin::ApiKey { .. }
                | Origin::Token { .. }
                | Origin::Chat { .. }
                | Origin::Rule { .. }
                | Origin::System => break,
            };
            let Some(above) = self.execution(above).await? else { break };
            root = above;
        }
        Ok(root)
    }
}

fn owner<'a>(execution: &'a Execution, root: &'a Execution) -> Owner<'a> {
    let user = user(execution);
    match &root.principal.origin {
        // All accounts of a chat network share one user.
        Origin::Chat { adapter, account, .. } if user == self::user(root) => {
            Owner::Account { adapter, account }
        }
        Origin::Chat { .. }
        | Origin::ApiKey { .. }
        | Origin::Token { .. }
        | Origin::Rule { .. }
        | Origin::Workflow { .. }
        | Origin::Action { .. }
        | Origin::System => Owner::User(user),
    }
}

fn user(execution: &Execution) -> &str {
    execution.context.get("user").and_then(Value::as_str).unwrap_or_default()
}
