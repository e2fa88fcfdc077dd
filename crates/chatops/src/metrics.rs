//! The names of this room's metrics.

/// Whether a chat adapter is up.
pub const ADAPTER_UP: &str = "squall_chat_adapter_up";

/// Describes every metric to the recorder.
pub fn describe() {
    metrics::describe_gauge!(ADAPTER_UP, "Whether a chat adapter is up (1) or down (0).");
}
