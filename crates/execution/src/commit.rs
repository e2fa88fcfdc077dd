//! The unit of work: everything that follows from one change, as a value.
//!
//! A [`Commit`] is planned from the execution, the catalog and the time, without a lock and without
//! a write. [`Executions::commit`] writes it in one transaction and then releases what follows:
//!
//! ```text
//! plan ─► commit ─┬─► written ─► release: memory, gate, stream, parent, bells, queue
//!                 ├─► stale:   the record changed since the plan; the caller plans again
//!                 └─► refused: the same rows are tried again, or the caller gets the error
//! ```
//!
//! The lock of the record is held from the comparison of the version to the swap of the record in
//! memory, so that there is one writer of a record at a time. Nothing is rendered and no rule is
//! evaluated under it.

use futures_util::future::BoxFuture;
use std::sync::Arc;

use access::Refusal;
use model::{Announcement, Execution, Status, event::Change};
use store::{Backoff, Rejected, Transaction, WriteError, output::Piece};
use tokio::sync::Notify;

use crate::{Executions, agenda::run_at, live::Slot};

/// What is written together, and what follows once it is written.
#[derive(Debug, Default)]
pub struct Commit {
    rows: Transaction,
    /// Rows of the caller, which it gets back when the plan is stale.
    given: Transaction,
    changed: Option<Changed>,
    born: Vec<Arc<Execution>>,
    announcements: Vec<Announcement>,
    bells: Vec<Arc<Notify>>,
}

/// A change of one execution.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) slot: Arc<Slot>,
    /// The record after the change.
    pub(crate) next: Arc<Execution>,
    /// The statuses that it takes, one after the other.
    pub(crate) steps: Vec<Status>,
    /// Output that readers of the stream get before the change.
    pub(crate) output: Vec<Piece>,
}

/// Why a commit was not written.
#[derive(Debug)]
pub enum Failed {
    /// The record has changed since the plan; these are the rows of the caller.
    Stale(Transaction),
    /// The write was refused; the commit can be tried again.
    Write(WriteError, Box<Commit>),
}

/// The changed execution, once the commit is written.
pub(crate) type Written<'a> = BoxFuture<'a, Result<Option<Arc<Execution>>, Failed>>;

impl From<Failed> for Refusal {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Stale(_) => WriteError::Conflict.into(),
            Failed::Write(error, _) => error.into(),
        }
    }
}

impl Commit {
    /// Returns a commit of rows alone.
    pub fn of_rows(rows: Transaction) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Returns a commit of a changed execution with further rows of the caller.
    pub(crate) fn of_change(changed: Changed, given: Transaction) -> Self {
        let mut commit = Self { given, ..Self::default() };
        commit.rows.update_execution(&changed.next, run_at(&changed.next));
        commit.rows.insert_output(changed.next.id, &changed.output);
        commit.changed = Some(changed);
        commit
    }

    /// Returns the changed execution as it will be.
    pub fn next(&self) -> Option<&Arc<Execution>> {
        self.changed.as_ref().map(|changed| &changed.next)
    }

    /// Adds rows.
    pub fn add_rows(&mut self, rows: Transaction) {
        self.rows.extend(rows);
    }

    /// Adds a new execution.
    pub fn add_birth(&mut self, store: &store::Store, execution: Arc<Execution>) {
        self.rows.insert_execution(store, &execution, run_at(&execution));
        self.born.push(execution);
    }

    /// Adds new executions whose rows are among those of the caller.
    pub fn add_written_births(&mut self, born: &[Arc<Execution>]) {
        self.born.extend_from_slice(born);
    }

    /// Adds an announcement that an execution makes.
    pub(crate) fn add_announcement(
        &mut self,
        execution: &Execution,
        announcement: &Announcement,
        now: model::Timestamp,
    ) {
        self.rows.insert_announcement(execution.id, announcement, now);
        self.announcements.push(announcement.clone());
    }

    /// Adds a bell that rings once the commit is written.
    pub fn add_bell(&mut self, bell: Arc<Notify>) {
        self.bells.push(bell);
    }

    /// Adds what follows from the change.
    pub fn follow(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.born.extend(other.born);
        self.announcements.extend(other.announcements);
        self.bells.extend(other.bells);
    }
}

