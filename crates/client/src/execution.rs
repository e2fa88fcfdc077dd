//! Executions: request, look at, cancel, run again.

use model::{Id, Object, Status};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Client, Error, Page, Reply};

/// One execution: what programs decide by, and the document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Execution {
    /// Its id.
    pub id: Id,
    /// Where it stands.
    pub status: Status,
    /// The whole document.
    pub document: Value,
}

impl Execution {
    /// Returns the reference of the action, such as `core.local`.
    pub fn action_ref(&self) -> &str {
        self.document["action"]["ref"].as_str().unwrap_or_default()
    }

    /// Returns the result; null as long as there is none.
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

/// What a request may say besides action and parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Options {
    /// In whose name; only administrators may name somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Facts that travel with the execution.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub context: Object,
    /// Whom to tell: `on-complete`, `on-success`, `on-failure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Value>,
    /// How long to wait before it starts.
    #[serde(rename = "delay", skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

/// Which executions are asked for. What is `None` is left to Squall.
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
    /// At most so many; -1 for all, which only administrators may ask for.
    pub limit: Option<i64>,
    /// How many to leave out at the start.
    pub offset: Option<u64>,
    /// The order, such as `-start_timestamp`.
    pub sort: Option<String>,
    /// Comma-separated attributes to leave out: `result`, `trigger_instance`.
    pub exclude_attributes: Option<String>,
}

/// How an execution runs again. What is empty is left to Squall.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Rerun {
    /// Parameters in place of the old ones of the same name.
    pub parameters: Object,
    /// The tasks from which a workflow goes on; one inside a sub-workflow is `task.inner`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Those of the tasks of which all items run again, and not only those that failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// How long to wait before it starts.
    #[serde(rename = "delay", skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Whether the old parameters are forgotten.
    #[serde(skip)]
    pub forgets: bool,
}

/// Which of an action's outputs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// Everything, as it was written.
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
    /// Requests an action to be run.
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

    /// Returns a page of the executions that the query describes, the latest first.
    pub fn executions<'a>(&'a self, query: &'a Query) -> Reply<'a, Page<Execution>> {
        Box::pin(async move { self.list(&["executions"], query).await })
    }

    /// Asks an execution to stop. One that is over already is an [`Error::Refused`].
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

    /// Runs an execution again, with these parameters in place of the old ones of the same name.
    pub fn rerun<'a>(&'a self, id: &'a str, parameters: &'a Object) -> Reply<'a, Execution> {
        Box::pin(async move {
            self.run_again(id, &Rerun { parameters: parameters.clone(), ..Rerun::default() }).await
        })
    }

    /// Runs an execution again, as a whole or, for a workflow that ended, from some of its tasks.
    pub fn run_again<'a>(&'a self, id: &'a str, rerun: &'a Rerun) -> Reply<'a, Execution> {
        Box::pin(async move {
            let call = self.api(Method::POST, &["executions", id, "re_run"]).body(rerun);
            let call = if rerun.forgets { call.query(&[("no_merge", "true")]) } else { call };
            call.send().await?.json().await
        })
    }

    /// Asks a workflow to pause: what runs goes on to its end, nothing new starts.
    pub fn pause<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move { self.ask(id, Status::Pausing).await })
    }

    /// Asks a workflow that is paused to go on.
    pub fn resume<'a>(&'a self, id: &'a str) -> Reply<'a, Execution> {
        Box::pin(async move { self.ask(id, Status::Resuming).await })
    }

    async fn ask(&self, id: &str, status: Status) -> Result<Execution, Error> {
        let call = self.api(Method::PUT, &["executions", id]).body(&json!({ "status": status }));
        call.send().await?.json().await
    }

    /// Returns the runs of a workflow's tasks, in the order in which they came to be.
    pub fn tasks<'a>(&'a self, id: &'a str) -> Reply<'a, Vec<Value>> {
        Box::pin(async move { self.get(&["executions", id, "tasks"]).await })
    }

    /// Returns what an execution has written so far.
    pub fn output<'a>(&'a self, id: &'a str, output: Output) -> Reply<'a, String> {
        Box::pin(async move {
            let call = self.api(Method::GET, &["executions", id, "output"]);
            call.query(&[("output_type", output.as_str())]).send().await?.text().await
        })
    }

    /// Returns the executions that this one requested, and theirs, down to `depth`; -1 for all.
    pub fn children<'a>(&'a self, id: &'a str, depth: i32) -> Reply<'a, Vec<Execution>> {
        Box::pin(async move {
            let call = self.api(Method::GET, &["executions", id, "children"]);
            call.query(&[("depth", depth)]).send().await?.json().await
        })
    }
}
