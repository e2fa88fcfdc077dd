//! Waiting without wall time: for a status, for a state of the records, for quiet.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use engine::Engine;
use model::{Execution, Id, Status};
use store::{Store, Transaction};

/// How long anything may take in a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often nothing may change before a house counts as quiet.
const QUIET: usize = 4;
/// The pause between two attempts to open records that are locked.
const LOCKED: Duration = Duration::from_millis(5);

/// Waits until an execution has a status.
///
/// # Errors
/// Fails when it ends with another one, or takes too long.
pub async fn until(engine: &Engine, id: Id, status: Status) -> Result<Arc<Execution>> {
    let is_reached = |execution: &Execution| execution.status == status;
    let reaching = async {
        loop {
            let reached = engine.executions().until(id, is_reached).await?;
            let execution = reached.with_context(|| format!("execution {id} is gone"))?;
            if execution.status.is_final() || is_reached(&execution) {
                return Ok::<_, anyhow::Error>(execution);
            }
            // A test finds an id in the records a moment before the house takes the execution up.
            tokio::task::yield_now().await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reaching).await;
    let execution =
        reached.with_context(|| format!("execution {id} did not become {status}"))??;
    ensure!(
        execution.status == status,
        "execution {id} is {} and not {status}: {:?}",
        execution.status,
        execution.result
    );
    Ok(execution)
}

/// Looks for something after each event until it is there.
///
/// # Errors
/// Fails when it takes too long.
pub async fn eventually<T>(engine: &Engine, look: impl AsyncFn() -> Option<T>) -> Result<T> {
    let mut events = engine.bus().read();
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            let _next = events.next().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.context("it did not happen")
}

/// Ticks until nothing changes any more, as of the present moment of the clock.
///
/// # Errors
/// Fails when the records cannot be read or written.
pub async fn settle(engine: &Engine) -> Result<()> {
    let mut before = None;
    let mut quiet = 0;
    while quiet < QUIET {
        engine.tick().await;
        // A write waits for all that were asked for before it.
        let mut barrier = Transaction::new();
        barrier.note_heard(0);
        engine.store().write(barrier).await?;
        let open = engine.store().open_executions().await?;
        let all = engine.store().count_executions(&store::execution::Filter::default()).await?;
        let open: Vec<_> = open.iter().map(|execution| (execution.id, execution.version)).collect();
        let state = Some((open, all));
        quiet = if state == before { quiet + 1 } else { 0 };
        before = state;
    }
    Ok(())
}

/// Opens records that a process may hold for a moment longer: one that another test is starting
/// has a copy of the lock until it runs its program.
///
/// # Errors
/// Fails when they cannot be opened, or stay locked.
pub async fn open_store(directory: &Path) -> Result<Store> {
    let opening = async {
        loop {
            match Store::open(directory).await {
                Err(store::Error::Locked(_)) => pause().await,
                opened => return opened,
            }
        }
    };
    Ok(tokio::time::timeout(PATIENCE, opening).await.context("the records stay locked")??)
}

#[expect(clippy::disallowed_methods, reason = "nothing says when another process lets go")]
async fn pause() {
    tokio::time::sleep(LOCKED).await;
}
