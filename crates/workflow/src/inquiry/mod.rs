//! Inquiries: executions that ask people something and wait, durably, for one answer.
//!
//! ```text
//! requested ─► (scheduled ─► running ─►) pending ─► succeeded   somebody answered
//!                                             ├───► timeout     nobody did in time
//!                                             └───► canceled    by its id, or with its workflow
//! ```
//!
//! What is asked, and of whom, is the result of the pending execution; the moment at which it
//! began to wait is in its log. Nothing else is kept, so a restart changes nothing. A question
//! that waits holds no place in the queue and no task. Of several ends the first one that is
//! written counts, and the others are refused.

mod begin;
mod error;
mod expire;
mod post;
mod respond;
pub mod words;

use futures_util::future::BoxFuture;
use std::sync::Arc;

use model::{Execution, Id, Object, Runner, Status, Timestamp};
use serde_json::{Value, json};
use store::execution::{Column, Filter, Results};

pub use error::Error;

use crate::Workflows;

pub use post::body;

/// The part of an inquiry that its schema describes.
pub const RESPONSE: &str = "response";

/// An execution that waits for an answer.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// The execution.
    pub execution: Arc<Execution>,
}

impl Inquiry {
    /// Returns the inquiry that an execution is, as long as it can be answered.
    ///
    /// # Errors
    /// Fails when it is no inquiry, or does not wait for an answer.
    pub fn of(execution: Arc<Execution>) -> Result<Self, Error> {
        let id = execution.id;
        if !execution.is_question() {
            return Err(Error::NotAnInquiry(id));
        }
        match execution.status {
            Status::Pending => Ok(Self { execution }),
            Status::Timeout => Err(Error::TimedOut(id)),
            Status::Succeeded => Err(Error::AlreadyResponded(id)),
            status @ (Status::Requested
            | Status::Delayed
            | Status::Scheduled
            | Status::Running
            | Status::Pausing
            | Status::Paused
            | Status::Resuming
            | Status::Canceling
            | Status::Canceled
            | Status::Failed
            | Status::Abandoned) => Err(Error::NotWaiting { id, status }),
        }
    }

    /// Returns its id, which is the execution's.
    pub fn id(&self) -> Id {
        self.execution.id
    }

    fn field(&self, name: &str) -> &Value {
        self.execution.result.as_ref().and_then(|result| result.get(name)).unwrap_or(&Value::Null)
    }

    /// Returns the schema of the answer.
    pub fn schema(&self) -> &Value {
        self.field("schema")
    }

    /// Returns the users who may answer; none for everybody.
    pub fn users(&self) -> Option<Vec<&str>> {
        names(self.field("users"))
    }

    /// Returns the roles of which one who answers must have one; none for everybody.
    pub fn roles(&self) -> Option<Vec<&str>> {
        names(self.field("roles"))
    }

    /// Returns the moment from which nobody can answer any more.
    pub fn deadline(&self) -> Option<Timestamp> {
        let minutes = self.ttl_minutes()?;
        let asked =
            self.execution.log.iter().rev().find(|entry| entry.status == Status::Pending)?;
        Some(asked.timestamp.plus_ms(minutes.saturating_mul(60_000)))
    }

    /// Returns how many minutes it can be answered; none for ever.
    pub(crate) fn ttl_minutes(&self) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "a float is cut as Python cuts it")]
        let whole = |ttl: &Value| ttl.as_i64().or_else(|| ttl.as_f64().map(|ttl| ttl as i64));
        whole(self.field("ttl")).filter(|minutes| *minutes > 0)
    }

    /// Returns the document of the API.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.execution.id,
            "route": self.field("route"),
            "ttl": self.field("ttl"),
            "users": self.field("users"),
            "roles": self.field("roles"),
            "schema": self.field("schema"),
        })
    }
}

/// Returns the names in a list that restricts something. A list that holds anything else
/// restricts to fewer, not to more.
fn names(list: &Value) -> Option<Vec<&str>> {
    let list = list.as_array().filter(|list| !list.is_empty())?;
    Some(list.iter().filter_map(Value::as_str).collect())
}

impl Workflows {
    /// Returns the inquiries that wait, the latest first, and how many there are in all.
    ///
    /// # Errors
    /// Fails when the records cannot be read.
    pub fn inquiries(
        &self,
        limit: Option<i64>,
        offset: i64,
    ) -> BoxFuture<'_, Result<(Vec<Inquiry>, i64), store::Error>> {
        Box::pin(async move {
            let is = |column, value: &str| (column, vec![value.to_owned()]);
            let filter = Filter {
                equal: vec![
                    is(Column::Status, Status::Pending.as_str()),
                    is(Column::Runner, Runner::Inquirer.as_str()),
                ],
                order: vec![(Column::Start, true)],
                limit,
                offset,
                ..Filter::default()
            };
            let total = self.store().count_executions(&filter).await?;
            let found = self.store().executions(&filter, Results::Read).await?;
            let found =
                found.into_iter().map(|execution| Inquiry { execution: Arc::new(execution) });
            Ok((found.collect(), total))
        })
    }

    /// Returns the inquiry of this id.
    ///
    /// # Errors
    /// Fails when there is none, or it does not wait for an answer.
    pub fn inquiry(&self, id: Id) -> BoxFuture<'_, Result<Inquiry, Error>> {
        Box::pin(async move {
            let execution = self.executions().execution(id).await.map_err(access::Refusal::from)?;
            Inquiry::of(execution.ok_or(Error::Missing(id))?)
        })
    }
}

fn object(value: &Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}
