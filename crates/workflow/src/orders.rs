//! What the executions of a workflow are to be told: to pause, to resume, to cancel.
//!
//! Orders are written with the step that gives them, in a cell, and told once that is durable. A
//! later step removes the cell. So whatever a process that died had still to tell is told by the next
//! one.

use std::{mem, sync::Arc};

use access::Refusal;
use execution::Ask;
use flow::protocol::Order;
use futures_util::future::join_all;
use model::{Id, Principal};
use parking_lot::Mutex;
use serde_json::Value;
use store::{Backoff, Transaction};
use tokio::sync::oneshot;

use crate::Workflows;

/// What the keys of the cells begin with.
const PREFIX: &str = "order/";

/// The orders of a workflow.
#[derive(Debug)]
pub(crate) struct Orders {
    workflows: Workflows,
    /// The id of the workflow's cells.
    workflow: Id,
    /// Those that are told once they are durable.
    new: Vec<Given>,
    /// The keys of cells with orders that were told.
    told: Arc<Mutex<Vec<String>>>,
    /// Sends when those of the step before are told, and closes when Squall stops before that.
    telling: Option<oneshot::Receiver<()>>,
}

/// Orders that were given together.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Given {
    #[serde(skip)]
    key: String,
    /// Who asked for it.
    by: String,
    orders: Vec<(Order, Id)>,
}

impl Orders {
    pub(crate) fn new(workflows: &Workflows, workflow: Id) -> Self {
        Self {
            workflows: workflows.clone(),
            workflow,
            new: Vec::new(),
            told: Arc::default(),
            telling: None,
        }
    }

    /// Takes the orders out of the cells of a workflow.
    pub(crate) fn take(cells: &mut Vec<(String, Value)>) -> Vec<(String, Value)> {
        cells.extract_if(.., |(key, _)| key.starts_with(PREFIX)).collect()
    }

    /// Takes up the orders that an earlier process had still to tell.
    pub(crate) fn restore(&mut self, mut cells: Vec<(String, Value)>) {
        cells.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (key, cell) in cells {
            match serde_json::from_value(cell) {
                Ok(given) => self.new.push(Given { key, ..given }),
                Err(error) => {
                    tracing::error!(workflow.id = %self.workflow, %error, "orders of a workflow cannot be read");
                }
            }
        }
    }

    /// Gives orders with the next step.
    pub(crate) fn give(&mut self, by: &str, orders: Vec<(Order, Id)>, rows: &mut Transaction) {
        if orders.is_empty() {
            return;
        }
        let key = format!("{PREFIX}{}", self.workflows.make_id());
        let given = Given { key, by: by.to_owned(), orders };
        rows.put_cell(self.workflow, &given.key, &serde_json::json!(given));
        self.new.push(given);
    }

    /// Removes what was told, with the next step.
    pub(crate) fn forget(&mut self, rows: &mut Transaction) {
        for key in mem::take(&mut *self.told.lock()) {
            rows.remove_cell(self.workflow, &key);
        }
    }

    /// Tells whether something was given, and is not told.
    pub(crate) const fn has_new(&self) -> bool {
        !self.new.is_empty()
    }

    /// Tells what was given; to be called once it is durable.
    pub(crate) fn tell(&mut self) {
        let new = mem::take(&mut self.new);
        if new.is_empty() {
            return;
        }
        // A child must not resume before it has paused, so one order is told after another.
        let (is_told, telling) = oneshot::channel::<()>();
        let before = self.telling.replace(telling);
        let (workflows, told) = (self.workflows.clone(), Arc::clone(&self.told));
        self.workflows.executions().spawn(async move {
            if let Some(before) = before
                && before.await.is_err()
            {
                return;
            }
            for given in new {
                tokio::select! {
                    () = workflows.tell_all(&given) => told.lock().push(given.key),
                    // The next process tells it.
                    () = workflows.executions().stopping() => return,
                }
            }
            // A driver that has gone does not wait for it.
            let _unheard = is_told.send(());
        });
    }

    /// Waits until all that was given is told; tells whether it is, rather than left to the next
    /// process.
    pub(crate) async fn all_told(&mut self) -> bool {
        match self.telling.take() {
            Some(telling) => telling.await.is_ok(),
            None => true,
        }
    }
}

impl Workflows {
    async fn tell_all(&self, given: &Given) {
        for same in given.orders.chunk_by(|(one, _), (other, _)| one == other) {
            join_all(same.iter().map(|(order, id)| self.tell(*order, *id, &given.by))).await;
        }
    }

    async fn tell(&self, order: Order, id: Id, by: &str) {
        let squall = Principal::system(by);
        let ask = match order {
            Order::Pause => Ask::Pause,
            Order::Resume => Ask::Resume,
            Order::Cancel => return self.cancel(&squall, id).await,
        };
        // One that has just ended, or waits for its start, has nothing to pause.
        let _refused = self.ask(&squall, id, ask).await;
    }

    /// Cancels a part of a workflow, trying again for as long as that cannot be written.
    async fn cancel(&self, squall: &Principal, id: Id) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.executions().cancel(squall, id).await {
            tracing::error!(execution.id = %id, %error, "a part of a workflow could not be canceled");
            if !matches!(error, Refusal::Write(_)) {
                return;
            }
            backoff.pause().await;
        }
    }
}
