//! The job and everything else that a run needs.

use model::{Job, job::Chunk};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::{Limits, native::Hook, smtp::Smtp};

/// A job with everything that its run needs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The job.
    pub job: &'a Job,
    /// Receives the output while the job runs.
    pub output: &'a Sender<Chunk>,
    /// Stops the run.
    pub cancel: &'a CancellationToken,
    /// The limits of the run.
    pub limits: &'a Limits,
    /// The mail server; none for the local `sendmail`.
    pub smtp: Option<&'a Smtp>,
    /// Runs native actions; none where that is not possible.
    pub native: Option<&'a Hook<'a>>,
}
