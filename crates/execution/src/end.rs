//! The end of an execution: status, result, output, announcements, and what the rules make of it,
//! in one commit.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use model::{Announcement, Execution, Object, Outcome, Status};
use serde_json::{Value, json};
use store::{Transaction, output::Piece};

use crate::{
    Executions,
    commit::Illegal,
    commit::{Commit, Error},
    hooks::Happened,
    live::Slot,
    policy,
    worker::runner_info,
};

/// An end of an execution.
#[derive(Debug)]
pub struct End {
    /// Statuses on the way that were not written before.
    pub through: Vec<Status>,
    /// The last status.
    pub status: Status,
    /// The result.
    pub result: Arc<Value>,
    /// The announcements that it makes.
    pub announcements: Vec<Announcement>,
    /// The rest of its output.
    pub output: Vec<Piece>,
    /// Additions to the context, unless it ends as canceled.
    pub context: Object,
}

impl End {
    /// Returns an end with an outcome.
    pub fn new(through: &[Status], outcome: Outcome, output: Vec<Piece>) -> Self {
        let Outcome { status, result, announcements } = outcome;
        Self {
            through: through.to_vec(),
            status,
            result: Arc::new(result),
            announcements,
            output,
            context: Object::new(),
        }
    }
}

impl Executions {
    /// Ends an execution; `through` are statuses on the way that were not written before.
    pub fn finish<'a>(
        &'a self,
        slot: &'a Arc<Slot>,
        through: &'a [Status],
        outcome: Outcome,
        output: Vec<Piece>,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let end = End::new(through, outcome, output);
            if let Err(error) = self.try_finish(slot, &end, Transaction::new(), &[]).await {
                tracing::error!(execution.id = %slot.id, %error, "an execution could not be ended");
            }
        })
    }

    /// Ends an execution together with further rows and the executions that these contain, or
    /// returns why it does not end so.
    pub fn try_finish<'a>(
        &'a self,
        slot: &'a Arc<Slot>,
        end: &'a End,
        rows: Transaction,
        born: &'a [Arc<Execution>],
    ) -> BoxFuture<'a, Result<Arc<Execution>, Error>> {
        Box::pin(async move {
            let plan = |rows| {
                let mut commit = self.end(slot, end, rows)?;
                commit.add_written_births(born);
                Ok(commit)
            };
            let ended = self.change_surely(rows, plan).await?;
            Ok(ended.unwrap_or_else(|| Arc::clone(&slot.seen.borrow())))
        })
    }

    /// Plans the end of an execution. One that is being canceled ends as canceled.
    pub fn end(&self, slot: &Arc<Slot>, end: &End, rows: Transaction) -> Result<Commit, Illegal> {
        let mut to = end.through.clone();
        to.push(end.status);
        let info = if end.through.is_empty() { Object::new() } else { runner_info() };
        let edit = |execution: &mut Execution| apply(execution, end, info.clone());
        let step = |to: &[Status], rows| {
            self.step_with_output(slot, to, (&edit, end.output.clone()), rows)
        };
        let mut commit = match step(&to, rows) {
            Err(Illegal { from: Status::Canceling, rows, .. }) => step(&[Status::Canceled], rows)?,
            other => other?,
        };
        let Some(next) = commit.next().cloned() else { return Ok(commit) };
        for announcement in &end.announcements {
            self.announce_into(&mut commit, &next, announcement);
        }
        commit.follow(self.follow(&Happened::End(&next)));
        if let Some(retried) = self.retry_of(&next) {
            commit.add_birth(self.store(), Arc::new(retried));
        }
        Ok(commit)
    }
}

/// Writes an end into the record.
fn apply(execution: &mut Execution, end: &End, info: Object) {
    let result = if execution.status == Status::Canceled {
        Arc::new(canceled_result(execution, &end.result))
    } else {
        execution.context.extend(end.context.clone());
        Arc::clone(&end.result)
    };
    execution.result_size = result.to_string().len() as u64;
    execution.result = Some(result);
    execution.runner_info.extend(info);
}

/// Returns the result of a canceled execution: who canceled it, and its output until then.
fn canceled_result(execution: &Execution, partial: &Value) -> Value {
    let user = execution.context.get("cancelled_by").cloned().unwrap_or(Value::Null);
    let by_user = || json!({"message": "Action canceled by user.", "user": user});
    let mut result = policy::cancellation(execution).unwrap_or_else(by_user);
    for key in ["stdout", "stderr"] {
        if let (Some(value), Some(object)) = (partial.get(key), result.as_object_mut()) {
            object.insert(key.to_owned(), value.clone());
        }
    }
    result
}
