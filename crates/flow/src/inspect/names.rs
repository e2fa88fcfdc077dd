//! Sets of small numbers, such as those of variables.

/// A set of numbers below a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    words: Box<[u64]>,
    /// A digest of what is in it, whatever the order in which it came.
    pub(super) digest: u64,
}

impl Names {
    /// Returns an empty set for numbers below `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self { words: vec![0; limit.div_ceil(64)].into(), digest: 0 }
    }

    pub(super) fn contains(&self, name: usize) -> bool {
        self.words.get(name / 64).is_some_and(|word| word >> (name % 64) & 1 == 1)
    }

    /// Adds a number; tells whether it is new.
    pub(super) fn insert(&mut self, name: usize) -> bool {
        if self.contains(name) {
            return false;
        }
        self.words[name / 64] |= 1 << (name % 64);
        self.digest ^= digest(name);
        true
    }

    /// Adds all of another set; tells whether some are new.
    pub(super) fn add(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (index, (word, other)) in self.words.iter_mut().zip(&other.words).enumerate() {
            let new = other & !*word;
            if new != 0 {
                *word |= new;
                self.digest ^= digest_of_word(index, new);
                grew = true;
            }
        }
        grew
    }

    /// Keeps what is in another set, too.
    pub(super) fn keep(&mut self, other: &Self) {
        for (index, (word, other)) in self.words.iter_mut().zip(&other.words).enumerate() {
            self.digest ^= digest_of_word(index, *word & !other);
            *word &= other;
        }
    }

    /// Returns the digest that the set would have with some numbers more.
    pub(super) fn digest_with(&self, names: &[usize]) -> u64 {
        let mut added: Vec<usize> =
            names.iter().copied().filter(|name| !self.contains(*name)).collect();
        added.sort_unstable();
        added.dedup();
        added.into_iter().fold(self.digest, |all, name| all ^ digest(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns how much work it is to go through the set.
    pub(super) fn weight(&self) -> usize {
        self.words.len() + 1
    }
}

fn digest_of_word(index: usize, mut word: u64) -> u64 {
    let mut all = 0;
    while word != 0 {
        let bit = word.trailing_zeros() as usize;
        all ^= digest(index * 64 + bit);
        word &= word - 1;
    }
    all
}

/// Spreads a number over all bits (the finalizer of SplitMix64).
fn digest(name: usize) -> u64 {
    let mut x = (name as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[usize]) -> Names {
        let mut set = Names::new(200);
        names.iter().for_each(|name| {
            set.insert(*name);
        });
        set
    }

    #[test]
    fn equal_sets_have_equal_digests_however_they_came_to_be() {
        assert_eq!(set(&[1, 70, 199]), set(&[199, 1, 70, 1]));
        let mut union = set(&[1]);
        assert!(union.add(&set(&[70, 1])) && !union.add(&set(&[70])));
        assert_eq!(union, set(&[1, 70]));
        union.keep(&set(&[70, 3]));
        assert_eq!(union, set(&[70]));
        assert_eq!(union.digest_with(&[3, 70, 3]), set(&[3, 70]).digest);
        assert_ne!(union.digest, set(&[3, 70]).digest);
    }
}
