//! An answer: who may give it, whether it fits, and that only the first one counts.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::{Kind, Refusal, Resource, Respondents, Verb};
use model::{Decision, Execution, Id, Object, Outcome, Principal, Status};
use python::schema::Compiled;
use serde_json::{Value, json};
use store::Transaction;

use super::{Error, Inquiry, RESPONSE, object};
use crate::Workflows;
use execution::{self, End};

impl Workflows {
    /// Responds to an inquiry; returns the execution that ended with it.
    ///
    /// # Errors
    /// Fails when it does not wait any more, `who` may not respond, or the response does not fit.
    pub fn respond<'a>(
        &'a self,
        who: &'a Principal,
        id: Id,
        response: Object,
    ) -> BoxFuture<'a, Result<Arc<Execution>, Error>> {
        Box::pin(async move {
            let (workflows, who) = (self.clone(), who.clone());
            let responding = async move { Ok(workflows.respond_now(&who, id, response).await) };
            self.executions().uninterrupted(responding).await?
        })
    }

    async fn respond_now(
        &self,
        who: &Principal,
        id: Id,
        response: Object,
    ) -> Result<Arc<Execution>, Error> {
        let inquiry = self.inquiry(id).await?;
        if inquiry.deadline().is_some_and(|deadline| deadline <= self.now()) {
            self.expire(id).await;
            return Err(Error::TimedOut(id));
        }
        self.check_respondent(who, &inquiry)?;
        validate(&inquiry, &response)?;
        let Some(slot) = self.executions().slot(id) else { return Err(self.why_not(id).await) };
        self.resume_for_answer(&inquiry.execution).await;
        let mut result = object(inquiry.execution.result.as_deref().unwrap_or(&Value::Null));
        result.insert(RESPONSE.to_owned(), Value::Object(response));
        let outcome = Outcome::new(Status::Succeeded, Value::Object(result));
        let end = End { context: answered(who), ..End::new(&[], outcome, Vec::new()) };
        match self.executions().try_finish(&slot, &end, Transaction::new(), &[]).await {
            Ok(execution) if execution.status == Status::Succeeded => Ok(execution),
            Ok(_) | Err(execution::Error::Illegal(_)) => Err(self.why_not(id).await),
            Err(execution::Error::Write(error)) => Err(Refusal::Write(error).into()),
        }
    }

    fn check_respondent(&self, who: &Principal, inquiry: &Inquiry) -> Result<(), Error> {
        let id = inquiry.id();
        let (reference, users, roles) = (id.to_string(), inquiry.users(), inquiry.roles());
        let respondents = Respondents { users: users.as_deref(), roles: roles.as_deref() };
        let resource = Resource { respondents, ..Resource::new(Kind::Inquiry, &reference) };
        let Decision { is_allowed, why } =
            self.executions().access().ask(who, Verb::Answer, &resource);
        if is_allowed {
            return Ok(());
        }
        Err(Error::Denied { id, user: who.person().to_owned(), why })
    }

    /// Says what became of an inquiry that waited a moment ago.
    async fn why_not(&self, id: Id) -> Error {
        match self.inquiry(id).await {
            Ok(_) => Error::AlreadyResponded(id),
            Err(error) => error,
        }
    }
}

/// Returns what the record says of who answered.
fn answered(who: &Principal) -> Object {
    Object::from_iter([
        ("responded_by".to_owned(), json!(who.person())),
        ("responded_through".to_owned(), json!(who.origin)),
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
