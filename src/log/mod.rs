//! The append-only log that every stream is.
//!
//! One total order, one cursor: what is published gets the next number, is
//! committed to [`Storage`] and only then shown. Readers come with a cursor and
//! get everything after it, or are told of the gap.
//!
//! Publishing and committing are two steps so that everything that arrives in
//! one turn of the event loop shares one row written: [`Log::push`] gives an
//! event its number, [`Log::commit`] makes all that were pushed durable.
//! Readers see committed events only.

mod amend;
mod backup;
mod head;
mod keys;
mod read;
mod record;
mod storage;

pub use read::{Gap, Page, PageLimit, Since};
pub use record::Record;
pub use storage::{Extension, Kept, MemoryStorage, Segment, Storage};

use crate::cursor::{Cursor, Epoch};
use crate::data::Data;
use crate::error::{Error, Result};
use crate::limit::{KEYS_MS, SEGMENT_BYTES, SEGMENT_EVENTS, SEGMENT_WRITE_BYTES};
use crate::sorted::SortedMap;
use head::{ExpiredHead, note_latest, parse_latest};
use keys::Keys;

const META_EPOCH: &str = "epoch";
const META_HEAD: &str = "head";
const META_FLOOR: &str = "floor";

/// How much of the past is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The most events, at least 1.
    pub events: u64,
    /// The greatest age in milliseconds.
    pub ms: u64,
}

/// An event before it has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its type.
    pub kind: String,
    /// Its payload.
    pub data: Data,
    /// Its idempotency key.
    pub key: Option<String>,
    /// Whether it ends the log.
    pub is_final: bool,
}

/// The newest segment, without its body.
#[derive(Debug, Clone, Copy)]
struct Tail {
    first: u64,
    last: u64,
    bytes: usize,
}

/// An append-only log in some storage.
///
/// After an error of the storage the log in memory may be ahead of what is
/// stored: drop it and open it again.
#[derive(Debug)]
pub struct Log<S> {
    storage: S,
    epoch: Epoch,
    /// Whether the epoch is stored, that is, whether the log exists.
    exists: bool,
    retention: Retention,
    /// The number of the newest committed event, 0 before the first.
    head: u64,
    /// When the newest event was published, committed or not.
    last_at: u64,
    /// Whether the final event has been pushed.
    closed: bool,
    /// Whether the final event has been committed.
    ended: bool,
    tail: Option<Tail>,
    /// The latest committed event of each type.
    latest: SortedMap<String, u64>,
    pending: Vec<Record>,
    /// Committed events that have been changed, and are not written yet.
    amended: SortedMap<u64, Record>,
    /// Loaded when the first key is seen: most logs have none.
    keys: Option<Keys>,
    /// The oldest event that may be read, as last computed, with its time.
    oldest: Option<(u64, u64)>,
    /// Nothing before this event is to be looked for, since the last deletion, since more is
    /// retained than before, or since an export ended at a hole.
    floor: u64,
}

impl<S: Storage> Log<S> {
    /// Opens the log in `storage`; where there is none yet it gets `fresh` as its
    /// epoch with the first write.
    pub fn open(storage: S, fresh: Epoch, retention: Retention) -> Result<Self> {
        let epoch = storage.meta(META_EPOCH)?;
        let mut log = Self {
            exists: epoch.is_some(),
            epoch: match epoch {
                Some(text) => serde_json::from_str(&text).map_err(corrupt)?,
                None => fresh,
            },
            storage,
            retention,
            head: 0,
            last_at: 0,
            closed: false,
            ended: false,
            tail: None,
            latest: SortedMap::new(),
            pending: Vec::new(),
            amended: SortedMap::new(),
            keys: None,
            oldest: None,
            floor: 0,
        };
        if let Some(segment) = log.storage.newest()? {
            log.latest = parse_latest(&segment.latest)?;
            for record in segment.records(segment.first) {
                let record = record?;
                log.ended |= record.is_final;
                note_latest(&mut log.latest, &record);
            }
            log.head = segment.last;
            log.last_at = segment.last_at;
            log.tail = Some(Tail {
                first: segment.first,
                last: segment.last,
                bytes: segment.body.len(),
            });
        }
        if let Some(text) = log.storage.meta(META_HEAD)? {
            let head = ExpiredHead::parse(&text).map_err(corrupt)?;
            // A segment may be older than what expired, and only kept for its keys.
            if head.seq > log.head {
                (log.head, log.last_at, log.ended) = (head.seq, head.at, head.ended);
                log.latest = SortedMap::new();
                log.tail = None;
            }
        }
        if let Some(floor) = log.storage.meta(META_FLOOR)? {
            log.floor = serde_json::from_str(&floor).map_err(corrupt)?;
        }
        log.closed = log.ended;
        Ok(log)
    }

