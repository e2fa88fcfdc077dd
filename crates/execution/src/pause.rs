//! The one place in this room that waits for wall time.

use std::time::Duration;

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "output of a process and the end of a process do not follow the clock of the rooms"
)]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
