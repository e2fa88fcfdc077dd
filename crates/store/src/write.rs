//! The one writer: many transactions, one commit.
//!
//! A [`Transaction`] is a list of statements. A guard is a statement that must change a row. All
//! guards of a transaction are applied before its other statements, in whatever order they were
//! added. When a guard changes nothing, nothing of its transaction is written and the caller gets
//! a conflict, while the other transactions of the same commit go on.
//!
//! The writer takes all transactions that are waiting, applies them between `BEGIN` and `COMMIT`,
//! and answers after the commit, so that they share the cost of the disk flush.
//!
//! When a later guard, a statement or the commit itself fails, the whole commit is rolled back and
//! each transaction is tried again alone: one that cannot be written does not affect the others. A
//! full disk does not stop the writer: the caller gets its transaction back ([`Rejected`]) and may
//! retry it.

use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;
use sqlx::{Any, AnyConnection, Executor as _, any::AnyArguments, query::Query};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// How many transactions one commit takes at most.
const GROUP_MAX: usize = 256;
/// How many transactions may wait.
const QUEUE_MAX: usize = 4096;

/// Why a transaction was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A guard changed no row: the record has changed, or exists already.
    #[error("the record was changed meanwhile, or exists already")]
    Conflict,
    /// The disk is full.
    #[error("the disk is full, nothing was changed: make room in the data directory")]
    Full,
    /// The database reported an error.
    #[error("the database reported an error: {0}")]
    Database(String),
    /// The writer has stopped.
    #[error("Squall is stopping")]
    Stopped,
}

/// A transaction that was not written, with the reason.
#[derive(Debug)]
pub struct Rejected {
    /// The reason.
    pub error: WriteError,
    /// The rows as they were given; empty when the writer stopped with them.
    pub transaction: Transaction,
}

/// What the writer assigned to a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// The announcement sequences, in the order of the statements that asked for one.
    pub sequences: Vec<i64>,
}

/// A value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
    /// A text, or null.
    OptionalText(Option<String>),
    /// An integer, or null.
    OptionalInteger(Option<i64>),
    /// The next announcement sequence, assigned by the writer in commit order.
    Sequence,
}

#[derive(Debug, Clone)]
struct Statement {
    sql: &'static str,
    values: Vec<Value>,
}

/// A list of changes that are written together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    guards: Vec<Statement>,
    statements: Vec<Statement>,
}

impl Transaction {
    /// Returns an empty transaction.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.statements.is_empty()
    }

    /// Adds the changes of another transaction.
    pub fn extend(&mut self, other: Self) {
        self.guards.extend(other.guards);
        self.statements.extend(other.statements);
    }

    /// Returns the present end of the transaction.
    pub const fn mark(&self) -> Mark {
        Mark { guards: self.guards.len(), statements: self.statements.len() }
    }

    /// Removes and returns what was added after a mark.
    pub fn split_off(&mut self, mark: Mark) -> Self {
        let guards = self.guards.split_off(mark.guards.min(self.guards.len()));
        let statements = self.statements.split_off(mark.statements.min(self.statements.len()));
        Self { guards, statements }
    }

    /// Adds a statement that must change a row, or nothing of the transaction is written.
    pub(crate) fn guard(&mut self, sql: &'static str, values: Vec<Value>) {
        self.guards.push(Statement { sql, values });
    }

    /// Adds a statement.
    pub(crate) fn then(&mut self, sql: &'static str, values: Vec<Value>) {
        self.statements.push(Statement { sql, values });
    }
}

/// A position in a transaction.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    guards: usize,
    statements: usize,
}

struct Work {
    transaction: Transaction,
    reply: oneshot::Sender<Result<Receipt, Rejected>>,
}

/// The handle on the one writer.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Work>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the writer on a connection of its own.
    pub(crate) fn start(connection: AnyConnection, next_sequence: i64) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let loop_state = Loop { connection, sequence: AtomicI64::new(next_sequence) };
        let task = tokio::spawn(loop_state.run(waiting));
        Self { queue: Mutex::new(Some(queue)), task: tokio::sync::Mutex::new(Some(task)) }
    }

    pub(crate) async fn write(&self, transaction: Transaction) -> Result<Receipt, Rejected> {
        if transaction.is_empty() {
            return Ok(Receipt::default());
        }
        let queue = self.queue.lock().clone();
        let Some(queue) = queue else { return Err(stopped(transaction)) };
        let (reply, answer) = oneshot::channel();
        if let Err(unsent) = queue.send(Work { transaction, reply }).await {
            return Err(stopped(unsent.0.transaction));
        }
        drop(queue);
        answer.await.unwrap_or_else(|_| Err(stopped(Transaction::new())))
    }

    pub(crate) async fn close(&self) {
        let queue = self.queue.lock().take();
        drop(queue);
        if let Some(task) = self.task.lock().await.take() {
            // A writer that panicked has nothing left to finish.
            let _stopped = task.await;
        }
    }
}

