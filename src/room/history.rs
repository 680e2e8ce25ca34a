//! A room as JSON: what it is, and pages of its messages.

use super::message;
use super::object::{Object, array};
use super::{Room, seat::Seat};
use crate::cursor::{After, Cursor};
use crate::error::{Error, Result};
use crate::limit::{BATCH_BYTES, PAGE_EVENTS};
use crate::log::{Gap, PageLimit, Record, Since, Storage};
use crate::stream::Wire;

/// How many messages a page has unless the request says otherwise.
const DEFAULT_PAGE_MESSAGES: usize = 50;

/// The query of `GET /v1/rooms/{name}/messages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Messages after this; first.
    pub after: Option<After>,
    /// Messages before this; `None`, with no `after` either, for the last.
    pub before: Option<After>,
    /// The most messages.
    pub limit: usize,
}

impl PageRequest {
    /// Reads the query: `after` or `before`, and `limit` (1 to [`PAGE_EVENTS`]). Both
    /// at once, and a number out of range, are a 400.
    pub fn from_query<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self> {
        let limit = match query("limit") {
            None => DEFAULT_PAGE_MESSAGES,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=PAGE_EVENTS).contains(limit))
                .ok_or_else(|| Error::BadRequest(format!("`limit` is 1 to {PAGE_EVENTS}.")))?,
        };
        let (after, before) = (query("after"), query("before"));
        if after.is_some() && before.is_some() {
            return Err(Error::bad_request("Either `after` or `before`, not both."));
        }
        Ok(Self {
            after: after.map(After::parse),
            before: before.map(After::parse),
            limit,
        })
    }
}

/// Messages, and whether there are more.
struct Found {
    gap: Option<Gap>,
    records: Vec<Record>,
    more: bool,
}

impl<S: Storage> Room<S> {
    /// The room as JSON; 404 where there is none.
    pub fn info(&mut self, awake_since: u64, now: u64) -> Result<String> {
        self.must_exist()?;
        let watcher = |seat: &&Seat| seat.wire == Wire::EventStream;
        let watchers = self.members.seats().filter(watcher).count();
        let sockets = self.members.connections().saturating_sub(watchers);
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(self
            .with_place(self.config.describe(Object::new()), now)?
            .number("members", self.members.count())
            .number("connections", number(sockets))
            .number("watchers", number(watchers))
            .json("limits", &self.settings.limits(&self.config))
            .number("awake_since", awake_since)
            .end())
    }

    /// A page of messages as they are now, oldest first, as JSON.
    pub fn page(&mut self, request: &PageRequest, now: u64) -> Result<String> {
        let found = match (&request.after, &request.before) {
            (Some(after), _) => self.messages_after(after, request.limit, now)?,
            (None, before) => self.messages_before(before.as_ref(), request.limit, now)?,
        };
        let epoch = self.log.epoch();
        let frames = found.records.iter();
        let frames: Vec<String> = frames.map(|r| message::frame(epoch, r)).collect();
        let page = Object::new();
        let page = match &found.gap {
            None => page,
            Some(gap) => {
                let gap = serde_json::to_string(gap).unwrap_or_default();
                page.json("gap", &gap)
            }
        };
        Ok(self
            .with_place(page.json("messages", &array(&frames)), now)?
            .flag("more", found.more)
            .end())
    }

    /// Everything that is there, or there is nothing to ask for.
    pub fn must_exist(&self) -> Result<()> {
        if self.exists() {
            Ok(())
        } else {
            Err(Error::NotFound("There is no such room.".to_owned()))
        }
    }

    fn with_place(&mut self, object: Object, now: u64) -> Result<Object> {
        let oldest = self.log.oldest(now)?;
        let head = self.log.place();
        let oldest = if self.log.exists() {
            self.log.epoch().at(oldest)
        } else {
            Cursor::origin()
        };
        Ok(object
            .text("head", &head.to_string())
            .text("oldest", &oldest.to_string()))
    }

    fn messages_after(&mut self, after: &After, limit: usize, now: u64) -> Result<Found> {
        let (mut gap, mut from) = match self.log.since(after, now)? {
            Since::UpToDate => (None, self.log.head().saturating_add(1)),
            Since::Replay(from) => (None, from),
            Since::Gap(gap) => {
                let from = gap.from;
                (Some(gap), from)
            }
        };
        let page = PageLimit {
            events: PAGE_EVENTS,
            bytes: BATCH_BYTES,
        };
        let mut records = Vec::new();
        let mut bytes = 0_usize;
        while from <= self.log.head() {
            let read = self.log.read(from, page, now)?;
            for record in read.records {
                if record.kind != message::MESSAGE {
                    continue;
                }
                bytes = bytes.saturating_add(record.data.as_str().len());
                if records.len() >= limit || (bytes > BATCH_BYTES && !records.is_empty()) {
                    let more = true;
                    return Ok(Found { gap, records, more });
                }
                records.push(record);
            }
            from = read.next;
            // Where it stopped at a hole, that is told before what follows.
            let seen = After::Cursor(self.log.epoch().at(from.saturating_sub(1)));
            if let Since::Gap(hole) = self.log.since(&seen, now)? {
                if !records.is_empty() {
                    let more = true;
                    return Ok(Found { gap, records, more });
                }
                from = hole.from;
                gap = Some(hole);
            }
        }
        let more = false;
        Ok(Found { gap, records, more })
    }

    fn messages_before(&mut self, before: Option<&After>, limit: usize, now: u64) -> Result<Found> {
        let end = self.log.head().saturating_add(1);
        let oldest = self.log.oldest(now)?;
        let (gap, before) = match before {
            None => (None, end),
            // Before the start there is nothing.
            Some(After::Start) => (None, oldest),
            // Not from the future; the place after the newest is where it ends.
            Some(After::Cursor(cursor))
                if cursor.epoch == *self.log.epoch() && cursor.seq <= end =>
            {
                (None, cursor.seq)
            }
            Some(unknown) => (Some(self.log.gap(unknown, oldest)), end),
        };
        let page = PageLimit {
            events: limit,
            bytes: BATCH_BYTES,
        };
        let read = self.log.read_back(message::MESSAGE, before, page, now)?;
        Ok(Found {
            gap,
            // Where it ended for lack of room, another message was found.
            more: !read.records.is_empty() && read.next > oldest,
            records: read.records,
        })
    }
}
