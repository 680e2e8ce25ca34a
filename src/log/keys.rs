//! The idempotency keys that a log remembers.

use crate::limit::REMEMBERED_KEYS;
use std::collections::{BTreeMap, VecDeque};

/// The newest keys, each with the event it was first published with.
///
/// A tree and not a hash table: keys come from strangers, and a tree cannot be
/// made slow by their choice.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seqs: BTreeMap<String, u64>,
    order: VecDeque<String>,
}

impl Keys {
    /// The event that was published with this key.
    pub(super) fn find(&self, key: &str) -> Option<u64> {
        self.seqs.get(key).copied()
    }

    /// Adds the key of a new event.
    pub(super) fn push(&mut self, key: String, seq: u64) {
        self.seqs.insert(key.clone(), seq);
        self.order.push_back(key);
        if self.order.len() > REMEMBERED_KEYS
            && let Some(forgotten) = self.order.pop_front()
        {
            self.seqs.remove(&forgotten);
        }
    }

    /// Adds the key of an event older than all that are known; `false` where there is no room.
    pub(super) fn push_older(&mut self, key: String, seq: u64) -> bool {
        if self.is_full() {
            return false;
        }
        // A newer use of the same key wins: the older one had been forgotten then.
        self.seqs.entry(key.clone()).or_insert(seq);
        self.order.push_front(key);
        true
    }

    /// Whether an older key would be one too many.
    pub(super) fn is_full(&self) -> bool {
        self.order.len() >= REMEMBERED_KEYS
    }

    /// The event from which on every key is remembered; 0 where all of them are.
    pub(super) fn remembered_from(&self) -> u64 {
        if !self.is_full() {
            return 0;
        }
        self.order
            .front()
            .and_then(|key| self.find(key))
            .unwrap_or(0)
    }
}
