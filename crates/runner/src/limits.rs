//! Bounds of every run.

use std::time::Duration;

/// Bounds of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of each stream, or of an HTTP response, are kept and streamed; 0 keeps all.
    pub output_bytes_max: usize,
    /// How long a process has between TERM and KILL.
    pub kill_grace: Duration,
    /// How long pipes are read after the process has ended, while others hold them open.
    pub drain: Duration,
    /// How long an action may take that names no timeout.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            output_bytes_max: 10 * 1024 * 1024,
            kill_grace: Duration::from_secs(5),
            drain: Duration::from_millis(500),
            timeout: Duration::from_mins(1),
        }
    }
}
