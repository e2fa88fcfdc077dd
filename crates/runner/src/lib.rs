//! One action to one outcome, its output streamed: shell, script, http, noop.
//!
//! [`run`] never fails: what goes wrong becomes an outcome whose result says what and why. A
//! runner knows no store and no engine, so it works the same on a far machine.

mod announcement;
mod arguments;
mod capture;
mod context;
mod failure;
#[cfg(fuzzing)]
pub mod fuzzing;
mod group;
mod http;
mod limits;
mod literal;
pub mod mail;
mod parameter;
mod process;
mod python;
mod shell;
mod sudo;
mod worktree;

use model::{Job, Outcome, Runner, Status, job::Chunk};
use serde_json::json;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
pub use crate::limits::Limits;

/// Something that is wrong with the job itself.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("action `{0}` is native: the engine must carry it out and not hand it to a runner")]
    Native(model::Ref),
}

/// Runs `job` to its end, sending its output as it appears.
///
/// A full channel slows the process down; timeouts and cancellation work nevertheless. A closed
/// one is ignored.
pub async fn run(
    job: &Job,
    output: &Sender<Chunk>,
    cancel: &CancellationToken,
    limits: &Limits,
) -> Outcome {
    if cancel.is_cancelled() {
        return Outcome::new(Status::Canceled, json!({"error": "canceled before it began"}));
    }
    let context = Context { job, output, cancel, limits };
    match job.runner {
        Runner::Noop => Outcome::new(
            Status::Succeeded,
            json!({"failed": false, "succeeded": true, "return_code": 0}),
        ),
        Runner::LocalShellCmd => shell::command(&context).await,
        Runner::LocalShellScript => shell::script(&context).await,
        Runner::HttpRequest => http::run(&context).await,
        Runner::Announcement => announcement::run(job),
        Runner::Sendmail => mail::send(job, None, cancel, limits).await,
        Runner::Native | Runner::Orquesta | Runner::ActionChain | Runner::Inquirer => {
            failure::outcome(&Error::Native(job.action.clone()))
        }
    }
}
