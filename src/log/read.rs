//! Reading a log: what a cursor is due, pages, snapshots, and what has expired.

use super::{Log, Record, Segment, Storage};
use crate::cursor::{After, Cursor};
use crate::error::Result;
use crate::sorted::SortedMap;
use serde::Serialize;
use std::collections::VecDeque;

/// What a reader with a cursor is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Nothing: it has seen everything.
    UpToDate,
    /// The events from this number on.
    Replay(u64),
    /// Something it asked for is not there any more, or never was.
    Gap(Gap),
}

/// What a reader is told when its cursor cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// What was asked for (its beginning, where it was no cursor at all).
    pub requested: String,
    /// The event that follows: the oldest that is still there, or the next to
    /// come where none is. Absent before the first event ever.
    pub oldest: Option<Cursor>,
    /// The newest event. Absent before the first event ever.
    pub head: Option<Cursor>,
    /// The number of `oldest`.
    #[serde(skip)]
    pub from: u64,
}

/// Some events, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events, in order.
    pub records: Vec<Record>,
    /// The number of the first event after these.
    pub next: u64,
}

/// How much a page may hold; one event is returned however large it is.
#[derive(Debug, Clone, Copy)]
pub struct PageLimit {
    /// The most events.
    pub events: usize,
    /// The most bytes of payload.
    pub bytes: usize,
}

impl<S: Storage> Log<S> {
    /// What a reader that stopped at `after` is due.
    pub fn since(&mut self, after: &After, now: u64) -> Result<Since> {
        let oldest = self.oldest(now)?;
        Ok(match after {
            // The origin is the start of a log that has lost nothing yet.
            After::Cursor(cursor) if cursor.is_origin() && oldest > 1 => {
                Since::Gap(self.gap(after, oldest))
            }
            After::Cursor(cursor) if !cursor.is_origin() => self.since_cursor(cursor, oldest)?,
            After::Malformed(_) => Since::Gap(self.gap(after, oldest)),
            After::Start | After::Cursor(_) if oldest > self.head => Since::UpToDate,
            After::Start | After::Cursor(_) => Since::Replay(oldest),
        })
    }

    fn since_cursor(&self, cursor: &Cursor, oldest: u64) -> Result<Since> {
        let next = cursor.seq.saturating_add(1);
        let gap = |from| Since::Gap(self.gap(&After::Cursor(cursor.clone()), from));
        if !self.exists || cursor.epoch != self.epoch || cursor.seq > self.head {
            return Ok(gap(oldest));
        }
        if cursor.seq == self.head {
            return Ok(Since::UpToDate);
        }
        if next < oldest {
            return Ok(gap(oldest));
        }
        // A segment that was only kept for its keys is read again where more is retained
        // than before; what followed it may be gone, up to the head.
        let segment = self.storage.holding(next)?;
        let first = segment.map_or(self.head.saturating_add(1), |segment| segment.first);
        if first > next {
            return Ok(gap(first));
        }
        Ok(Since::Replay(next))
    }

    /// The events from the number `from` on, as many as fit.
    pub fn read(&mut self, from: u64, limit: PageLimit, now: u64) -> Result<Page> {
        let mut page = Page {
            records: Vec::new(),
            next: from.max(self.oldest(now)?),
        };
        let mut bytes = 0_usize;
        while page.next <= self.head {
            let Some(segment) = self.storage.holding(page.next)? else {
                break;
            };
            // Whoever goes on after a hole is told of it.
            if segment.first > page.next && !page.records.is_empty() {
                break;
            }
            for record in segment.records(page.next.max(segment.first)) {
                let record = record?;
                bytes = bytes.saturating_add(record.data.as_str().len());
                let full = page.records.len() >= limit.events || bytes > limit.bytes;
                if full && (limit.events == 0 || !page.records.is_empty()) {
                    return Ok(page);
                }
                page.next = record.seq.saturating_add(1);
                page.records.push(record);
            }
        }
        Ok(page)
    }

