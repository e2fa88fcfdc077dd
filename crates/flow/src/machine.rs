//! The two tables of statuses: of a task after an event, and of a workflow after a change of one of
//! its tasks. They are Orquesta's, oddities included, since recorded runs follow them.

use crate::status::Status;

/// How the other items of a task stand when one of them changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Items {
    /// Some are active.
    Active,
    /// None is active; some are paused.
    Paused,
    /// None is active; some were canceled.
    Canceled,
    /// None is active; some failed.
    Failed,
    /// None is active; some have not run.
    Incomplete,
    /// All have ended.
    Completed,
}

/// What happens to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskEvent {
    /// Its action has a new status.
    Action(Status),
    /// The action of one of its items has a new status.
    Item(Status, Items),
    /// The workflow is asked to pause or to cancel. Of a task whose items have not all ended:
    /// whether some are active.
    Workflow(Status, Option<bool>),
    /// It is the command `continue` or `noop`.
    Continue,
    /// It is the command `fail`.
    Fail,
    /// It runs again.
    Retry,
}

/// Returns the status of a task after an event; none when it stays as it is.
pub(crate) fn task_after(from: Status, event: TaskEvent) -> Option<Status> {
    match event {
        TaskEvent::Action(status) => after_action(from, status),
        TaskEvent::Item(status, items) => after_item(from, status, items),
        TaskEvent::Workflow(status, items) => after_request(from, status, items),
        TaskEvent::Continue => (from == Status::Unset).then_some(Status::Succeeded),
        TaskEvent::Fail => (from == Status::Unset).then_some(Status::Failed),
        TaskEvent::Retry => {
            matches!(from, Status::Succeeded | Status::Failed).then_some(Status::Retrying)
        }
    }
}

fn after_action(from: Status, status: Status) -> Option<Status> {
    use Status as S;
    let is_stop = matches!(status, S::Pausing | S::Paused | S::Canceling | S::Canceled);
    match (from, status) {
        (S::Unset, S::Requested | S::Scheduled | S::Delayed | S::Running | S::Pending) => {
            Some(status)
        }
        (S::Requested | S::Scheduled | S::Delayed, S::Scheduled | S::Delayed) if from != status => {
            Some(status)
        }
        (S::Requested | S::Scheduled | S::Delayed, S::Running | S::Pending) => Some(status),
        (S::Requested | S::Scheduled | S::Delayed, _) if is_stop || status.is_abended() => {
            Some(status)
        }
        (S::Running, S::Running | S::Pending | S::Succeeded) => Some(status),
        (S::Running, _) if is_stop => Some(status),
        (S::Pending, S::Canceled | S::Succeeded) => Some(status),
        (S::Pausing, S::Paused | S::Resuming | S::Canceling | S::Canceled) => Some(status),
        (S::Paused, S::Running | S::Resuming | S::Canceling | S::Canceled) => Some(status),
        (S::Resuming | S::Retrying, S::Running | S::Canceling | S::Canceled) => Some(status),
        (S::Canceling, S::Paused | S::Canceled) => Some(S::Canceled),
        (S::Running | S::Pending | S::Pausing | S::Canceling, _) if status.is_abended() => {
            Some(S::Failed)
        }
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a table names the arrows that exist")]
fn after_item(from: Status, status: Status, items: Items) -> Option<Status> {
    use Status as S;
    let is_active = items == Items::Active;
    let is_halt = matches!(status, S::Pending | S::Paused);
    if !is_halt && !status.is_completed() {
        // Nothing depends on the other items yet.
        return if status == S::Resuming { None } else { after_action(from, status) };
    }
    match from {
        S::Running if is_active => match status {
            S::Pending | S::Paused => Some(S::Pausing),
            S::Canceled => Some(S::Canceling),
            S::Succeeded => Some(S::Running),
            _ => None,
        },
        S::Pausing | S::Canceling if is_active => None,
        S::Running | S::Pausing => Some(match (status, items) {
            (S::Canceled, _) | (_, Items::Canceled) => S::Canceled,
            (S::Pending | S::Paused, Items::Failed) => S::Failed,
            (S::Pending | S::Paused, _) => S::Paused,
            (S::Succeeded, Items::Paused) => S::Paused,
            (S::Succeeded, Items::Completed) => S::Succeeded,
            (S::Succeeded, Items::Incomplete) if from == S::Running => S::Running,
            (S::Succeeded, Items::Incomplete) => S::Paused,
            _ => S::Failed,
        }),
        S::Canceling if status == S::Succeeded && items == Items::Completed => Some(S::Succeeded),
        S::Canceling => Some(S::Canceled),
        _ => None,
    }
}

fn after_request(from: Status, status: Status, items: Option<bool>) -> Option<Status> {
    use Status as S;
    match (from, items) {
        (S::Running, Some(true)) if status.is_pause() => Some(S::Pausing),
        (S::Running, Some(false)) if status.is_pause() => Some(S::Paused),
        (S::Running, Some(true)) if status.is_cancel() => Some(S::Canceling),
        (S::Running, Some(false)) if status.is_cancel() => Some(S::Canceled),
        (S::Retrying, None) if status.is_cancel() => Some(S::Canceled),
        _ => None,
    }
}

/// How the rest of a workflow stands when a task has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Some tasks were canceled, or will be.
    Canceled,
    /// Some tasks are paused, or will be.
    Paused,
    /// Some tasks are ready.
    Incomplete,
    /// Nothing is left.
    Completed,
}

/// A change of a task, as its workflow sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkflowEvent {
    /// A task succeeded, or failed and something follows its failure.
    Done {
        /// Whether it had failed.
        is_remedied: bool,
        /// How the others stand.
        rest: Rest,
    },
    /// A task has another status.
    Task(Status),
}