    /// Where it is kept.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Where it is kept, for what is kept beside it.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Whether anything was ever stored.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.exists
    }

    /// Makes the log exist before its first event.
    pub fn create(&mut self) -> Result<()> {
        if !self.exists {
            let epoch = serde_json::to_string(&self.epoch).map_err(corrupt)?;
            self.storage.set_meta(META_EPOCH, &epoch)?;
            self.exists = true;
        }
        Ok(())
    }

    /// The log's identity.
    #[must_use]
    pub const fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The number of the newest committed event; 0 before the first.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Where a reader stands that has seen everything.
    #[must_use]
    pub fn place(&self) -> Cursor {
        if self.exists {
            self.epoch.at(self.head)
        } else {
            Cursor::origin()
        }
    }

    /// Whether the final event has been pushed: nothing may follow it.
    #[must_use]
    pub const fn closed(&self) -> bool {
        self.closed
    }

    /// Whether the final event is durable: readers that have seen it are done.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// When the newest event was pushed, in milliseconds of Unix time; 0 before the first.
    #[must_use]
    pub const fn last_at(&self) -> u64 {
        self.last_at
    }

    /// Changes how much is kept, from the next reading or trimming on. What could not be
    /// read any more does not come back where more is kept, though some of it may not have
    /// been deleted yet.
    pub fn set_retention(&mut self, retention: Retention, now: u64) -> Result<()> {
        let oldest = self.oldest(now)?;
        self.retention = retention;
        self.oldest = None;
        if self.oldest(now)? < oldest {
            self.storage.set_meta(META_FLOOR, &oldest.to_string())?;
            self.floor = oldest;
            self.oldest = None;
        }
        Ok(())
    }

    /// The number of the event that was published with this key, if it is remembered.
    pub fn find_key(&mut self, key: &str) -> Result<Option<u64>> {
        Ok(self.load_keys()?.find(key))
    }

    /// Gives an event its number. It is neither durable nor visible before [`Log::commit`].
    pub fn push(&mut self, entry: Entry, now: u64) -> Result<u64> {
        let seq = self.next_seq();
        // A clock that steps back must not make an event older than its predecessor.
        let at = self.last_at.max(now);
        if let Some(key) = &entry.key {
            self.load_keys()?.push(key, seq, at);
        }
        self.last_at = at;
        self.closed |= entry.is_final;
        self.pending.push(Record {
            seq,
            at,
            kind: entry.kind,
            data: entry.data,
            key: entry.key,
            is_final: entry.is_final,
        });
        Ok(seq)
    }

    /// Whether something was pushed or changed and is not durable yet.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty() || !self.amended.is_empty()
    }

    /// Writes what was pushed, and returns it for showing to readers.
    pub fn commit(&mut self) -> Result<Vec<Record>> {
        self.write_amended()?;
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        self.create()?;
        let records = std::mem::take(&mut self.pending);
        let mut rest = records.as_slice();
        let mut rolled = false;
        while let Some(first) = rest.first() {
            let mut segment = Segment {
                first: first.seq,
                latest: serde_json::to_string(&self.latest).map_err(corrupt)?,
                ..Segment::default()
            };
            let room = self.tail.filter(|tail| {
                let events = tail.last.saturating_sub(tail.first).saturating_add(1);
                events < SEGMENT_EVENTS && tail.bytes < SEGMENT_BYTES
            });
            while let Some((record, later)) = rest.split_first() {
                let line = record.to_line()?;
                let bytes = segment.body.len().saturating_add(line.len());
                if !segment.body.is_empty() && bytes > SEGMENT_WRITE_BYTES {
                    break;
                }
                if !segment.body.is_empty() || room.is_some() {
                    segment.body.push('\n');
                }
                segment.body.push_str(&line);
                segment.last = record.seq;
                segment.last_at = record.at;
                segment.keys = segment.keys.saturating_add(u64::from(record.key.is_some()));
                note_latest(&mut self.latest, record);
                rest = later;
            }
            let (first, bytes) = room.map_or((segment.first, 0), |tail| (tail.first, tail.bytes));
            self.tail = Some(Tail {
                first,
                last: segment.last,
                bytes: bytes.saturating_add(segment.body.len()),
            });
            self.head = segment.last;
            if room.is_some() {
                self.storage.extend(&Extension {
                    first,
                    last: segment.last,
                    last_at: segment.last_at,
                    keys: segment.keys,
                    body: segment.body,
                })?;
            } else {
                self.storage.insert(&segment)?;
                rolled = true;
            }
        }
        self.ended = self.closed;
        if rolled {
            self.trim(self.last_at)?;
        }
        Ok(records)
    }

    /// Deletes what retention does not cover; to be called now and then on a log
    /// that nobody publishes to.
    pub fn expire(&mut self, now: u64) -> Result<()> {
        if self.tail.is_some() && self.oldest(now)? > self.head {
            let head = ExpiredHead {
                seq: self.head,
                at: self.last_at,
                ended: self.ended,
            };
            let head = serde_json::to_string(&head).map_err(corrupt)?;
            self.storage.set_meta(META_HEAD, &head)?;
            self.latest = SortedMap::new();
            self.tail = None;
        }
        self.trim(now)
    }

    fn trim(&mut self, now: u64) -> Result<()> {
        let oldest = self.oldest(now)?;
        // What is deleted must not be looked for when the clock steps back.
        self.floor = oldest;
        let keys_from = self.load_keys()?.remembered_from();
        let keys_since = now.saturating_sub(self.retention.ms.max(KEYS_MS));
        self.storage.trim(Kept {
            oldest,
            keys_from,
            keys_since,
        })
    }

    fn next_seq(&self) -> u64 {
        self.pending
            .last()
            .map_or(self.head, |record| record.seq)
            .saturating_add(1)
    }

    fn load_keys(&mut self) -> Result<&mut Keys> {
        if self.keys.is_none() {
            let mut keys = Keys::default();
            let mut before = self.head.saturating_add(1);
            // Whatever is pushed and not committed brought its key when it was.
            'older: while let Some(segment) = self.storage.keyed_before(before)? {
                before = segment.first;
                let records: Result<Vec<Record>> = segment.records(segment.first).collect();
                for record in records?.into_iter().rev() {
                    if let Some(key) = record.key
                        && !keys.push_older(&key, record.seq, record.at, self.last_at)
                    {
                        break 'older;
                    }
                }
            }
            self.keys = Some(keys);
        }
        Ok(self.keys.get_or_insert_default())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(corrupt)`")]
fn corrupt(error: serde_json::Error) -> Error {
    Error::Internal(format!("the stored log cannot be read or written: {error}"))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