const fn stopped(transaction: Transaction) -> Rejected {
    Rejected { error: WriteError::Stopped, transaction }
}

struct Loop {
    connection: AnyConnection,
    sequence: AtomicI64,
}

type Answer = Result<Receipt, WriteError>;

impl Loop {
    async fn run(mut self, mut waiting: mpsc::Receiver<Work>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
            let answers = match self.commit(&group).await {
                Ok(answers) => answers,
                Err(_) if group.len() > 1 => self.commit_alone(&group).await,
                Err(error) => vec![Err(error)],
            };
            for (work, answer) in group.drain(..).zip(answers) {
                let Work { transaction, reply } = work;
                // A caller that went away does not need the answer.
                let _unheard = reply.send(answer.map_err(|error| Rejected { error, transaction }));
            }
        }
    }

    async fn commit_alone(&mut self, group: &[Work]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(group.len());
        for work in group {
            let alone = std::slice::from_ref(work);
            let answer = self.commit(alone).await;
            answers.push(answer.and_then(|mut one| one.pop().unwrap_or(Err(WriteError::Stopped))));
        }
        answers
    }

    async fn commit(&mut self, group: &[Work]) -> Result<Vec<Answer>, WriteError> {
        self.connection.execute("BEGIN").await.map_err(explain)?;
        let applied = self.apply(group).await;
        let committed = match applied {
            Ok(answers) => {
                self.connection.execute("COMMIT").await.map(|_| answers).map_err(explain)
            }
            Err(error) => Err(error),
        };
        if committed.is_err() {
            // Some errors end the transaction themselves; then there is nothing to roll back.
            let _rolled_back = self.connection.execute("ROLLBACK").await;
        }
        committed
    }

    async fn apply(&mut self, group: &[Work]) -> Result<Vec<Answer>, WriteError> {
        let mut answers = Vec::with_capacity(group.len());
        for work in group {
            answers.push(self.apply_one(&work.transaction).await?);
        }
        Ok(answers)
    }

    async fn apply_one(&mut self, transaction: &Transaction) -> Result<Answer, WriteError> {
        let mut receipt = Receipt::default();
        for (position, guard) in transaction.guards.iter().enumerate() {
            let query = bind(guard, &self.sequence, &mut receipt);
            let done = query.execute(&mut self.connection).await.map_err(explain)?;
            match (done.rows_affected(), position) {
                (0, 0) => return Ok(Err(WriteError::Conflict)),
                // Earlier guards have changed rows: the whole commit is rolled back.
                (0, _) => return Err(WriteError::Conflict),
                _ => {}
            }
        }
        for statement in &transaction.statements {
            let query = bind(statement, &self.sequence, &mut receipt);
            query.execute(&mut self.connection).await.map_err(explain)?;
        }
        Ok(Ok(receipt))
    }
}

fn bind<'q>(
    statement: &'q Statement,
    sequence: &AtomicI64,
    receipt: &mut Receipt,
) -> Query<'q, Any, AnyArguments> {
    let mut query = sqlx::query(statement.sql);
    for value in &statement.values {
        query = match value {
            Value::Integer(number) => query.bind(*number),
            Value::Text(text) => query.bind(text.clone()),
            Value::OptionalText(text) => query.bind(text.clone()),
            Value::OptionalInteger(number) => query.bind(*number),
            Value::Sequence => {
                let next = sequence.fetch_add(1, Ordering::Relaxed);
                receipt.sequences.push(next);
                query.bind(next)
            }
        };
    }
    query
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a mapping function")]
fn explain(error: sqlx::Error) -> WriteError {
    /// SQLite's code for a full disk.
    const FULL: &str = "13";
    if let sqlx::Error::Database(refused) = &error
        && refused.code().is_some_and(|code| code == FULL)
    {
        return WriteError::Full;
    }
    let text = error.to_string();
    if text.contains("disk is full") || text.contains("No space left") {
        return WriteError::Full;
    }
    WriteError::Database(text)
}
