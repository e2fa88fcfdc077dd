//! How long to wait before the next attempt: twice as long each time, and with a random part, so
//! that robots that lost the same server do not come back together.

use std::time::Duration;

/// The waits after failures. The seed makes them repeatable.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    failures: u32,
    state: u64,
}

impl Backoff {
    /// Returns the waits between `min` and `max`.
    pub(crate) fn new(min: Duration, max: Duration, seed: u64) -> Self {
        Self { min, max: max.max(min), failures: 0, state: seed }
    }

    /// Forgets earlier failures.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure and returns the wait after it: between half of the full wait and all.
    pub(crate) fn fail(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1).min(31);
        let full = self.min.saturating_mul(factor).min(self.max);
        let half = full / 2;
        let share = u32::try_from(self.random() >> 32).unwrap_or(u32::MAX);
        let jitter = half.as_nanos() * u128::from(share) / u128::from(u32::MAX);
        half + Duration::from_nanos(u64::try_from(jitter).unwrap_or(u64::MAX))
    }

    /// The generator SplitMix64: evenly spread, which is all that is asked of it.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_with_half_of_each_by_chance() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60), 3);
        for full in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = backoff.fail();
            let full = Duration::from_secs(full);
            assert!(full / 2 <= wait && wait <= full, "{wait:?} of {full:?}");
        }
        backoff.reset();
        assert!(backoff.fail() <= Duration::from_secs(1));
    }

    #[test]
    fn hundred_failures_overflow_nothing() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::MAX, u64::MAX);
        assert!((0..100).all(|_| backoff.fail() > Duration::ZERO));
    }

    #[test]
    fn different_seeds_wait_differently() {
        let first =
            |seed| Backoff::new(Duration::from_secs(1), Duration::from_secs(9), seed).fail();
        assert_ne!(first(1), first(2));
        assert_eq!(first(1), first(1));
    }
}
