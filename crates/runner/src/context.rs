//! What every part of a run needs.

use model::{Job, job::Chunk};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::Limits;

/// A run's surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) job: &'a Job,
    pub(crate) output: &'a Sender<Chunk>,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) limits: &'a Limits,
}
