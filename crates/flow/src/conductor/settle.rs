//! The workflow after a change of a task: whether joins can still be reached, and its status.

use super::{Conductor, Error};
use crate::{
    complaints::Complaint,
    machine::{self, Rest, WorkflowEvent},
    route::TaskRoute,
    status::Status,
};

/// Whether the tasks before a task allow it to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inbound {
    /// They do.
    Satisfied,
    /// They may yet.
    Underway,
    /// They never will.
    NotSatisfied,
}

impl Conductor {
    pub(super) fn inbound(&self, at: TaskRoute) -> Inbound {
        let (reached, satisfied) = self.state.inbound(at);
        let requirement = self.plan.graph.requirement(at.0);
        if u64::try_from(satisfied).unwrap_or(u64::MAX) >= requirement {
            return Inbound::Satisfied;
        }
        let is_missing = u64::try_from(reached).unwrap_or(u64::MAX) < self.plan.graph.sources(at.0);
        if is_missing && (self.state.has_active() || self.state.stage.has_ready()) {
            return Inbound::Underway;
        }
        Inbound::NotSatisfied
    }

    /// Returns whether something follows a task that ended; a join counts while it can be reached.
    fn leads_on(&self, at: TaskRoute, joins_count: bool) -> bool {
        let graph = &self.plan.graph;
        let Some(entry) = self.state.entry(at) else { return false };
        if !entry.status.is_some_and(Status::is_completed) {
            return false;
        }
        graph.out(at.0).iter().any(|edge| {
            let to = graph.edge(*edge).to;
            graph.name(to) != "continue"
                && entry.next.get(edge).copied().unwrap_or_default()
                && (!graph.is_join(to)
                    || joins_count
                    || self.inbound((to, at.1)) != Inbound::NotSatisfied)
        })
    }

    /// Gives the workflow the status that a task's status makes of it.
    pub(super) fn move_workflow(&mut self, at: TaskRoute, status: Status) -> Result<(), Error> {
        let leads_on = self.leads_on(at, false);
        let is_remedied = status.is_abended() && (leads_on || self.leads_on(at, true));
        let event = if is_remedied || status == Status::Succeeded {
            let rest = if self.state.has_canceled() {
                Rest::Canceled
            } else if self.state.has_halted() {
                Rest::Paused
            } else if self.state.stage.has_ready() || leads_on {
                Rest::Incomplete
            } else {
                Rest::Completed
            };
            WorkflowEvent::Done { is_remedied, rest }
        } else {
            if matches!(status, Status::Timeout | Status::Abandoned | Status::Unset) {
                return Err(Error::InvalidEvent(format!("task_{status}")));
            }
            WorkflowEvent::Task(status)
        };
        let from = self.state.status;
        let Some(to) = machine::workflow_after(from, event, self.state.has_active()) else {
            return Ok(());
        };
        if to != from {
            self.state.set_status(to);
        }
        if to.is_completed() {
            self.refuse_unreachable();
        }
        Ok(())
    }

    /// Fails a workflow that ended while a join waits for a task that will not come.
    fn refuse_unreachable(&mut self) {
        let graph = &self.plan.graph;
        let waits = |at: TaskRoute| self.inbound(at) == Inbound::NotSatisfied;
        let unreachable: Vec<TaskRoute> = self
            .state
            .stage
            .iter()
            .filter(|staged| graph.is_barrier(staged.at.0) && !staged.is_ready)
            .map(|staged| staged.at)
            .filter(|at| waits(*at))
            .collect();
        for at in unreachable {
            self.state.set_status(Status::Failed);
            let name = self.plan.graph.name(at.0).to_owned();
            let mut complaint = Complaint::new(format!(
                "UnreachableJoinError: The join task|route \"{name}|{}\" is partially satisfied \
                 but unreachable.",
                at.1
            ));
            complaint.task = Some(name);
            complaint.route = Some(at.1);
            self.state.complain(complaint);
        }
    }
}
