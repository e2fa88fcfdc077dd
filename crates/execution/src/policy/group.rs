//! Who runs and who waits, for one action that has limits. Pure values: nothing here is async,
//! and whoever calls holds the lock.
//!
//! Members wait in the order of their turns. Those that count alike form a row; only the first of
//! a row can be next, so that an end looks at few of many.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use model::{Id, Timestamp};

use super::limit::Keys;
use content::policy::Limit;

/// The place in the order of those who wait: when it may start, and who it is.
pub(crate) type Turn = (Timestamp, Id);

/// What is decided about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has a place.
    Runs,
    /// It waits for one.
    Waits,
    /// It gets none.
    Canceled(Arc<Limit>),
}

/// The members of one action.
#[derive(Debug)]
pub(crate) struct Group<M> {
    limits: Vec<Arc<Limit>>,
    /// For each limit, how many have a place by what they count.
    counts: Vec<HashMap<String, i64>>,
    holders: HashMap<Id, (M, Keys)>,
    waiting: BTreeMap<Turn, (M, Keys)>,
    rows: HashMap<Keys, BTreeSet<Turn>>,
    /// The first of each row.
    heads: BTreeMap<Turn, Keys>,
}

impl<M: Clone> Group<M> {
    pub(crate) fn new(limits: &[Limit]) -> Self {
        Self {
            limits: limits.iter().cloned().map(Arc::new).collect(),
            counts: limits.iter().map(|_| HashMap::new()).collect(),
            holders: HashMap::new(),
            waiting: BTreeMap::new(),
            rows: HashMap::new(),
            heads: BTreeMap::new(),
        }
    }

    pub(crate) fn has_limits(&self, limits: &[Limit]) -> bool {
        self.limits.iter().map(|limit| &**limit).eq(limits)
    }

    pub(crate) fn limits(&self) -> &[Arc<Limit>] {
        &self.limits
    }

    /// Decides about a newcomer, who takes or waits for a place accordingly.
    pub(crate) fn ask(&mut self, turn: Turn, member: M, keys: Keys) -> Verdict {
        if self.waiting.contains_key(&turn) {
            return Verdict::Waits;
        }
        let first = self.rows.get(&keys).and_then(BTreeSet::first);
        let verdict = match first {
            Some(first) if *first < turn => Verdict::Waits,
            _ => self.verdict(&keys),
        };
        match verdict {
            Verdict::Runs => self.hold(turn.1, member, keys),
            Verdict::Waits => self.wait(turn, member, keys),
            Verdict::Canceled(_) => {}
        }
        verdict
    }

    /// Lets a member wait, without a look at the places.
    pub(crate) fn wait(&mut self, turn: Turn, member: M, keys: Keys) {
        let row = self.rows.entry(Arc::clone(&keys)).or_default();
        let former = row.first().copied();
        row.insert(turn);
        if former.is_none_or(|former| turn < former) {
            if let Some(former) = former {
                self.heads.remove(&former);
            }
            self.heads.insert(turn, Arc::clone(&keys));
        }
        self.waiting.insert(turn, (member, keys));
    }

    /// Gives a member a place, though there be none.
    pub(crate) fn hold(&mut self, id: Id, member: M, keys: Keys) {
        if let Some((_, former)) = self.holders.insert(id, (member, Arc::clone(&keys))) {
            self.uncount(&former);
        }
        for (counts, key) in self.counts.iter_mut().zip(&*keys) {
            *counts.entry(key.clone()).or_default() += 1;
        }
    }

    /// Takes the place of a member; returns who is next.
    pub(crate) fn release(&mut self, id: Id) -> Vec<(M, Verdict)> {
        let Some((_, keys)) = self.holders.remove(&id) else { return Vec::new() };
        self.uncount(&keys);
        if self.limits.len() == 1 { self.next_of_row(&keys) } else { self.next() }
    }