/// Returns the status of a workflow after one of its tasks changed; `is_active` says whether
/// tasks are active. None when it stays as it is.
pub(crate) fn workflow_after(
    from: Status,
    event: WorkflowEvent,
    is_active: bool,
) -> Option<Status> {
    match event {
        WorkflowEvent::Done { is_remedied, rest } => after_done(from, is_remedied, rest, is_active),
        WorkflowEvent::Task(status) => after_task(from, status, is_active),
    }
}

fn after_done(from: Status, is_remedied: bool, rest: Rest, is_active: bool) -> Option<Status> {
    use Status as S;
    match (from, is_active, rest) {
        (S::Running, true, Rest::Canceled) => Some(S::Canceling),
        (S::Running, true, Rest::Paused) => Some(S::Pausing),
        (S::Running | S::Resuming, _, Rest::Incomplete)
        | (S::Running | S::Resuming, true, Rest::Completed) => Some(S::Running),
        (S::Running | S::Resuming, false, Rest::Completed) => Some(S::Succeeded),
        (S::Running | S::Resuming, false, Rest::Paused) => Some(S::Paused),
        (S::Running | S::Resuming | S::Pausing | S::Canceling, false, Rest::Canceled) => {
            Some(S::Canceled)
        }
        (S::Pausing, true, Rest::Canceled) if is_remedied => Some(S::Canceling),
        (S::Pausing, true, _) => Some(S::Pausing),
        (S::Pausing, false, _) => Some(S::Paused),
        (S::Canceling, true, _) => Some(S::Canceling),
        (S::Canceling, false, _) => Some(S::Canceled),
        _ => None,
    }
}

fn after_task(from: Status, status: Status, is_active: bool) -> Option<Status> {
    use Status as S;
    let (pause, cancel) =
        if is_active { (S::Pausing, S::Canceling) } else { (S::Paused, S::Canceled) };
    match (from, status) {
        (S::Running, S::Paused) if is_active => Some(S::Running),
        (S::Running, S::Pausing) => Some(S::Running),
        (S::Running | S::Pausing, S::Pending | S::Paused) | (S::Resuming, S::Pending) => {
            Some(pause)
        }
        (S::Running | S::Pausing | S::Resuming, S::Failed) => Some(S::Failed),
        (S::Running | S::Pausing | S::Resuming, S::Canceling) => Some(S::Canceling),
        (S::Running | S::Pausing | S::Resuming, S::Canceled) => Some(cancel),
        (S::Pausing, S::Retrying) => Some(pause),
        (S::Paused, S::Running | S::Resuming) | (S::Resuming, S::Running) => Some(S::Running),
        (S::Canceling, S::Pending | S::Paused | S::Failed | S::Canceled | S::Retrying) => {
            Some(cancel)
        }
        _ => None,
    }
}

/// Returns the status of a workflow after a request; `is_active` says whether tasks are active,
/// `is_done` whether nothing is left to do. None when it stays as it is.
#[expect(clippy::wildcard_enum_match_arm, reason = "a table names the arrows that exist")]
pub(crate) fn workflow_after_request(
    from: Status,
    to: Status,
    is_active: bool,
    is_done: bool,
) -> Option<Status> {
    use Status as S;
    let (pause, cancel) =
        if is_active { (S::Pausing, S::Canceling) } else { (S::Paused, S::Canceled) };
    let is_begun = matches!(from, S::Running | S::Pausing | S::Resuming);
    let waits = matches!(from, S::Requested | S::Scheduled | S::Delayed);
    match to {
        S::Failed if !matches!(from, S::Failed | S::Canceled) => Some(S::Failed),
        S::Requested if from == S::Unset => Some(to),
        S::Scheduled | S::Delayed if (from == S::Unset || waits) && from != to => Some(to),
        S::Running | S::Resuming if from == S::Paused && is_done => Some(S::Succeeded),
        S::Running if from == S::Unset || waits => Some(to),
        S::Running if matches!(from, S::Pausing | S::Paused | S::Resuming) => Some(to),
        S::Resuming if matches!(from, S::Pausing | S::Paused) => Some(to),
        S::Pausing | S::Paused if is_begun || (waits && !is_active) => Some(pause),
        S::Canceling | S::Canceled if is_begun || from == S::Canceling => Some(cancel),
        S::Canceling | S::Canceled if (waits || from == S::Paused) && !is_active => Some(cancel),
        S::Succeeded if from == S::Running => Some(to),
        _ => None,
    }
}

/// Returns whether a workflow can be asked for a status at all.
pub(crate) const fn is_requestable(status: Status) -> bool {
    use Status as S;
    !matches!(status, S::Unset | S::Pending | S::Timeout | S::Abandoned | S::Retrying)
}
