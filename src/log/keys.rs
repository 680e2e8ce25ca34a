//! The idempotency keys that a log remembers.

use crate::fingerprint::fingerprint;
use crate::limit::{KEYS_MS, REMEMBERED_KEYS, REMEMBERED_KEYS_MOST};
use std::collections::{BTreeMap, VecDeque};

/// The newest keys, each with the event it was first published with: the last
/// [`REMEMBERED_KEYS`] in any case, and all of the last [`KEYS_MS`] as far as
/// [`REMEMBERED_KEYS_MOST`] goes.
///
/// Only a fingerprint of each is kept: they are long and there may be many.
///
/// A tree and not a hash table: keys come from strangers, and a tree cannot be
/// made slow by their choice.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seqs: BTreeMap<u64, u64>,
    order: VecDeque<Use>,
}

/// One use of a key.
#[derive(Debug, Clone, Copy)]
struct Use {
    hash: u64,
    seq: u64,
    at: u64,
}

impl Keys {
    /// The event that was published with this key.
    pub(super) fn find(&self, key: &str) -> Option<u64> {
        self.seqs.get(&fingerprint(key)).copied()
    }

    /// Adds the key of a new event, published at `at`.
    pub(super) fn push(&mut self, key: &str, seq: u64, at: u64) {
        let hash = fingerprint(key);
        self.seqs.insert(hash, seq);
        self.order.push_back(Use { hash, seq, at });
        while let Some(oldest) = self.order.front().copied()
            && forgets(oldest.at, at, self.order.len())
        {
            self.order.pop_front();
            // Not where the key has been used again since.
            if self.seqs.get(&oldest.hash) == Some(&oldest.seq) {
                self.seqs.remove(&oldest.hash);
            }
        }
    }

    /// Adds the key of an event older than all that are known; `false` where it is
    /// not to be remembered, seen from `now`.
    pub(super) fn push_older(&mut self, key: &str, seq: u64, at: u64, now: u64) -> bool {
        if forgets(at, now, self.order.len().saturating_add(1)) {
            return false;
        }
        let hash = fingerprint(key);
        // A newer use of the same key wins: the older one had been forgotten then.
        self.seqs.entry(hash).or_insert(seq);
        self.order.push_front(Use { hash, seq, at });
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
