//! The actions that Squall itself carries out: those of the `chatops` pack.

mod format;

use std::{sync::Arc, time::Duration};

use access::Refusal;
use model::{Execution, Object};
use runner::{Native, native::Returned};
use serde_json::{Value, json};

use crate::{Chatops, Sentence};

/// How long `chatops.match_and_execute` waits for the execution that it asked for.
const RUN_MAX: Duration = Duration::from_hours(1);

/// Why a native action failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
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

impl Chatops {
    /// Carries out a native action for an execution.
    pub fn native(
        &self,
        action: Native,
        execution: Arc<Execution>,
        parameters: Object,
    ) -> Returned {
        let chatops = self.clone();
        Box::pin(async move { Ok(chatops.run_native(action, &execution, &parameters).await?) })
    }

    async fn run_native(
        &self,
        action: Native,
        execution: &Execution,
        parameters: &Object,
    ) -> Result<Value, Error> {
        match action {
            Native::Match => self.native_match(parameters),
            Native::MatchAndExecute => self.native_execute(execution, parameters).await,
            Native::FormatExecutionResult => self.native_format(parameters).await,
        }
    }

    fn native_match(&self, parameters: &Object) -> Result<Value, Error> {
        let command = text(parameters, "text")?;
        let found = self.catalog().matcher().find(command).map_err(Refusal::invalid)?;
        let alias = &found.alias;
        Ok(json!({
            "alias": {"name": alias.name, "pack": alias.pack, "action_ref": alias.action_ref},
            "representation": found.format.representation,
        }))
    }

    async fn native_execute(
        &self,
        execution: &Execution,
        parameters: &Object,
    ) -> Result<Value, Error> {
        let id = self.say(execution, parameters).await?;
        let ended = tokio::time::timeout(RUN_MAX, self.executions().ended(id)).await;
        ended.map_err(|_| Error::Unfinished(id))?.map_err(Refusal::from)?;
        Ok(json!(id))
    }

    async fn native_format(&self, parameters: &Object) -> Result<Value, Error> {
        let formatted = self.format_result(text(parameters, "execution_id")?).await?;
        Ok(formatted.to_json())
    }

    /// Says the sentence in `text` on behalf of the execution's user.
    async fn say(&self, execution: &Execution, parameters: &Object) -> Result<model::Id, Error> {
        let sentence = Sentence {
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
        let accepted = self.match_and_execute(&sentence).await?;
        let first = accepted.first().map(|accepted| accepted.execution.id);
        first.ok_or_else(|| Error::Format("the sentence matched nothing to run".to_owned()))
    }
}

fn text<'a>(parameters: &'a Object, name: &'static str) -> Result<&'a str, Error> {
    parameters.get(name).and_then(Value::as_str).ok_or(Error::Parameter(name))
}
