//! The idempotency keys that a log remembers.

use crate::fingerprint::fingerprint;
use crate::limit::{KEYS_MS, REMEMBERED_KEYS, REMEMBERED_KEYS_MOST};
use std::collections::VecDeque;

/// The newest keys, each with the event it was first published with: the last
/// [`REMEMBERED_KEYS`] in any case, and all of the last [`KEYS_MS`] as far as
/// [`REMEMBERED_KEYS_MOST`] goes.
///
/// Only a fingerprint of each is kept: they are long and there may be many.
///
/// Sorted and not hashed: keys come from strangers, and what is sorted cannot be
/// made slow by their choice.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seqs: Seqs,
    order: VecDeque<Use>,
}

/// One use of a key.
#[derive(Debug, Clone, Copy)]
struct Use {
    seq: u64,
    at: u64,
}

impl Keys {
    /// The event that was published with this key.
    pub(super) fn find(&self, key: &str) -> Option<u64> {
        let seq = self.seqs.newest(fingerprint(key))?;
        // What is forgotten may still lie among the rest.
        let oldest = self.order.front()?;
        (seq >= oldest.seq).then_some(seq)
    }

    /// Adds the key of a new event, published at `at`.
    pub(super) fn push(&mut self, key: &str, seq: u64, at: u64) {
        let hash = fingerprint(key);
        self.order.push_back(Use { seq, at });
        while let Some(oldest) = self.order.front().copied()
            && forgets(oldest.at, at, self.order.len())
        {
            self.order.pop_front();
        }
        let oldest = self.order.front().map_or(seq, |oldest| oldest.seq);
        self.seqs.add(hash, seq, oldest);
    }

    /// Adds the key of an event older than all that are known; `false` where it is
    /// not to be remembered, seen from `now`.
    pub(super) fn push_older(&mut self, key: &str, seq: u64, at: u64, now: u64) -> bool {
        if forgets(at, now, self.order.len().saturating_add(1)) {
            return false;
        }
        let hash = fingerprint(key);
        // A newer use of the same key wins: the older one had been forgotten then.
        self.seqs.add(hash, seq, seq);
        self.order.push_front(Use { seq, at });
        true
    }

    /// The event from which on every key is remembered; 0 where all of them are.
    pub(super) fn remembered_from(&self) -> u64 {
        if self.order.len() < REMEMBERED_KEYS {
            return 0;
        }
        self.order.front().map_or(0, |oldest| oldest.seq)
    }
}

/// Whether the oldest of so many keys is forgotten.
const fn forgets(at: u64, now: u64, count: usize) -> bool {
    count > REMEMBERED_KEYS_MOST || (count > REMEMBERED_KEYS && at.saturating_add(KEYS_MS) < now)
}

/// The newest event of each key, in two sorted runs: what is added goes into the short
/// one, which is merged into the long one when it has grown. With all the keys that
/// may be remembered, to add one moves 30 KB and a 3,000th part of 3 MB: some
/// microseconds. One run alone would move 2 MB, a `BTreeMap` be 9 KB of code.
#[derive(Debug, Default)]
struct Seqs {
    long: Vec<(u64, u64)>,
    short: Vec<(u64, u64)>,
}

impl Seqs {
    fn newest(&self, hash: u64) -> Option<u64> {
        let seq = |run: &[(u64, u64)]| {
            let place = place(run, hash).ok()?;
            run.get(place).map(|(_, seq)| *seq)
        };
        seq(&self.short).max(seq(&self.long))
    }

    /// Adds the event `seq`; what is older than `oldest` may be forgotten.
    fn add(&mut self, hash: u64, seq: u64, oldest: u64) {
        match place(&self.short, hash) {
            Ok(place) => {
                if let Some((_, known)) = self.short.get_mut(place) {
                    *known = seq.max(*known);
                }
            }
            Err(place) => self.short.insert(place, (hash, seq)),
        }
        if self.short.len() > (self.long.len() / 64).saturating_add(256) {
            self.merge(oldest);
        }
    }

    fn merge(&mut self, oldest: u64) {
        let mut merged = Vec::with_capacity(self.long.len().saturating_add(self.short.len()));
        let mut long = std::mem::take(&mut self.long).into_iter().peekable();
        for (hash, seq) in std::mem::take(&mut self.short) {
            while let Some(known) = long.next_if(|(known, _)| *known < hash) {
                merged.push(known);
            }
            let known = long.next_if(|(known, _)| *known == hash);
            merged.push((hash, known.map_or(seq, |(_, known)| seq.max(known))));
        }
        merged.extend(long);
        merged.retain(|(_, seq)| *seq >= oldest);
        self.long = merged;
    }
}

fn place(run: &[(u64, u64)], hash: u64) -> Result<usize, usize> {
    run.binary_search_by_key(&hash, |(known, _)| *known)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn two_runs_know_what_a_tree_knows(hashes in proptest::collection::vec(0..900_u64, 0..3_000), kept in 1..2_000_u64) {
            let (mut seqs, mut tree) = (Seqs::default(), BTreeMap::new());
            for (seq, hash) in (1..).zip(hashes) {
                let oldest = (seq + 1_u64).saturating_sub(kept);
                seqs.add(hash, seq, oldest);
                tree.insert(hash, seq);
                let newest = |hash| seqs.newest(hash).filter(|seq| *seq >= oldest);
                let known = |hash| tree.get(&hash).copied().filter(|seq| *seq >= oldest);
                prop_assert_eq!(newest(hash), known(hash));
                prop_assert_eq!(newest(seq % 900), known(seq % 900));
                prop_assert!(seqs.long.len() + seqs.short.len() <= 2_000);
            }
        }

        #[test]
        fn what_comes_from_the_newest_to_the_oldest_is_known_too(hashes in proptest::collection::vec(0..900_u64, 0..2_000)) {
            let (mut seqs, mut tree) = (Seqs::default(), BTreeMap::new());
            for (seq, hash) in (1..=2_000).rev().zip(hashes) {
                seqs.add(hash, seq, seq);
                tree.entry(hash).or_insert(seq);
            }
            for hash in 0..900 {
                prop_assert_eq!(seqs.newest(hash), tree.get(&hash).copied());
            }
        }
    }
}
