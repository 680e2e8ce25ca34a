//! Reading a stream: where a reader begins, and how it gets from there to now.

use super::conflation::Newest;
use super::{EventView, EventsView, Position, Snapshot, Stream};
use crate::cursor::After;
use crate::error::{Error, Result};
use crate::limit::{BATCH_BYTES, BATCH_EVENTS, PAGE_BYTES};
use crate::log::{Gap, PageLimit, Record, Since, Storage};

/// Some events for a reader, and what comes after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What the reader must be told first.
    pub gap: Option<Gap>,
    /// The events.
    pub records: Vec<Record>,
    /// What comes next.
    pub then: Then,
}

/// What follows a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// There are more events, from this number on; the reader asks when it is ready.
    More(u64),
    /// The reader has seen everything and gets new events as they come.
    Live,
    /// The stream has ended and the reader has seen all of it.
    End,
}

/// How much of a replay is sent before the reader must ask for more.
const PAGE: PageLimit = PageLimit {
    events: BATCH_EVENTS,
    bytes: PAGE_BYTES,
};

impl<S: Storage> Stream<S> {
    /// The first chunk for a reader, or `None` where there will never be
    /// anything for it: the stream has ended and it has seen the end.
    pub fn subscribe(&mut self, position: &Position, now: u64) -> Result<Option<Chunk>> {
        let chunk = match position {
            Position::Latest if self.is_conflated() => {
                let from = self.log.oldest(now)?;
                self.chunk(None, from, now)?
            }
            Position::Latest => {
                let records = self.log.snapshot(now)?;
                self.up_to_head(records)
            }
            Position::Tail(count) => {
                let from = self.log.head().saturating_add(1).saturating_sub(*count);
                let from = from.max(self.log.oldest(now)?);
                self.chunk(None, from, now)?
            }
            Position::After(after) => match self.log.since(after, now)? {
                Since::UpToDate => self.up_to_head(Vec::new()),
                Since::Replay(from) => self.chunk(None, from, now)?,
                Since::Gap(gap) => {
                    let from = gap.from;
                    self.chunk(Some(gap), from, now)?
                }
            },
        };
        let never = chunk.records.is_empty() && chunk.then == Then::End;
        Ok((!never).then_some(chunk))
    }

    /// The next chunk for a reader that was told [`Then::More`].
    pub fn resume(&mut self, from: u64, now: u64) -> Result<Chunk> {
        // While it was reading, retention may have overtaken it: then it is told.
        let seen = self.log.epoch().at(from.saturating_sub(1));
        match self.log.since(&After::Cursor(seen), now)? {
            Since::Gap(gap) => {
                let from = gap.from;
                self.chunk(Some(gap), from, now)
            }
            Since::UpToDate | Since::Replay(_) => self.chunk(None, from, now),
        }
    }

    fn chunk(&mut self, gap: Option<Gap>, from: u64, now: u64) -> Result<Chunk> {
        if self.is_conflated() {
            return self.conflated(gap, from, now);
        }
        let page = self.log.read(from, PAGE, now)?;
        let head = self.log.head();
        let mut chunk = self.up_to_head(page.records);
        if page.next <= head {
            chunk.then = Then::More(page.next);
        }
        Ok(Chunk { gap, ..chunk })
    }

    /// Everything from `from` on, conflated: as long as there are keys, however
    /// much has happened.
    fn conflated(&mut self, gap: Option<Gap>, from: u64, now: u64) -> Result<Chunk> {
        let member = self.config.conflate.clone().unwrap_or_default();
        let mut newest = Newest::by(&member);
        let mut next = from;
        while next <= self.log.head() {
            let page = self.log.read(next, PAGE, now)?;
            if page.records.is_empty() {
                break;
            }
            for record in page.records {
                newest.push(record);
            }
            next = page.next;
        }
        let chunk = self.up_to_head(newest.into_records());
        Ok(Chunk { gap, ..chunk })
    }

    const fn up_to_head(&self, records: Vec<Record>) -> Chunk {
        Chunk {
            gap: None,
            records,
            then: if self.log.ended() {
                Then::End
            } else {
                Then::Live
            },
        }
    }

    /// A page of events after a place, for clients that ask instead of listening.
    pub fn events(&mut self, after: &After, limit: usize, now: u64) -> Result<EventsView> {
        let (gap, from) = match self.log.since(after, now)? {
            Since::UpToDate => (None, self.log.head().saturating_add(1)),
            Since::Replay(from) => (None, from),
            Since::Gap(gap) => {
                let from = gap.from;
                (Some(gap), from)
            }
        };
        let limit = PageLimit {
            events: limit,
            bytes: BATCH_BYTES,
        };
        let page = self.log.read(from, limit, now)?;
        let more = page.next <= self.log.head();
        let epoch = self.log.epoch().clone();
        let cursor = page
            .records
            .last()
            .map_or_else(|| self.log.place(), |last| epoch.at(last.seq));
        let records = page.records.into_iter();
        Ok(EventsView {
            gap,
            events: records
                .map(|record| EventView::new(&epoch, record))
                .collect::<Result<_>>()?,
            cursor,
            more,
            ended: self.log.ended() && !more,
        })
    }

    /// The stream as JSON; 404 where there is none.
    pub fn snapshot(&mut self, now: u64) -> Result<Snapshot> {
        if !self.log.exists() {
            return Err(Error::NotFound("There is no such stream.".to_owned()));
        }
        let epoch = self.log.epoch().clone();
        let records = self.log.snapshot(now)?.into_iter();
        Ok(Snapshot {
            config: self.config.clone().with_defaults(),
            head: epoch.at(self.log.head()),
            oldest: epoch.at(self.log.oldest(now)?),
            ended: self.log.ended(),
            cancelled: self.cancelled,
            events: records
                .map(|record| EventView::new(&epoch, record))
                .collect::<Result<_>>()?,
        })
    }
}
