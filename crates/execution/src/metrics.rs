//! The names of this room's metrics.

/// Executions that were requested.
pub const EXECUTIONS_REQUESTED: &str = "squall_executions_requested_total";
/// Executions that ended, by status.
pub const EXECUTIONS_ENDED: &str = "squall_executions_ended_total";
/// Executions that have not ended.
pub const EXECUTIONS_OPEN: &str = "squall_executions_open";
/// Seconds from request to end.
pub const EXECUTION_SECONDS: &str = "squall_execution_seconds";
/// Announcements that were made.
pub const ANNOUNCEMENTS: &str = "squall_announcements_total";

/// Describes every metric to the recorder.
pub fn describe() {
    metrics::describe_counter!(EXECUTIONS_REQUESTED, "Executions that were requested.");
    metrics::describe_counter!(EXECUTIONS_ENDED, "Executions that ended, by status.");
    metrics::describe_gauge!(EXECUTIONS_OPEN, "Executions that have not ended.");
    metrics::describe_histogram!(EXECUTION_SECONDS, "Seconds from request to end.");
    metrics::describe_counter!(ANNOUNCEMENTS, "Announcements that were made.");
}
