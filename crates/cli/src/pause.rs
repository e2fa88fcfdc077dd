//! The one place in this binary that waits for wall time.

use std::time::Duration;

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "a terminal, a peer and a child process are waited for"
)]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
