//! Limits of every run.

use std::time::Duration;

/// Limits of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of each stream, or of an HTTP response, are kept; 0 for all.
    pub output_bytes_max: usize,
    /// How long a process has between TERM and KILL.
    pub kill_grace: Duration,
    /// How long pipes are read after the process has ended, when its descendants keep them open.
    pub drain: Duration,
    /// The timeout of actions without one.
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
