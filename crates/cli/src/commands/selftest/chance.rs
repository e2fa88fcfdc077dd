//! Random numbers that can be repeated: SplitMix64, from a seed that is printed.

/// A source of numbers that is the same for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// Returns the source for a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns another source, for a part of the work.
    pub(super) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// Returns a number from `from` to `to`, without `to`.
    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from).max(1)
    }

    /// Returns true once in so many times.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.between(0, times) == 0
    }

    /// Returns true so many times in 100.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }

    /// Returns one of several; none of none.
    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = self.between(0, all.len() as u64);
        all.get(usize::try_from(index).unwrap_or_default())
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