    /// Forgets a member who waits.
    pub(crate) fn leave(&mut self, turn: Turn) -> Option<M> {
        let (member, keys) = self.waiting.remove(&turn)?;
        self.heads.remove(&turn);
        if let Some(row) = self.rows.get_mut(&keys) {
            row.remove(&turn);
            match row.first() {
                Some(first) => drop(self.heads.insert(*first, keys)),
                None => drop(self.rows.remove(&keys)),
            }
        }
        Some(member)
    }

    /// Decides about those who wait, in their order; returns whose wait is over.
    pub(crate) fn next(&mut self) -> Vec<(M, Verdict)> {
        let mut over = Vec::new();
        let mut after = Bound::Unbounded;
        while let Some((turn, keys)) = self.heads.range((after, Bound::Unbounded)).next() {
            if self.is_full() {
                break;
            }
            let turn = *turn;
            let verdict = self.verdict(keys);
            if verdict == Verdict::Waits {
                after = Bound::Excluded(turn);
                continue;
            }
            over.extend(self.end_wait(turn, verdict));
        }
        over
    }

    fn next_of_row(&mut self, keys: &Keys) -> Vec<(M, Verdict)> {
        let mut over = Vec::new();
        while let Some(turn) = self.rows.get(keys).and_then(BTreeSet::first).copied() {
            let verdict = self.verdict(keys);
            if verdict == Verdict::Waits {
                break;
            }
            over.extend(self.end_wait(turn, verdict));
        }
        over
    }

    /// Returns everybody: who has a place, and who waits, in order.
    pub(crate) fn dissolve(self) -> (Vec<M>, Vec<M>) {
        let holders = self.holders.into_values().map(|(member, _)| member).collect();
        let waiting = self.waiting.into_values().map(|(member, _)| member).collect();
        (holders, waiting)
    }

