//! The one place in the benchmark that waits for wall time.

use std::time::Duration;

/// Waits.
#[expect(clippy::disallowed_methods, reason = "a server is measured while nothing is asked of it")]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
