//! Rate control: a bucket of tokens, one for each write.
//!
//! Networks refuse or disconnect clients that write too much at once. The bucket is full at first,
//! a write takes a token, and a token comes back each interval.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of tokens. It reads no clock.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    size: u32,
    tokens: u32,
    interval: Duration,
    /// When the token that comes next began to grow.
    since: Instant,
}

impl Bucket {
    /// Returns a full bucket.
    pub(crate) fn new(size: u32, interval: Duration, now: Instant) -> Self {
        let size = size.max(1);
        Self { size, tokens: size, interval, since: now }
    }

    /// Takes a token if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
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
    pub(crate) fn give_back(&mut self) {
        self.tokens = self.tokens.saturating_add(1).min(self.size);
    }

    /// Returns when the next token is there.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
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

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(700);

    #[test]
    fn burst_is_followed_by_one_write_each_interval() {
        let start = Instant::now();
        let mut bucket = Bucket::new(5, INTERVAL, start);
        let mut written = Vec::new();
        for ms in 0..3_000 {
            let now = start + Duration::from_millis(ms);
            while bucket.take(now) {
                written.push(ms);
            }
        }
        assert_eq!(written, [0, 0, 0, 0, 0, 700, 1_400, 2_100, 2_800]);
    }

    #[test]
    fn token_is_there_when_it_was_promised() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1, INTERVAL, start);
        assert_eq!(bucket.ready_at(start), start);
        assert!(bucket.take(start));
        let ready = bucket.ready_at(start);
        assert!(!bucket.take(ready - Duration::from_nanos(1)));
        assert!(bucket.take(ready));
    }

    #[test]
    fn silence_saves_no_more_than_the_burst() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2, INTERVAL, start);
        let later = start + Duration::from_secs(3600);
        assert_eq!((0..9).filter(|_| bucket.take(later)).count(), 2);
    }

    #[test]
    fn token_given_back_can_be_taken_again() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1, INTERVAL, start);
        assert!(bucket.take(start));
        bucket.give_back();
        assert!(bucket.take(start));
        assert!(!bucket.take(start));
    }

    #[test]
    fn no_interval_is_no_limit() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1, Duration::ZERO, start);
        assert!((0..100).all(|_| bucket.take(start)));
    }
}
