//! The delay between the attempts of a write that fails.

use std::time::Duration;

/// The first delay.
const FIRST: Duration = Duration::from_millis(50);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(5);

/// A delay that doubles with each attempt.
#[derive(Debug)]
pub struct Backoff {
    wait: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { wait: FIRST }
    }
}

impl Backoff {
    /// Waits before the next attempt.
    #[expect(clippy::disallowed_methods, reason = "a refused write is tried again after a pause")]
    pub async fn pause(&mut self) {
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST);
    }
}
