//! Executions: requests, documents, lists, control and re-runs.

use model::{Id, Object, Status};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Error, Page, Reply};

/// An execution: its id and status, and the complete document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Execution {
    /// The id.
    pub id: Id,
    /// The status.
    pub status: Status,
    /// The complete document.
    pub document: Value,
}

impl Execution {
    /// Returns the reference of the action, such as `core.local`.
    pub fn action_ref(&self) -> &str {
        self.document["action"]["ref"].as_str().unwrap_or_default()
    }

    /// Returns the result, or null if there is none.
    pub fn result(&self) -> &Value {
        &self.document["result"]
    }
}

impl TryFrom<Value> for Execution {
    type Error = serde_json::Error;

    fn try_from(document: Value) -> Result<Self, serde_json::Error> {
        let id = Id::deserialize(&document["id"])?;
        let status = Status::deserialize(&document["status"])?;
        Ok(Self { id, status, document })
    }
}

/// Options of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Options {
    /// The user to run as; only administrators may name another user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Additional context of the execution.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub context: Object,
    /// The notifications: `on-complete`, `on-success`, `on-failure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Value>,
    /// The delay before the start.
    #[serde(rename = "delay", skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

/// Selects executions. For `None`, Squall's defaults apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Query {
    /// Of this action.
    pub action: Option<String>,
    /// In this status.
    pub status: Option<Status>,
    /// Requested by this user.
    pub user: Option<String>,
    /// Requested by this rule.
    pub rule: Option<String>,
    /// Caused by this trigger instance.
    pub trigger_instance: Option<String>,
    /// Children of this execution; `null` for those that have no parent.
    pub parent: Option<String>,
    /// Requested after this moment, as ISO text.
    pub timestamp_gt: Option<String>,
    /// Requested before this moment, as ISO text.
    pub timestamp_lt: Option<String>,
    /// The maximum number of executions; -1 for all, which only administrators may request.
    pub limit: Option<i64>,
    /// The number of executions to skip.
    pub offset: Option<u64>,
    /// The order, such as `-start_timestamp`.
    pub sort: Option<String>,
    /// Comma-separated attributes to leave out: `result`, `trigger_instance`.
    pub exclude_attributes: Option<String>,
}

/// Options of a re-run. For empty ones, Squall's defaults apply.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Rerun {
    /// Parameters that replace those of the same name.
    pub parameters: Object,
    /// The tasks that a workflow is re-run from; `task.inner` is a task of a sub-workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// The tasks of which all items are re-run, not only the failed ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// The delay before the start.
    #[serde(rename = "delay", skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Whether the old parameters are dropped.
    #[serde(skip)]
    pub drops_parameters: bool,
}

/// Selects the output of an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// Both, in the order of writing.
    #[default]
    All,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Output {
    /// Returns the name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl Client {
    /// Requests an execution of an action.
    pub fn execute<'a>(
        &'a self,
        action: &'a str,
        parameters: &'a Object,
        options: &'a Options,
    ) -> Reply<'a, Execution> {
        Box::pin(async move {
            #[derive(Serialize)]
            struct Body<'a> {
                action: &'a str,
                parameters: &'a Object,
                #[serde(flatten)]
                options: &'a Options,
            }
            self.post(&["executions"], &Body { action, parameters, options }).await
        })
    }

    /// Returns the execution with this id, or the latest one for `last`.
    pub fn execution<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move { self.get(&["executions", id]).await })
    }

    /// Returns a page of the selected executions, by default the latest first.
    pub fn executions<'a>(&'a self, query: &'a Query) -> Reply<'a, Page<Execution>> {
        Box::pin(async move { self.list(&["executions"], query).await })
    }

    /// Cancels an execution. For one that has ended, the error is [`Error::Refused`].
    pub fn cancel<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move {
            let answer = self.api(Method::DELETE, &["executions", id]).send().await?;
            let (status, url) = (answer.response.status().as_u16(), answer.url.clone());
            let document: Value = answer.json().await?;
            // StackStorm answers 200 with a fault here.
            if let Some(fault) = document["faultstring"].as_str() {
                return Err(Error::Refused { status, fault: fault.to_owned() });
            }
            Execution::try_from(document)
                .map_err(|error| Error::Unreadable { url, reason: error.to_string() })
        })
    }

    /// Re-runs an execution; these parameters replace those of the same name.
    pub fn rerun<'a>(&'a self, id: &'a str, parameters: &'a Object) -> Reply<'a, Execution> {
        Box::pin(async move {
            self.run_again(id, &Rerun { parameters: parameters.clone(), ..Rerun::default() }).await
        })
    }

    /// Re-runs an execution completely, or a workflow that has ended from some of its tasks.
    pub fn run_again<'a>(&'a self, id: &'a str, rerun: &'a Rerun) -> Reply<'a, Execution> {
        Box::pin(async move {
            let call = self.api(Method::POST, &["executions", id, "re_run"]).body(rerun);
            let call =
                if rerun.drops_parameters { call.query(&[("no_merge", "true")]) } else { call };
            call.send().await?.json().await
        })
    }

    /// Pauses a workflow: running tasks end, and no task starts.
    pub fn pause<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move { self.set_status(id, Status::Pausing).await })
    }

    /// Resumes a paused workflow.
    pub fn resume<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move { self.set_status(id, Status::Resuming).await })
    }

    async fn set_status(&self, id: &str, status: Status) -> Result<Execution, Error> {
        let call = self.api(Method::PUT, &["executions", id]).body(&json!({ "status": status }));
        call.send().await?.json().await
    }

    /// Returns the task executions of a workflow, in the order of their creation.
    pub fn tasks<'a>(&'a self, id: &'a str) -> Reply<'a, Vec<Value>> {
        Box::pin(async move { self.get(&["executions", id, "tasks"]).await })
    }

    /// Returns the output of an execution so far.
    pub fn output<'a>(&'a self, id: &'a str, output: Output) -> Reply<'a, String> {
        Box::pin(async move {
            let call = self.api(Method::GET, &["executions", id, "output"]);
            call.query(&[("output_type", output.as_str())]).send().await?.text().await
        })
    }

    /// Returns the child executions down to this depth; -1 for all levels.
    pub fn children<'a>(&'a self, id: &'a str, depth: i32) -> Reply<'a, Vec<Execution>> {
        Box::pin(async move {
            let call = self.api(Method::GET, &["executions", id, "children"]);
            call.query(&[("depth", depth)]).send().await?.json().await
        })
    }
}
