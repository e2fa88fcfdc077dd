//! Flood control: a bucket of tokens, one for each line.
//!
//! Servers throw out who writes too much at once. The bucket is full at first, a line takes a
//! token, and a token comes back each interval.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of tokens. It reads no clock.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    size: u32,
    tokens: u32,
    interval: Duration,
    /// When the token that comes next began to grow.
    since: Instant,
}

impl Bucket {
    /// Returns a full bucket.
    pub(super) fn new(size: u32, interval: Duration, now: Instant) -> Self {
        let size = size.max(1);
        Self { size, tokens: size, interval, since: now }
    }

    /// Takes a token if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        if self.tokens == 0 {
            return false;
        }
        if self.tokens == self.size {
            self.since = now;
        }
        self.tokens -= 1;
        true
    }

    /// Puts back a token that was not used.
    pub(super) fn give_back(&mut self) {
        self.tokens = self.tokens.saturating_add(1).min(self.size);
    }

    /// Returns when the next token is there.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        if self.tokens > 0 { now } else { self.since + self.interval }
    }

    fn refill(&mut self, now: Instant) {
        let missing = self.size - self.tokens;
        let passed = now.saturating_duration_since(self.since);
        let grown = if self.interval.is_zero() {
            missing
        } else {
            let grown = passed.as_nanos() / self.interval.as_nanos();
            u32::try_from(grown).unwrap_or(u32::MAX).min(missing)
        };
        self.tokens += grown;
        self.since += self.interval * grown;
    }
}
