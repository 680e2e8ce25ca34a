//! Changing what was said: the payload of a committed event.
//!
//! A log is appended to, and what was appended keeps its number, time and type for
//! ever. Its payload may change all the same: a message that was edited is shown
//! to late comers as it is now, and one that was deleted must not be readable any
//! more, by nobody. That the change happened is an event of its own.

use super::{Log, Record, Storage};
use crate::data::Data;
use crate::error::{Error, Result};
use crate::limit::SEGMENT_AMENDED_BYTES;

impl<S: Storage> Log<S> {
    /// The committed event `seq`, with the changes that are not written yet;
    /// `None` where it is not there (any more).
    pub fn get(&mut self, seq: u64, now: u64) -> Result<Option<Record>> {
        if seq < self.oldest(now)? {
            return Ok(self.amended.get(&seq).cloned());
        }
        self.stored(seq)
    }

    /// An event, also where it has expired and is not deleted yet.
    pub(crate) fn stored(&self, seq: u64) -> Result<Option<Record>> {
        if let Some(record) = self.amended.get(&seq) {
            return Ok(Some(record.clone()));
        }
        if seq > self.head {
            return Ok(None);
        }
        let segment = self.storage.holding(seq)?;
        let segment = segment.filter(|segment| segment.first <= seq);
        segment
            .and_then(|segment| segment.records(seq).next())
            .transpose()
    }

    /// Gives an event of [`Log::get`] another payload, with the next commit.
    ///
    /// 413 where the events that are kept in one row with it would become too large:
    /// a row is bounded, and when it was begun nobody knew what would be said anew.
    pub fn amend(&mut self, record: Record, data: Data, now: u64) -> Result<()> {
        let Some(segment) = self.storage.holding(record.seq)? else {
            return Ok(());
        };
        let neighbours = segment.first..=segment.last;
        let others = self.amended.iter();
        let others = others.filter(|(seq, _)| **seq != record.seq && neighbours.contains(*seq));
        let bytes = others.fold(segment.body.len(), |sum, (_, other)| {
            sum.saturating_add(other.data.as_str().len())
        });
        if bytes.saturating_add(data.as_str().len()) > SEGMENT_AMENDED_BYTES
            && self.get(record.seq, now)?.is_some_and(|before| {
                // What makes it smaller always fits.
                before.data.as_str().len() < data.as_str().len()
            })
        {
            return Err(Error::TooLarge {
                what: "what was said anew near this place, in bytes",
                limit: SEGMENT_AMENDED_BYTES,
            });
        }
        self.amended.insert(record.seq, Record { data, ..record });
        Ok(())
    }

    /// Writes the changed events, a row for each segment that has some.
    pub(super) fn write_amended(&mut self) -> Result<()> {
        loop {
            let next = self.amended.iter().next().map(|(seq, _)| *seq);
            let Some(seq) = next else {
                return Ok(());
            };
            let segment = self.storage.holding(seq)?;
            let Some(segment) = segment.filter(|segment| segment.first <= seq) else {
                // Trimmed away since: nothing is left to change.
                self.amended.remove(&seq);
                continue;
            };
            let mut body = String::with_capacity(segment.body.len());
            for (seq, line) in (segment.first..).zip(segment.body.split('\n')) {
                if seq > segment.first {
                    body.push('\n');
                }
                match self.amended.remove(&seq) {
                    Some(record) => body.push_str(&record.to_line()?),
                    None => body.push_str(line),
                }
            }
            self.rewrite(segment.first, &body)?;
        }
    }

    /// Replaces the events of a segment by as many others, at once.
    pub fn rewrite(&mut self, first: u64, body: &str) -> Result<()> {
        if let Some(tail) = &mut self.tail
            && tail.first == first
        {
            tail.bytes = body.len();
        }
        self.storage.rewrite(first, body)
    }
}
