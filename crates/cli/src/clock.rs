//! The system clock. It is read here only.

use std::time::{SystemTime, UNIX_EPOCH};

use model::{Clock, Timestamp};

/// The system clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine;

impl Clock for Machine {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
