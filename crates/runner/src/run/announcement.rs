//! `announcement`: puts a message on the event stream, by route.

use model::{Announcement, Job, Outcome, Status};
use serde_json::Value;

use crate::{Context, failure, parameter};

/// Why nothing was announced.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("Experimental flag is missing for action {0}")]
    NotExperimental(model::Ref),
    #[error(transparent)]
    Parameter(#[from] parameter::Error),
}

/// Announces the action's parameters.
pub(super) fn run(context: &Context<'_>) -> Outcome {
    announce(context.job).unwrap_or_else(|error| failure::outcome(&error))
}

fn announce(job: &Job) -> Result<Outcome, Error> {
    if parameter::flag(&job.runner_parameters, "experimental")? != Some(true) {
        return Err(Error::NotExperimental(job.action.clone()));
    }
    let route = parameter::text(&job.runner_parameters, "route")?.unwrap_or("general");
    let payload = job.action_parameters.clone();
    let mut result = model::Object::new();
    result.insert("output".to_owned(), Value::Object(payload.clone()));
    result.extend(payload.clone());
    let mut outcome = Outcome::new(Status::Succeeded, Value::Object(result));
    let route = route.to_owned();
    outcome.announcements.push(Announcement { route, payload, trace_context: Value::Null });
    Ok(outcome)
}
