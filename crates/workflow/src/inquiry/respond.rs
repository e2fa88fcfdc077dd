//! An answer: who may give it, whether it fits, and that only the first one counts.

use std::sync::Arc;

use access::Refusal;
use model::{Execution, Id, Object, Outcome, Principal, Status, principal::Origin};
use python::schema::Compiled;
use serde_json::{Value, json};
use store::Transaction;

use super::{Error, Inquiry, RESPONSE, object};
use crate::Workflows;
use execution::{self, End};

impl Workflows {
    /// Answers an inquiry on behalf of a principal; returns the execution that ended with it.
    ///
    /// # Errors
    /// Fails when it cannot be answered any more, by this principal, or so.
    pub async fn respond(
        &self,
        id: Id,
        response: Object,
        principal: &Principal,
    ) -> Result<Arc<Execution>, Error> {
        let (workflows, principal) = (self.clone(), principal.clone());
        self.executions()
            .uninterrupted(
                async move { Ok(workflows.respond_whole(id, response, &principal).await) },
            )
            .await?
    }

    async fn respond_whole(
        &self,
        id: Id,
        response: Object,
        principal: &Principal,
    ) -> Result<Arc<Execution>, Error> {
        let inquiry = self.inquiry(id).await?;
        if inquiry.deadline().is_some_and(|deadline| deadline <= self.now()) {
            self.expire(id).await;
            return Err(Error::TimedOut(id));
        }
        let (user, is_admin) = responder(principal);
        if !inquiry.admits(user, is_admin) {
            return Err(Error::Denied { id, user: user.to_owned() });
        }
        validate(&inquiry, &response)?;
        let Some(slot) = self.executions().slot(id) else { return Err(self.why_not(id).await) };
        self.resume_for_answer(&inquiry.execution).await;
        let mut result = object(inquiry.execution.result.as_deref().unwrap_or(&Value::Null));
        result.insert(RESPONSE.to_owned(), Value::Object(response));
        let outcome = Outcome::new(Status::Succeeded, Value::Object(result));
        let end = End { context: answered(user, principal), ..End::new(&[], outcome, Vec::new()) };
        match self.executions().try_finish(&slot, &end, Transaction::new(), &[]).await {
            Ok(execution) if execution.status == Status::Succeeded => Ok(execution),
            Ok(_) | Err(execution::Error::Illegal(_)) => Err(self.why_not(id).await),
            Err(execution::Error::Write(error)) => Err(Refusal::Write(error).into()),
        }
    }

    /// Says what became of an inquiry that waited a moment ago.
    async fn why_not(&self, id: Id) -> Error {
        match self.inquiry(id).await {
            Ok(_) => Error::AlreadyResponded(id),
            Err(error) => error,
        }
    }
}

/// Returns the name by which somebody may answer, and whether everything is allowed to them. In a
/// chat room that is the account there, which has no roles.
fn responder(principal: &Principal) -> (&str, bool) {
    match &principal.origin {
        Origin::Chat { account, .. } => (account, false),
        Origin::ApiKey { .. }
        | Origin::Token { .. }
        | Origin::Rule { .. }
        | Origin::Workflow { .. }
        | Origin::Action { .. }
        | Origin::System => (&principal.name, principal.is_admin),
    }
}

/// Returns what the record says of who answered.
fn answered(user: &str, principal: &Principal) -> Object {
    Object::from_iter([
        ("responded_by".to_owned(), json!(user)),
        ("responded_through".to_owned(), json!(principal.origin)),
    ])
}

/// Checks an answer; defaults of the schema are not part of what is kept, as in StackStorm.
fn validate(inquiry: &Inquiry, response: &Object) -> Result<(), Error> {
    let id = inquiry.id();
    let invalid = |error| Error::Invalid { id, error: Box::new(error) };
    let compiled = Compiled::new(inquiry.schema()).map_err(invalid)?;
    compiled.check_value(Value::Object(response.clone())).map_err(invalid)?;
    Ok(())
}
