//! What a run needs besides its job.

use model::{Job, job::Chunk};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::{Limits, native::Hook, smtp::Smtp};

/// A job and its surroundings.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The job.
    pub job: &'a Job,
    /// Where output goes while the job runs.
    pub output: &'a Sender<Chunk>,
    /// Stops the run.
    pub cancel: &'a CancellationToken,
    /// The limits of the run.
    pub limits: &'a Limits,
    /// The mail server; none for the local `sendmail`.
    pub smtp: Option<&'a Smtp>,
    /// What carries out native actions; none where nothing can.
    pub native: Option<&'a Hook<'a>>,
}
