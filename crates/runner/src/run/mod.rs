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

/// Something that is wrong with the job itself.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "action `{0}` is a workflow or a question: the engine must lead it and not hand it to a runner"
    )]
    Led(model::Ref),
}

/// Runs a job to its end, sending its output as it appears.
///
/// It never fails: what goes wrong becomes an outcome whose result says what and why. A full
/// channel slows a process down; timeouts and cancellation work nevertheless. A closed one is
/// ignored.
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

/// Tells whether a run leaves nothing behind until its end is written, so that an interrupted one
/// may be started again.
pub fn is_harmless(runner: Runner, entry_point: &str) -> bool {
    match runner.traits().harmless {
        Harmless::Always => true,
        Harmless::Never => false,
        // One that does not exist does nothing.
        Harmless::ByAction => entry_point.parse().map_or(true, Native::is_harmless),
    }
}
