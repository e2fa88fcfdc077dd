//! How an execution stands, as a script hears of it.

use flow::{
    Status as FlowStatus,
    protocol::{Kind, Known, Report},
};
use model::{Execution, Status, Timestamp, runner::Leader};

/// Returns how an execution stands, for a script that is restored.
pub(crate) fn known(execution: &Execution, now: Timestamp) -> Known {
    Known { kind: kind(execution), report: report(execution, now) }
}

/// Returns what a script hears of an execution.
pub(crate) fn report(execution: &Execution, now: Timestamp) -> Report {
    Report {
        status: flow_status(execution.status),
        result: execution.result.clone().unwrap_or_default(),
        updated_at: now.to_string(),
    }
}

pub(crate) fn kind(execution: &Execution) -> Kind {
    match execution.leader() {
        Some(Leader::Workflow(_)) => Kind::Workflow,
        Some(Leader::Question) => Kind::Question,
        None => Kind::Action,
    }
}

const fn flow_status(status: Status) -> FlowStatus {
    match status {
        Status::Requested => FlowStatus::Requested,
        Status::Delayed => FlowStatus::Delayed,
        Status::Scheduled => FlowStatus::Scheduled,
        Status::Running => FlowStatus::Running,
        Status::Pending => FlowStatus::Pending,
        Status::Pausing => FlowStatus::Pausing,
        Status::Paused => FlowStatus::Paused,
        Status::Resuming => FlowStatus::Resuming,
        Status::Canceling => FlowStatus::Canceling,
        Status::Canceled => FlowStatus::Canceled,
        Status::Succeeded => FlowStatus::Succeeded,
        Status::Failed => FlowStatus::Failed,
        Status::Timeout => FlowStatus::Timeout,
        Status::Abandoned => FlowStatus::Abandoned,
    }
}
