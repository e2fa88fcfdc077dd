//! The names of this room's metrics.

/// Events that the rules were evaluated on.
pub const EVENTS_CARRIED: &str = "squall_events_carried_total";

/// Describes every metric to the recorder.
pub fn describe() {
    metrics::describe_counter!(EVENTS_CARRIED, "Events that the rules were evaluated on.");
}
