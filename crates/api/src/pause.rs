//! The one place in this room that waits for wall time.

use std::time::Duration;

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "a connection is kept open, or taken later, by the clock of its peer"
)]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
