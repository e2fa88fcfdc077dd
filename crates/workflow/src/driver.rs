//! The driver of one workflow: it reads the inbox, lets the script decide, and writes the step.

use std::{mem, sync::Arc, time::Duration};

use access::Refusal;
use execution::{Ask, Reply, Signal};
use flow::{
    Script, Status as FlowStatus,
    protocol::{Next, Order},
};
use futures_util::future::join_all;
use model::{Execution, Id, Principal, Status, Timestamp};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::{Claim, Workflows, record::Record, report, surroundings::Surroundings};

/// How many signals one step takes at most.
const SIGNALS_MAX: usize = 512;

/// The longest sleep before the clock is looked at again.
const SLEEP_S_MAX: f64 = 86_400.0;

/// The driver of a workflow.
pub(crate) struct Driver {
    pub(crate) workflows: Workflows,
    pub(crate) record: Record,
    pub(crate) script: Script,
    /// When the workflow is out of time.
    pub(crate) deadline: Option<Timestamp>,
    /// What executions are to be told once the step is written.
    orders: Vec<(Order, Id)>,
    /// Who asked last for a pause, or for its end.
    asked_by: String,
    /// Resolves when the requests of the step before are passed on.
    passing: Option<oneshot::Receiver<()>>,
    is_canceling: bool,
    is_timed_out: bool,
    /// Held until the driver ends.
    _claim: Option<Claim>,
}

impl Driver {
    pub(crate) fn new(
        workflows: &Workflows,
        record: Record,
        (script, deadline): (Script, Option<Timestamp>),
        claim: Option<Claim>,
    ) -> Self {
        Self {
            workflows: workflows.clone(),
            record,
            script,
            deadline,
            orders: Vec::new(),
            asked_by: String::new(),
            passing: None,
            is_canceling: false,
            is_timed_out: false,
            _claim: claim,
        }
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings::of(&self.workflows, self.record.slot.id)
    }

