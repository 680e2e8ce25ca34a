//! What the log asks of a place to keep it.
//!
//! Events are kept in *segments*: consecutive events in one row. A segment is
//! extended until it is full, so that an event costs one row written whether it
//! comes alone or with others, and trimming deletes one row for many events.
//! Cloudflare bills rows, not bytes.
//!
//! All calls are synchronous, as `sql.exec` is in a Durable Object, and all the
//! calls of one turn of the event loop become durable together or not at all.

use crate::error::Result;
use crate::log::Record;
use std::collections::BTreeMap;

/// Consecutive events in one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// The number of the first event.
    pub first: u64,
    /// The number of the last event.
    pub last: u64,
    /// When the last event was published, in milliseconds of Unix time.
    pub last_at: u64,
    /// How many of the events carry an idempotency key.
    pub keys: u64,
    /// The latest event of each type *before* this segment, as a JSON object of
    /// type to number: what makes a snapshot one lookup instead of a scan.
    pub latest: String,
    /// The events, a line each, separated by LF.
    pub body: String,
}

impl Segment {
    /// The events from the number `from` on.
    pub fn records(&self, from: u64) -> impl Iterator<Item = Result<Record>> + '_ {
        let skip = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..)
            .zip(self.body.split('\n'))
            .skip(skip)
            .map(|(seq, line)| Record::from_line(seq, line))
    }

    /// The event with this number, if it is one of these.
    pub fn record(&self, seq: u64) -> Result<Option<Record>> {
        let mut records = self.records(seq).take(usize::from(seq >= self.first));
        records.next().transpose()
    }
}

/// What an extension adds to the newest segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The number of the first event of the segment to extend.
    pub first: u64,
    /// The number of the last event, now.
    pub last: u64,
    /// When the last event was published.
    pub last_at: u64,
    /// How many events with a key are added.
    pub keys: u64,
    /// What is added to the body, beginning with LF.
    pub body: String,
}

/// What trimming leaves: events that may still be read, and keys that must still
/// be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The oldest event that may still be read.
    pub oldest: u64,
    /// A segment with keys stays if it ends at this event or later, and ...
    pub keys_from: u64,
    /// ... at this time or later.
    pub keys_since: u64,
}

impl Kept {
    /// Whether a segment stays.
    #[must_use]
    pub const fn keeps(&self, segment: &Segment) -> bool {
        segment.last >= self.oldest
            || (segment.keys > 0
                && segment.last >= self.keys_from
                && segment.last_at >= self.keys_since)
    }
}

/// A place to keep a log: a Durable Object's SQLite, or memory in tests.
pub trait Storage {
    /// A small value kept beside the events.
    fn meta(&self, key: &str) -> Result<Option<String>>;

    /// Keeps a small value.
    fn set_meta(&mut self, key: &str, value: &str) -> Result<()>;

    /// The small values whose keys begin with `prefix`, by key.
    fn metas(&self, prefix: &str) -> Result<Vec<(String, String)>>;

    /// Forgets a small value.
    fn delete_meta(&mut self, key: &str) -> Result<()>;

    /// The newest segment.
    fn newest(&self) -> Result<Option<Segment>>;

    /// The segment that holds the event `seq`; where that is gone, the oldest after it.
    fn holding(&self, seq: u64) -> Result<Option<Segment>>;

    /// The newest segment that begins before the event `seq`.
    fn before(&self, seq: u64) -> Result<Option<Segment>>;

    /// The oldest segment with an event numbered `seq` or more, published at `at` or later.
    fn oldest_since(&self, seq: u64, at: u64) -> Result<Option<Segment>>;

    /// The newest segment before the event `seq` in which an event has a key.
    fn keyed_before(&self, seq: u64) -> Result<Option<Segment>>;

    /// Adds a segment, in the place of one that begins with the same event.
    fn insert(&mut self, segment: &Segment) -> Result<()>;

    /// Adds events to the newest segment.
    fn extend(&mut self, extension: &Extension) -> Result<()>;

    /// Replaces the events of a segment by as many others.
    fn rewrite(&mut self, first: u64, body: &str) -> Result<()>;

    /// Puts segments in the place of the one that holds the same events.
    fn split(&mut self, parts: &[Segment]) -> Result<()> {
        parts.iter().try_for_each(|part| self.insert(part))
    }

    /// Deletes the segments that are outside of [`Kept`].
    fn trim(&mut self, kept: Kept) -> Result<()>;

    /// Forgets everything.
    fn wipe(&mut self) -> Result<()>;
}

/// A log kept in memory: for tests, and for anything that lives shorter than its process.
///
/// Cloning it is what a crash keeps.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    meta: BTreeMap<String, String>,
    segments: BTreeMap<u64, Segment>,
    /// Rows written and deleted so far: what Cloudflare would bill.
    pub rows_written: u64,
}

impl MemoryStorage {
    /// How many segments there are.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    fn count_row(&mut self) {
        self.rows_written = self.rows_written.saturating_add(1);
    }
}

impl Storage for MemoryStorage {
    fn meta(&self, key: &str) -> Result<Option<String>> {
        Ok(self.meta.get(key).cloned())
    }

    fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        self.count_row();
        self.meta.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn metas(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let from = self.meta.range(prefix.to_owned()..);
        let found = from.take_while(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn delete_meta(&mut self, key: &str) -> Result<()> {
        if self.meta.remove(key).is_some() {
            self.count_row();
        }
        Ok(())
    }

    fn newest(&self) -> Result<Option<Segment>> {
        Ok(self.segments.values().next_back().cloned())
    }

    fn before(&self, seq: u64) -> Result<Option<Segment>> {
        let newest = self.segments.range(..seq).next_back();
        Ok(newest.map(|(_, segment)| segment.clone()))
    }

    fn holding(&self, seq: u64) -> Result<Option<Segment>> {
        Ok(self.segments.values().find(|s| s.last >= seq).cloned())
    }

    fn oldest_since(&self, seq: u64, at: u64) -> Result<Option<Segment>> {
        let alive = |s: &&Segment| s.last >= seq && s.last_at >= at;
        Ok(self.segments.values().find(alive).cloned())
    }

    fn keyed_before(&self, seq: u64) -> Result<Option<Segment>> {
        let mut before = self.segments.range(..seq).rev();
        Ok(before.find(|(_, s)| s.keys > 0).map(|(_, s)| s.clone()))
    }

    fn insert(&mut self, segment: &Segment) -> Result<()> {
        self.count_row();
        self.segments.insert(segment.first, segment.clone());
        Ok(())
    }

    fn extend(&mut self, extension: &Extension) -> Result<()> {
        self.count_row();
        if let Some(segment) = self.segments.get_mut(&extension.first) {
            segment.last = extension.last;
            segment.last_at = extension.last_at;
            segment.keys = segment.keys.saturating_add(extension.keys);
            segment.body.push_str(&extension.body);
        }
        Ok(())
    }

    fn rewrite(&mut self, first: u64, body: &str) -> Result<()> {
        self.count_row();
        if let Some(segment) = self.segments.get_mut(&first) {
            body.clone_into(&mut segment.body);
        }
        Ok(())
    }

    fn trim(&mut self, kept: Kept) -> Result<()> {
        let before = self.segments.len();
        self.segments.retain(|_, segment| kept.keeps(segment));
        let deleted = before.saturating_sub(self.segments.len());
        for _ in 0..deleted {
            self.count_row();
        }
        Ok(())
    }

    fn wipe(&mut self) -> Result<()> {
        self.meta.clear();
        self.segments.clear();
        Ok(())
    }
}
