//! The actions that Squall itself carries out: those of the `chatops` pack.

mod format;

use std::time::Duration;

use access::Refusal;
use model::{Execution, Job, Object, Outcome, Runner, Status};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{aliases::Said, engine::Engine};

/// How long `chatops.match_and_execute` waits for the execution that it asked for.
const RUN_MAX: Duration = Duration::from_hours(1);

/// Tells whether a run of the execution leaves nothing behind until its end is written, so that an
/// interrupted one may simply run again.
pub(crate) fn may_run_twice(execution: &Execution) -> bool {
    let action = &execution.snapshot.action;
    let requests_others = action.entry_point == "chatops.match_and_execute";
    action.runner().is_some_and(Runner::is_harmless) && !requests_others
}

/// Why a native action failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such action here.
    #[error("Squall has no native action `{0}`: the entry point must name one")]
    Unknown(String),
    /// A parameter is missing or has the wrong type.
    #[error("parameter `{0}` is required and must be a text")]
    Parameter(&'static str),
    /// The engine refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The result cannot be formatted.
    #[error("{0}")]
    Format(String),
    /// The execution took too long.
    #[error("execution {0} has not ended within an hour: it goes on without being waited for")]
    Unfinished(model::Id),
}

impl Engine {
    /// Carries out a native action.
    pub(crate) async fn run_native(
        &self,
        execution: &Execution,
        job: &Job,
        cancel: &CancellationToken,
    ) -> Outcome {
        let parameters = &job.action_parameters;
        let done = async {
            match job.entry_point.as_str() {
                "chatops.match" => self.native_match(parameters),
                "chatops.match_and_execute" => self.native_execute(execution, parameters).await,
                "chatops.format_execution_result" => self.native_format(parameters).await,
                other => Err(Error::Unknown(other.to_owned())),
            }
        };
        tokio::select! {
            done = done => done.unwrap_or_else(|error| failed(&error)),
            () = cancel.cancelled() => Outcome::new(Status::Canceled, json!({})),
        }
    }

    fn native_match(&self, parameters: &Object) -> Result<Outcome, Error> {
        let command = text(parameters, "text")?;
        let found = self.catalog().matcher().find(command).map_err(Refusal::invalid)?;
        let alias = &found.alias;
        let result = json!({
            "alias": {"name": alias.name, "pack": alias.pack, "action_ref": alias.action_ref},
            "representation": found.format.representation,
        });
        Ok(as_python(&result))
    }

    async fn native_execute(
        &self,
        execution: &Execution,
        parameters: &Object,
    ) -> Result<Outcome, Error> {
        let id = self.say(execution, parameters).await?;
        let ended = tokio::time::timeout(RUN_MAX, self.ended(id)).await;
        ended.map_err(|_| Error::Unfinished(id))?.map_err(Refusal::from)?;
        Ok(as_python(&json!(id)))
    }

    async fn native_format(&self, parameters: &Object) -> Result<Outcome, Error> {
        let formatted = self.format_result(text(parameters, "execution_id")?).await?;
        Ok(as_python(&formatted.to_json()))
    }

    /// Says the sentence in `text` on behalf of the execution's user.
    async fn say(&self, execution: &Execution, parameters: &Object) -> Result<model::Id, Error> {
        let said = Said {
            command: text(parameters, "text")?.to_owned(),
            user: parameters.get("user").cloned().unwrap_or(Value::Null),
            source_channel: parameters
                .get("source_channel")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            source_context: Value::Null,
            route: None,
            principal: execution.acting_principal(),
        };
        let accepted = self.match_and_execute(&said).await?;
        let first = accepted.first().map(|accepted| accepted.execution.id);
        first.ok_or_else(|| Error::Format("the sentence matched nothing to run".to_owned()))
    }
}

/// Gives a result the shape that a python action's has in StackStorm.
fn as_python(result: &Value) -> Outcome {
    let result = json!({"result": result, "stdout": "", "stderr": "", "exit_code": 0});
    Outcome::new(Status::Succeeded, result)
}

fn failed(error: &Error) -> Outcome {
    let text = error.to_string();
    let result = json!({"error": text, "traceback": text, "result": "None", "exit_code": 1, "stdout": "", "stderr": text});
    Outcome::new(Status::Failed, result)
}

fn text<'a>(parameters: &'a Object, name: &'static str) -> Result<&'a str, Error> {
    parameters.get(name).and_then(Value::as_str).ok_or(Error::Parameter(name))
}
