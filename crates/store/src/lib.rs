//! Durable records: all SQL, a writer that groups transactions into commits, queue and outbox.
//!
//! All writes go through one writer, which writes waiting transactions in one commit and
//! acknowledges each after it ([`write`]). Reads use a pool of connections.

mod backoff;
mod dialect;
mod large;
mod migrate;
mod write;

pub mod account;
pub mod announcement;
pub mod content;
pub mod delivery;
pub mod execution;
pub mod output;
pub mod trigger;
pub mod workflow;

use futures_util::future::BoxFuture;
use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::execution::Snapshot;
use parking_lot::{Mutex, MutexGuard};
use sqlx::AnyPool;

pub use backoff::Backoff;
pub use write::{Mark, Receipt, Rejected, Transaction, WriteError};

/// How often a lock that is taken is tried: for a second and a half.
const LOCK_TRIES: usize = 5;

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory cannot be read or written.
    #[error("the data directory `{path}` cannot be used")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process uses the data directory.
    #[error(
        "another Squall already runs on the data directory `{0}`: stop it, or use another directory"
    )]
    Locked(PathBuf),
    /// The database was written by a newer version.
    #[error(
        "the records in `{path}` have version {found}, and this program knows versions up to {known}: use a newer Squall"
    )]
    TooNew {
        /// The directory.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// The database reported an error.
    #[error("the database reported an error")]
    Database(#[from] sqlx::Error),
    /// A record cannot be parsed.
    #[error("the record `{id}` of `{table}` cannot be read")]
    Record {
        /// The table.
        table: &'static str,
        /// The record.
        id: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A transaction was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The records of one Squall.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    readers: AnyPool,
    writer: write::Writer,
    snapshots: execution::Snapshots,
    written_snapshots: Mutex<HashSet<String>>,
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the records in `directory`, and creates what is missing.
    ///
    /// # Errors
    /// Fails when the directory cannot be used, is in use, or holds records of a newer version.
    pub fn open(directory: &Path) -> BoxFuture<'_, Result<Self, Error>> {
        Box::pin(async move {
            let lock = lock(directory).await?;
            let path = directory.join("squall.db");
            let mut connection = dialect::connect_writer(&path).await?;
            migrate::run(&mut connection, directory).await?;
            let next_sequence = announcement::next_sequence(&mut connection).await?;
            let readers = dialect::connect_readers(&path).await?;
            let inner = Inner {
                readers,
                writer: write::Writer::start(connection, next_sequence),
                snapshots: execution::Snapshots::default(),
                written_snapshots: Mutex::default(),
                path: directory.to_owned(),
                _lock: lock,
            };
            Ok(Self { inner: Arc::new(inner) })
        })
    }

    /// Returns the data directory.
    pub fn directory(&self) -> &Path {
        &self.inner.path
    }

    /// Writes the transaction; resolves when it is durable.
    ///
    /// # Errors
    /// Fails, with nothing written, when a guard changes no row or the database reports an error.
    pub async fn write(&self, transaction: Transaction) -> Result<Receipt, WriteError> {
        self.try_write(transaction).await.map_err(|rejected| rejected.error)
    }

    /// Writes the transaction, and does something once it is durable. A caller that goes away cannot
    /// come between the two, so that what is on record is also in force.
    ///
    /// # Errors
    /// Fails as [`Store::write`] does; then nothing is done.
    pub async fn write_then(
        &self,
        transaction: Transaction,
        then: impl FnOnce() + Send + 'static,
    ) -> Result<(), WriteError> {
        let store = self.clone();
        let work = async move { store.write(transaction).await.map(|_| then()) };
        tokio::spawn(work).await.unwrap_or(Err(WriteError::Stopped))
    }

    /// Writes the transaction like [`Store::write`], and gives it back when that fails.
    ///
    /// # Errors
    /// Fails, with nothing written, when a guard changes no row or the database reports an error.
    pub async fn try_write(&self, transaction: Transaction) -> Result<Receipt, Rejected> {
        self.inner.writer.write(transaction).await
    }

    /// Resolves once everything written so far is durable and the writer has stopped.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.inner.writer.close().await;
            self.inner.readers.close().await;
        })
    }

    pub(crate) fn readers(&self) -> &AnyPool {
        &self.inner.readers
    }

    pub(crate) fn is_snapshot_written(&self, key: &str) -> bool {
        self.written_snapshots().contains(key)
    }

    /// Records that a snapshot is durable, so that it is not written again.
    pub(crate) fn note_snapshot(&self, key: &str, snapshot: &Arc<Snapshot>) {
        self.written_snapshots().insert(key.to_owned());
        self.inner.snapshots.put(key, snapshot);
    }

    fn written_snapshots(&self) -> MutexGuard<'_, HashSet<String>> {
        self.inner.written_snapshots.lock()
    }
}

/// Locks the directory. A process that was killed may leave one behind that was about to become a
/// command and has the lock until then, so a lock that is taken is tried again for a moment.
async fn lock(directory: &Path) -> Result<File, Error> {
    let unusable = |source| Error::Directory { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(unusable)?;
    let options = File::options().create(true).truncate(false).write(true).to_owned();
    let file = options.open(directory.join("lock")).map_err(unusable)?;
    let mut backoff = Backoff::default();
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => backoff.pause().await,
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
    }
    Err(Error::Locked(directory.to_owned()))
}