    /// The last events of one type before the number `before`, oldest first, as many
    /// as fit; `next` is the number of the first of them, or where the search ended.
    pub fn read_back(
        &mut self,
        kind: &str,
        before: u64,
        limit: PageLimit,
        now: u64,
    ) -> Result<Page> {
        let oldest = self.oldest(now)?;
        let mut next = before.min(self.head.saturating_add(1));
        let mut found = VecDeque::new();
        let mut bytes = 0_usize;
        'older: while next > oldest
            && let Some(segment) = self.storage.before(next)?
        {
            let records: Result<Vec<Record>> = segment
                .records(segment.first)
                .take_while(|record| record.as_ref().is_ok_and(|record| record.seq < next))
                .collect();
            for record in records?.into_iter().rev() {
                if record.seq < oldest {
                    next = oldest;
                    break 'older;
                }
                if record.kind == kind {
                    bytes = bytes.saturating_add(record.data.as_str().len());
                    if found.len() >= limit.events || (bytes > limit.bytes && !found.is_empty()) {
                        break 'older;
                    }
                    next = record.seq;
                    found.push_front(record);
                }
            }
            // What is left of this segment is of other types.
            next = next.min(segment.first);
        }
        Ok(Page {
            next: next.max(oldest),
            records: found.into(),
        })
    }

    /// The latest event of each type that is still there, oldest first.
    pub fn snapshot(&mut self, now: u64) -> Result<Vec<Record>> {
        let oldest = self.oldest(now)?;
        let mut seqs = SortedMap::new();
        for seq in self.latest.values().filter(|seq| **seq >= oldest) {
            seqs.insert(*seq, ());
        }
        let mut records = Vec::with_capacity(seqs.len());
        let mut segment: Option<Segment> = None;
        for (seq, ()) in seqs.into_entries() {
            if segment.as_ref().is_none_or(|segment| segment.last < seq) {
                segment = self.storage.holding(seq)?;
            }
            if let Some(segment) = &segment
                && let Some(record) = segment.record(seq)?
            {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// The latest event of one type, as long as it is stored.
    pub fn latest(&self, kind: &str) -> Result<Option<Record>> {
        let Some(seq) = self.latest.get(kind) else {
            return Ok(None);
        };
        let segment = self.storage.holding(*seq)?;
        segment.map_or(Ok(None), |segment| segment.record(*seq))
    }

    /// Whether the latest event of one type may not have been deleted.
    #[must_use]
    pub fn may_hold_latest(&self, kind: &str) -> bool {
        self.latest.get(kind).is_some_and(|seq| *seq >= self.floor)
    }

    /// The number of the oldest event that may be read; `head + 1` where there is none.
    pub fn oldest(&mut self, now: u64) -> Result<u64> {
        let none = self.head.saturating_add(1);
        let floor = none.saturating_sub(self.retention.events);
        let floor = floor.max(self.floor).max(1);
        let since = now.saturating_sub(self.retention.ms);
        if let Some((seq, at)) = self.oldest
            && at >= since
            && seq >= floor
        {
            return Ok(seq);
        }
        let Some(segment) = self.storage.oldest_since(floor, since)? else {
            return Ok(none);
        };
        for record in segment.records(floor.max(segment.first)) {
            let record = record?;
            if record.at >= since {
                self.oldest = Some((record.seq, record.at));
                return Ok(record.seq);
            }
        }
        Ok(none)
    }

    /// When the oldest event expires, in milliseconds of Unix time; `None` where there is none.
    pub fn next_expiry(&mut self, now: u64) -> Result<Option<u64>> {
        if self.oldest(now)? > self.head {
            return Ok(None);
        }
        let at = self.oldest.map_or(self.last_at, |(_, at)| at);
        Ok(Some(at.saturating_add(self.retention.ms).saturating_add(1)))
    }

    /// What a reader is told who asked for what is not there.
    pub(crate) fn gap(&self, after: &After, oldest: u64) -> Gap {
        let cursor = |seq| self.exists.then(|| self.epoch.at(seq));
        Gap {
            requested: after.to_string(),
            oldest: cursor(oldest),
            head: cursor(self.head),
            from: oldest,
        }
    }
}
