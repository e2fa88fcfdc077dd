//! The one place in this room that waits for wall time.

use std::time::Duration;

/// Waits.
#[expect(clippy::disallowed_methods, reason = "a runner bounds what other programs do")]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}
