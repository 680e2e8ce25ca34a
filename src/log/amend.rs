//! Changing what was said: the payload of a committed event.
//!
//! A log is appended to, and what was appended keeps its number, time and type for
//! ever. Its payload may change all the same: a message that was edited is shown
//! to late comers as it is now, and one that was deleted must not be readable any
//! more, by nobody. That the change happened is an event of its own.

use super::head::{note_latest, parse_latest};
use super::{Log, Record, Segment, Storage, corrupt};
use crate::data::Data;
use crate::error::Result;
use crate::limit::{SEGMENT_AMENDED_BYTES, SEGMENT_WRITE_BYTES};

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
    pub fn amend(&mut self, record: Record, data: Data) {
        self.amended.insert(record.seq, Record { data, ..record });
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
            if body.len() > SEGMENT_AMENDED_BYTES {
                self.split(&Segment { body, ..segment })?;
            } else {
                self.rewrite(segment.first, &body)?;
            }
        }
    }

    /// Writes a segment that has grown too large for one row as several.
    fn split(&mut self, whole: &Segment) -> Result<()> {
        let mut latest = parse_latest(&whole.latest)?;
        let mut parts: Vec<Segment> = Vec::new();
        for (record, line) in whole.records(whole.first).zip(whole.body.split('\n')) {
            let record = record?;
            let fits =
                |part: &Segment| part.body.len().saturating_add(line.len()) <= SEGMENT_WRITE_BYTES;
            if !parts.last().is_some_and(fits) {
                parts.push(Segment {
                    first: record.seq,
                    latest: serde_json::to_string(&latest).map_err(corrupt)?,
                    ..Segment::default()
                });
            }
            if let Some(part) = parts.last_mut() {
                if record.seq > part.first {
                    part.body.push('\n');
                }
                part.body.push_str(line);
                part.last = record.seq;
                part.last_at = record.at;
                part.keys = part.keys.saturating_add(u64::from(record.key.is_some()));
            }
            note_latest(&mut latest, &record);
        }
        if let Some((tail, last)) = self.tail.as_mut().zip(parts.last())
            && tail.last == last.last
        {
            tail.first = last.first;
            tail.bytes = last.body.len();
        }
        self.storage.split(&parts)
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