    /// Returns those who have a place.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (Id, &M)> {
        self.holders.iter().map(|(id, (member, _))| (*id, member))
    }

    /// Tells whether there is no place for anybody.
    fn is_full(&self) -> bool {
        let mut limits = self.limits.iter().zip(&self.counts);
        limits.any(|(limit, counts)| {
            let is_for_all = limit.attributes.is_empty() && !limit.cancels;
            is_for_all && counts.get("").copied().unwrap_or(0) >= limit.threshold
        })
    }

    fn verdict(&self, keys: &Keys) -> Verdict {
        let rooms = self.limits.iter().zip(&self.counts).zip(&**keys);
        for ((limit, counts), key) in rooms {
            if counts.get(key).copied().unwrap_or(0) >= limit.threshold {
                return match limit.cancels {
                    true => Verdict::Canceled(Arc::clone(limit)),
                    false => Verdict::Waits,
                };
            }
        }
        Verdict::Runs
    }

    fn end_wait(&mut self, turn: Turn, verdict: Verdict) -> Option<(M, Verdict)> {
        let keys = self.waiting.get(&turn).map(|(_, keys)| Arc::clone(keys))?;
        let member = self.leave(turn)?;
        if verdict == Verdict::Runs {
            self.hold(turn.1, member.clone(), keys);
        }
        Some((member, verdict))
    }

    fn uncount(&mut self, keys: &Keys) {
        for (counts, key) in self.counts.iter_mut().zip(&**keys) {
            if let Some(count) = counts.get_mut(key) {
                *count -= 1;
                if *count <= 0 {
                    counts.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: [u8; 0] = [];

    fn limit(threshold: i64, cancels: bool, attributes: &[&str]) -> Limit {
        let attributes = attributes.iter().map(|&name| name.to_owned()).collect();
        Limit { policy: "rig.limit".to_owned(), threshold, cancels, attributes }
    }

    fn id(n: u8) -> Id {
        Id::from_bytes([n; 12])
    }

    fn turn(n: u8) -> Turn {
        (Timestamp::from_micros(i64::from(n)), id(n))
    }

    fn keys(keys: &[&str]) -> Keys {
        keys.iter().map(|&key| key.to_owned()).collect()
    }

    fn ask(group: &mut Group<u8>, n: u8, of: &[&str]) -> Verdict {
        group.ask(turn(n), n, keys(of))
    }

    fn names(over: Vec<(u8, Verdict)>) -> Vec<u8> {
        over.into_iter().map(|(member, _)| member).collect()
    }

    #[test]
    fn places_are_given_in_the_order_of_turns() {
        let mut group = Group::new(&[limit(2, false, &[])]);
        assert_eq!(ask(&mut group, 1, &[""]), Verdict::Runs);
        assert_eq!(ask(&mut group, 2, &[""]), Verdict::Runs);
        for late in [5, 3, 4] {
            assert_eq!(ask(&mut group, late, &[""]), Verdict::Waits);
        }
        assert_eq!(names(group.release(id(1))), [3]);
        assert_eq!(group.leave(turn(4)), Some(4));
        assert_eq!(names(group.release(id(2))), [5]);
        assert_eq!(names(group.release(id(2))), NOBODY);
        assert_eq!(names(group.release(id(3))), NOBODY);
        assert_eq!(ask(&mut group, 6, &[""]), Verdict::Runs);
    }

    #[test]
    fn equal_values_wait_for_each_other_and_others_do_not() {
        let mut group = Group::new(&[limit(1, false, &["host"])]);
        assert_eq!(ask(&mut group, 1, &["a"]), Verdict::Runs);
        assert_eq!(ask(&mut group, 2, &["a"]), Verdict::Waits);
        assert_eq!(ask(&mut group, 3, &["b"]), Verdict::Runs);
        assert_eq!(names(group.release(id(3))), NOBODY);
        assert_eq!(names(group.release(id(1))), [2]);
    }

    #[test]
    fn with_several_limits_all_must_have_room_and_none_blocks_another() {
        let mut group = Group::new(&[limit(2, false, &[]), limit(1, false, &["host"])]);
        assert_eq!(ask(&mut group, 1, &["", "a"]), Verdict::Runs);
        assert_eq!(ask(&mut group, 2, &["", "a"]), Verdict::Waits);
        assert_eq!(ask(&mut group, 3, &["", "b"]), Verdict::Runs);
        assert_eq!(ask(&mut group, 4, &["", "c"]), Verdict::Waits);
        assert_eq!(names(group.release(id(3))), [4], "2 waits for its host, 4 does not");
        assert_eq!(names(group.release(id(1))), [2]);
    }

    #[test]
    fn a_limit_that_cancels_lets_nobody_wait() {
        let mut group = Group::new(&[limit(1, true, &[])]);
        assert_eq!(ask(&mut group, 1, &[""]), Verdict::Runs);
        assert!(matches!(ask(&mut group, 2, &[""]), Verdict::Canceled(_)));
        assert_eq!(names(group.release(id(1))), NOBODY);
        assert_eq!(ask(&mut group, 3, &[""]), Verdict::Runs);
    }

    #[test]
    fn who_took_a_place_by_force_counts() {
        let mut group = Group::new(&[limit(1, false, &[])]);
        group.hold(id(1), 1, keys(&[""]));
        group.hold(id(2), 2, keys(&[""]));
        group.hold(id(2), 2, keys(&[""]));
        assert_eq!(ask(&mut group, 3, &[""]), Verdict::Waits);
        assert_eq!(names(group.release(id(1))), NOBODY);
        assert_eq!(names(group.release(id(2))), [3]);
    }

    #[test]
    fn a_threshold_of_zero_lets_nobody_run() {
        let mut group = Group::new(&[limit(0, false, &[])]);
        assert_eq!(ask(&mut group, 1, &[""]), Verdict::Waits);
        assert_eq!(names(group.next()), NOBODY);
        assert_eq!(group.dissolve(), (vec![], vec![1]));
    }
}
