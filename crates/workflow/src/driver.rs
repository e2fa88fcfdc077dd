//! The driver of one workflow: it reads the inbox, lets the script decide, and writes the step.

use std::sync::Arc;

use access::Refusal;
use execution::{Ask, Reply, Signal};
use flow::{
    Script, Status as FlowStatus,
    protocol::{Next, Order},
};
use model::{Execution, Id, Status, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{Claim, Workflows, orders::Orders, record::Record, report, surroundings::Surroundings};

/// How many signals one step takes at most.
const SIGNALS_MAX: usize = 512;

/// The driver of a workflow.
pub(crate) struct Driver {
    pub(crate) workflows: Workflows,
    pub(crate) record: Record,
    pub(crate) script: Script,
    /// When the workflow is out of time.
    pub(crate) deadline: Option<Timestamp>,
    /// What its executions are to be told.
    pub(crate) orders: Orders,
    /// Who asked last for a pause, or for its end.
    asked_by: String,
    is_canceling: bool,
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
            orders: Orders::new(workflows, record.id),
            record,
            script,
            deadline,
            asked_by: "squall".to_owned(),
            is_canceling: false,
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
        match self.deadline {
            // It may be over since an earlier process.
            Some(deadline) if deadline <= workflows.now() => self.script.time_out(),
            Some(deadline) => workflows.deadlines().add(deadline, self.record.slot.id),
            None => {}
        }
        while self.step().await {
            tokio::select! {
                count = inbox.recv_many(&mut signals, SIGNALS_MAX) => {
                    if count == 0 {
                        return;
                    }
                }
                () = self.record.slot.cancel.cancelled(), if !self.is_canceling => self.cancel(),
                () = workflows.executions().stopping() => return,
            }
            for signal in signals.drain(..) {
                match signal {
                    Signal::Child(child) => self.hear(&child),
                    Signal::Ask(ask, user, reply) => self.answer(ask, user, reply),
                    Signal::Time => self.script.time_out(),
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

    /// Does what is to be done next and writes it; returns whether the workflow goes on.
    async fn step(&mut self) -> bool {
        let mut orders = Vec::new();
        let end = self.advance(&mut orders);
        self.record.put_changes(self.script.changes());
        self.give(orders);
        let goes_on = match end {
            Some(end) => {
                self.end(end).await;
                false
            }
            None => self.record.write(self.script.status()).await,
        };
        if goes_on {
            self.orders.tell();
        }
        self.record.release();
        goes_on
    }

    async fn end(&mut self, (status, result): (FlowStatus, Value)) {
        // Nobody tells the executions of a workflow that has ended.
        if self.orders.has_new() && self.record.write(self.script.status()).await {
            self.orders.tell();
        }
        if !self.orders.all_told().await {
            return;
        }
        self.orders.forget(&mut self.record.pending);
        self.record.end(final_status(status), result).await;
    }

    /// Requests what is ready; returns the end, if the script has come to it.
    fn advance(&mut self, orders: &mut Vec<(Order, Id)>) -> Option<(FlowStatus, Value)> {
        loop {
            match self.surroundings().with(|env| self.script.next(env)) {
                Next::Request(request) => self.request(*request),
                Next::Tell { execution_id, order } => {
                    orders.extend(execution_id.parse().ok().map(|id| (order, id)));
                }
                Next::Wait => return None,
                Next::End { status, result } => return Some((status, result)),
            }
        }
    }

    /// Gives the orders of the step to those who are to hear them.
    fn give(&mut self, orders: Vec<(Order, Id)>) {
        let (cancels, asks) = orders.into_iter().partition(|(order, _)| *order == Order::Cancel);
        let own = self.record.execution();
        let canceler = own.context.get("cancelled_by").and_then(Value::as_str).unwrap_or("squall");
        self.orders.forget(&mut self.record.pending);
        self.orders.give(&self.asked_by, asks, &mut self.record.pending);
        self.orders.give(canceler, cancels, &mut self.record.pending);
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
