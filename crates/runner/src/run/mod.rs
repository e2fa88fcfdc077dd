//! The run of each runner, a file or folder each, named as in `model::runner`.

mod announcement;
mod http_request;
mod local_shell_cmd;
mod local_shell_script;
mod native;
mod noop;
mod sendmail;

use model::{Outcome, Runner, Status, runner::Harmless};
use serde_json::json;

use crate::{Context, Native, failure};

/// A job that cannot be run.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "action `{0}` is a workflow or a question: the engine must lead it and not hand it to a runner"
    )]
    Led(model::Ref),
}

/// Runs a job to its end, sending its output as it appears.
///
/// An error is an outcome whose result says what failed and why. A full channel slows a process
/// down, but delays neither timeout nor cancellation. A closed one is ignored.
pub async fn run(context: &Context<'_>) -> Outcome {
    if context.cancel.is_cancelled() {
        return Outcome::new(Status::Canceled, json!({"error": "canceled before it began"}));
    }
    match context.job.runner {
        Runner::Announcement => announcement::run(context),
        Runner::HttpRequest => http_request::run(context).await,
        Runner::LocalShellCmd => local_shell_cmd::run(context).await,
        Runner::LocalShellScript => local_shell_script::run(context).await,
        Runner::Native => native::run(context).await,
        Runner::Noop => noop::run(),
        Runner::Sendmail => sendmail::run(context).await,
        Runner::ActionChain | Runner::Inquirer | Runner::Orquesta => {
            failure::outcome(&Error::Led(context.job.action.clone()))
        }
    }
}

/// Tells whether a run has no effect before its end is written, so that an interrupted one may be
/// repeated.
pub fn is_harmless(runner: Runner, entry_point: &str) -> bool {
    match runner.traits().harmless {
        Harmless::Always => true,
        Harmless::Never => false,
        // An action that does not exist has no effect.
        Harmless::ByAction => entry_point.parse().map_or(true, Native::is_harmless),
    }
}