    /// Drives the workflow to its end, or until Squall stops.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Signal>) {
        let workflows = self.workflows.clone();
        let mut signals = Vec::new();
        while self.step().await {
            let deadline = self.deadline.filter(|_| !self.is_timed_out);
            tokio::select! {
                count = inbox.recv_many(&mut signals, SIGNALS_MAX) => {
                    if count == 0 {
                        return;
                    }
                }
                () = self.record.slot.cancel.cancelled(), if !self.is_canceling => self.cancel(),
                () = time_is_up(deadline, &workflows) => self.time_out(),
                () = workflows.executions().stopping() => return,
            }
            for signal in signals.drain(..) {
                match signal {
                    Signal::Child(child) => self.hear(&child),
                    Signal::Ask(ask, user, reply) => self.answer(ask, user, reply),
                }
            }
        }
    }

    fn hear(&mut self, child: &Arc<Execution>) {
        let report = report::report(child, self.workflows.now());
        let id = child.id.to_string();
        self.surroundings().with(|env| self.script.heard(&id, report, env));
    }

    fn answer(&mut self, ask: Ask, user: String, reply: Reply) {
        let asked = match ask {
            Ask::Pause => self.script.pause(),
            Ask::Resume => self.script.resume(),
        };
        if let Err(error) = asked {
            // One who asked and went away does not need the answer.
            let _unheard = reply.send(Err(Refusal::invalid(error)));
            return;
        }
        self.record.note_asked(ask, &user);
        self.record.replies.push(reply);
        self.asked_by = user;
    }

    fn cancel(&mut self) {
        self.is_canceling = true;
        self.script.cancel();
    }

    fn time_out(&mut self) {
        // The sleep before may have been a shorter one.
        if self.deadline.is_some_and(|deadline| deadline <= self.workflows.now()) {
            self.is_timed_out = true;
            self.script.time_out();
        }
    }

    /// Does what is to be done next and writes it; returns whether the workflow goes on.
    async fn step(&mut self) -> bool {
        let end = self.advance();
        self.record.put_changes(self.script.changes());
        let goes_on = end.is_none();
        if let Some((status, result)) = end {
            self.record.end(final_status(status), result).await;
        } else if !self.record.write(self.script.status()).await {
            return false;
        }
        self.record.release();
        self.pass_on();
        goes_on
    }

    /// Requests what is ready; returns the end, if the script has come to it.
    fn advance(&mut self) -> Option<(FlowStatus, Value)> {
        loop {
            match self.surroundings().with(|env| self.script.next(env)) {
                Next::Request(request) => self.request(*request),
                Next::Tell { execution_id, order } => {
                    self.orders.extend(execution_id.parse().ok().map(|id| (order, id)));
                }
                Next::Wait => return None,
                Next::End { status, result } => return Some((status, result)),
            }
        }
    }

    /// Tells executions what they are to do.
    fn pass_on(&mut self) {
        let orders = mem::take(&mut self.orders);
        let (cancels, asks): (Vec<_>, Vec<_>) =
            orders.into_iter().partition(|(order, _)| *order == Order::Cancel);
        self.cancel_all(cancels.into_iter().map(|(_, id)| id));
        if asks.is_empty() {
            return;
        }
        // A child must not resume before it has paused, so one request is passed on after another.
        let (passed, passing) = oneshot::channel::<()>();
        let before = self.passing.replace(passing);
        let (workflows, user) = (self.workflows.clone(), self.asked_by.clone());
        self.workflows.executions().spawn(async move {
            if let Some(before) = before {
                // Nothing is sent: the channel closes.
                let _closed = before.await;
            }
            for same in asks.chunk_by(|(one, _), (other, _)| one == other) {
                join_all(same.iter().map(|(order, id)| workflows.pass(*order, *id, &user))).await;
            }
            drop(passed);
        });
    }

    fn cancel_all(&self, executions: impl Iterator<Item = Id>) {
        let user = self.record.execution().context.get("cancelled_by").cloned();
        let user = user.as_ref().and_then(Value::as_str).unwrap_or("squall").to_owned();
        for id in executions {
            let (executions, squall) =
                (self.workflows.executions().clone(), Principal::system(&user));
            self.workflows.executions().spawn(async move {
                if let Err(error) = executions.cancel(&squall, id).await {
                    tracing::error!(execution.id = %id, %error, "a part of a workflow could not be canceled");
                }
            });
        }
    }
}

impl Workflows {
    /// Passes a request to pause or to resume on to a workflow inside another.
    async fn pass(&self, order: Order, id: Id, user: &str) {
        let ask = match order {
            Order::Pause => Ask::Pause,
            Order::Resume => Ask::Resume,
            Order::Cancel => return,
        };
        // One that has just ended, or waits for its start, has nothing to pause.
        let _refused = self.ask(&Principal::system(user), id, ask).await;
    }
}

/// Returns the status of an execution whose script ended so.
const fn final_status(status: FlowStatus) -> Status {
    match status {
        FlowStatus::Succeeded => Status::Succeeded,
        FlowStatus::Canceled => Status::Canceled,
        FlowStatus::Timeout => Status::Timeout,
        FlowStatus::Abandoned => Status::Abandoned,
        FlowStatus::Failed
        | FlowStatus::Unset
        | FlowStatus::Requested
        | FlowStatus::Scheduled
        | FlowStatus::Delayed
        | FlowStatus::Running
        | FlowStatus::Pending
        | FlowStatus::Pausing
        | FlowStatus::Paused
        | FlowStatus::Resuming
        | FlowStatus::Retrying
        | FlowStatus::Canceling => Status::Failed,
    }
}

/// Resolves when a workflow may be out of time.
#[expect(
    clippy::disallowed_methods,
    reason = "the driver checks the clock of the rooms when it wakes"
)]
async fn time_is_up(deadline: Option<Timestamp>, workflows: &Workflows) {
    let Some(deadline) = deadline else { return std::future::pending().await };
    let wait = deadline.seconds_since(workflows.now()).clamp(0.0, SLEEP_S_MAX);
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
}