impl Executions {
    /// Writes a commit and releases what follows from it; returns the changed execution.
    pub fn commit(&self, mut commit: Commit) -> Written<'_> {
        Box::pin(async move {
            let Some(changed) = commit.changed.take() else {
                let sequences = self.write_rows(&mut commit, None).await?;
                self.release(commit, &sequences);
                return Ok(None);
            };
            let slot = Arc::clone(&changed.slot);
            let next = Arc::clone(&changed.next);
            let mut record = slot.record.lock().await;
            if record.version + 1 != next.version {
                return Err(Failed::Stale(commit.given));
            }
            let sequences = self.write_rows(&mut commit, Some(changed)).await?;
            *record = Arc::clone(&next);
            self.keep_permit(&next);
            drop(record);
            self.release(commit, &sequences);
            Ok(Some(next))
        })
    }

    /// Writes a commit, trying the same rows again for as long as the disk or the database
    /// refuses them.
    pub fn commit_surely(&self, mut commit: Commit) -> Written<'_> {
        Box::pin(async move {
            let mut backoff = Backoff::default();
            loop {
                match self.commit(commit).await {
                    Err(Failed::Write(
                        error @ (WriteError::Full | WriteError::Database(_)),
                        again,
                    )) => {
                        tracing::error!(%error, "a change could not be written, trying again");
                        commit = *again;
                    }
                    other => return other,
                }
                backoff.pause().await;
            }
        })
    }

    /// Plans a change and writes it; plans again where the record changed meanwhile.
    pub async fn change(
        &self,
        rows: Transaction,
        plan: impl Fn(Transaction) -> Result<Commit, Illegal>,
    ) -> Result<Option<Arc<Execution>>, Error> {
        self.change_by(rows, plan, |commit| self.commit(commit)).await
    }

    /// Plans a change like [`Executions::change`], and tries a refused write again.
    pub async fn change_surely(
        &self,
        rows: Transaction,
        plan: impl Fn(Transaction) -> Result<Commit, Illegal>,
    ) -> Result<Option<Arc<Execution>>, Error> {
        self.change_by(rows, plan, |commit| self.commit_surely(commit)).await
    }

    async fn change_by<'a>(
        &'a self,
        mut rows: Transaction,
        plan: impl Fn(Transaction) -> Result<Commit, Illegal>,
        write: impl Fn(Commit) -> Written<'a>,
    ) -> Result<Option<Arc<Execution>>, Error> {
        loop {
            match write(plan(rows)?).await {
                Ok(next) => return Ok(next),
                Err(Failed::Stale(given)) => rows = given,
                Err(Failed::Write(error, _)) => return Err(error.into()),
            }
        }
    }

    /// Writes the rows of a commit; puts it together again where the write is refused.
    async fn write_rows(
        &self,
        commit: &mut Commit,
        changed: Option<Changed>,
    ) -> Result<Vec<i64>, Failed> {
        let mut rows = std::mem::take(&mut commit.rows);
        let mark = rows.mark();
        rows.extend(std::mem::take(&mut commit.given));
        match self.store().try_write(rows).await {
            Ok(receipt) => {
                commit.changed = changed;
                Ok(receipt.sequences)
            }
            Err(Rejected { error, mut transaction }) => {
                let mut refused = std::mem::take(commit);
                refused.given = transaction.split_off(mark);
                refused.rows = transaction;
                refused.changed = changed;
                Err(Failed::Write(error, Box::new(refused)))
            }
        }
    }

    /// Does what follows from a commit that is durable.
    fn release(&self, commit: Commit, sequences: &[i64]) {
        if let Some(changed) = commit.changed {
            self.release_change(&changed);
        }
        self.announce(&commit.announcements, sequences);
        for bell in commit.bells {
            bell.notify_one();
        }
        for execution in commit.born {
            self.accept(&execution);
        }
    }

    fn release_change(&self, changed: &Changed) {
        let Changed { slot, next, steps, output } = changed;
        if next.status.is_final() {
            self.inner.live.remove(slot.id);
            count_end(next);
        }
        // Whoever hears of a change and looks must find it.
        slot.seen.send_replace(Arc::clone(next));
        self.publish_output(next, output);
        self.publish_execution(next, Change::Update);
        if let Some(parent) = next.parent {
            self.inner.live.tell(parent, next, steps);
        }
    }
}

/// A change that the table of legal changes does not have.
#[derive(Debug, thiserror::Error)]
#[error("an execution that is {from} cannot become {to}")]
pub struct Illegal {
    /// The status before.
    pub from: Status,
    /// The status that was asked for.
    pub to: Status,
    /// The rows of the caller.
    pub rows: Transaction,
}

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The table of legal changes has no such arrow.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The change was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn count_end(execution: &Execution) {
    let status = execution.status.as_str();
    metrics::counter!(crate::metrics::EXECUTIONS_ENDED, "status" => status).increment(1);
    if let Some(seconds) = execution.elapsed_seconds() {
        metrics::histogram!(crate::metrics::EXECUTION_SECONDS).record(seconds);
    }
}
