//! The metrics of all rooms.

/// Describes every metric to the recorder.
pub fn describe() {
    execution::metrics::describe();
    events::metrics::describe();
    chatops::metrics::describe();
}
