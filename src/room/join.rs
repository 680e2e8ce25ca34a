//! Coming in, and the way from the past to now.
//!
//! Who joins is first welcomed, then gets the past it asked for, then everything
//! as it happens: no hole, no repetition. A long past is sent in chunks, each when
//! the connection has room for it ([`Room::catch_up`]); when the last chunk reaches
//! the newest event the connection becomes live in the same turn.

use super::object::{Object, string};
use super::outbox::in_frames;
use super::seat::{Conn, Identity, Seat, Stage};
use super::{Output, Payload, Room, message};
use crate::close::Close;
use crate::cursor::{After, Cursor};
use crate::error::{Error, Result};
use crate::limit::{
    BATCH_EVENTS, COUNT_MS, COUNT_MS_AT_MOST, COUNT_MS_PER_MEMBER, DEFAULT_TAIL_MESSAGES, LIST_MS,
    MAX_CONNECTIONS, MAX_MEMBERS, PAGE_BYTES, TAIL_BYTES, TAIL_MESSAGES,
};
use crate::log::{Gap, PageLimit, Record, Since, Storage};
use crate::sse::event;
use crate::stream::{Position, Wire};

/// How much of the past is sent before it is looked whether there is room for more.
const PAGE: PageLimit = PageLimit {
    events: BATCH_EVENTS,
    bytes: PAGE_BYTES,
};

/// What a connection is due first.
struct Beginning {
    gap: Option<Gap>,
    /// The past, where all of it is small.
    records: Vec<Record>,
    stage: Stage,
    /// Whether it had a cursor, and gets everything after it.
    resumed: bool,
}

impl<S: Storage> Room<S> {
    /// Lets a member in over a new connection, or sends it away.
    pub fn join(
        &mut self,
        conn: Conn,
        who: &Identity,
        position: &Position,
        now: u64,
    ) -> Result<()> {
        if self.is_kept_out(who, now)? {
            self.turn_away(conn, Close::Kicked);
            return Ok(());
        }
        if self.is_full(who) {
            self.turn_away(conn, Close::Full);
            return Ok(());
        }
        // What the welcome says must be durable.
        if self.log.is_pending() || self.state.is_changed() {
            self.flush(now)?;
        }
        let beginning = self.beginning(position, now)?;
        let mut seat = Seat::new(conn, Wire::Json, Some(who.clone()), beginning.stage);
        seat.heard_at = now;
        self.outbox.enter(conn);
        if self.members.add(seat) {
            self.tell_joined(conn, who, now);
        }
        let welcome = self.welcome(who, beginning.resumed);
        self.send(conn, Payload::Text(welcome));
        self.begin(conn, Wire::Json, beginning, now)
    }

    /// Lets somebody watch who is no member; `watcher` is the id of one who has a token.
    /// Who is kept out of the room may not watch it either: 403.
    pub fn watch(
        &mut self,
        conn: Conn,
        watcher: Option<&str>,
        position: &Position,
        now: u64,
    ) -> Result<()> {
        self.check_banned(watcher, now)?;
        if self.is_crowded() {
            self.outputs.push(Output::Close(conn, Close::Full));
            return Ok(());
        }
        if self.log.is_pending() {
            self.flush(now)?;
        }
        let beginning = self.beginning(position, now)?;
        let mut seat = Seat::new(conn, Wire::EventStream, None, beginning.stage);
        seat.watcher = watcher.map(ToOwned::to_owned);
        self.members.add(seat);
        self.begin(conn, Wire::EventStream, beginning, now)
    }

    /// Sends the next part of the past to a connection that is behind.
    pub fn catch_up(&mut self, conn: Conn, now: u64) -> Result<()> {
        let Some(seat) = self.members.get(conn) else {
            return Ok(());
        };
        let wire = seat.wire;
        let Stage::Behind {
            next,
            messages_until,
        } = seat.stage
        else {
            return Ok(());
        };
        let (gap, records, stage) = self.chunk(next, messages_until, now)?;
        if let Some(seat) = self.members.get_mut(conn) {
            seat.stage = stage;
        }
        self.show(conn, wire, gap.as_ref(), &records);
        self.settle(conn, stage);
        Ok(())
    }

    fn begin(&mut self, conn: Conn, wire: Wire, beginning: Beginning, now: u64) -> Result<()> {
        let Beginning {
            gap,
            records,
            stage,
            ..
        } = beginning;
        self.show(conn, wire, gap.as_ref(), &records);
        if stage == Stage::Live {
            self.settle(conn, stage);
            Ok(())
        } else {
            self.catch_up(conn, now)
        }
    }

    /// Keeps where a connection stands now, and goes on where it is behind.
    fn settle(&mut self, conn: Conn, stage: Stage) {
        self.outputs.push(Output::Keep(conn));
        if stage != Stage::Live {
            self.outputs.push(Output::CatchUp(conn));
        }
    }

    /// Where a connection begins that asks for this.
    fn beginning(&mut self, position: &Position, now: u64) -> Result<Beginning> {
        let tail = match position {
            Position::Latest => DEFAULT_TAIL_MESSAGES,
            Position::Tail(count) => TAIL_MESSAGES.min(*count),
            Position::After(after) => return self.beginning_after(after, now),
        };
        let limit = PageLimit {
            events: usize::try_from(tail).unwrap_or(0),
            bytes: TAIL_BYTES,
        };
        let head = self.log.head();
        let end = head.saturating_add(1);
        let page = self.log.read_back(message::MESSAGE, end, limit, now)?;
        let mut sizes = page.records.iter().map(|r| r.data.as_str().len());
        let small = sizes.try_fold(0_usize, |sum, size| {
            let sum = sum.saturating_add(size);
            (sum <= PAGE_BYTES).then_some(sum)
        });
        let first = page.records.first().map(|record| record.seq);
        Ok(match (small, first) {
            (None, Some(next)) => Beginning {
                gap: None,
                records: Vec::new(),
                stage: Stage::Behind {
                    next,
                    messages_until: head,
                },
                resumed: false,
            },
            _ => Beginning {
                gap: None,
                records: page.records,
                stage: Stage::Live,
                resumed: false,
            },
        })
    }

    fn beginning_after(&mut self, after: &After, now: u64) -> Result<Beginning> {
        let behind = |next| Stage::Behind {
            next,
            messages_until: 0,
        };
        let is_cursor = matches!(after, After::Cursor(_));
        let (gap, stage, resumed) = match self.log.since(after, now)? {
            Since::UpToDate => (None, Stage::Live, is_cursor),
            Since::Replay(from) => (None, behind(from), is_cursor),
            Since::Gap(gap) if gap.from > self.log.head() => (Some(gap), Stage::Live, false),
            Since::Gap(gap) => {
                let from = gap.from;
                (Some(gap), behind(from), false)
            }
        };
        Ok(Beginning {
            gap,
            records: Vec::new(),
            stage,
            resumed,
        })
    }

    /// The next part of the past for a connection that stands there.
    fn chunk(
        &mut self,
        next: u64,
        messages_until: u64,
        now: u64,
    ) -> Result<(Option<Gap>, Vec<Record>, Stage)> {
        let mut next = next;
        loop {
            // While it was reading, retention may have overtaken it: then it is told,
            // unless only messages are gone that were said before it came.
            let seen = self.log.epoch().at(next.saturating_sub(1));
            let (gap, from) = match self.log.since(&After::Cursor(seen), now)? {
                Since::Gap(gap) => {
                    let from = gap.from;
                    let is_told = messages_until == 0 || from > messages_until.saturating_add(1);
                    (is_told.then_some(gap), from)
                }
                Since::UpToDate | Since::Replay(_) => (None, next),
            };
            let page = self.log.read(from, PAGE, now)?;
            let is_end = page.next > self.log.head();
            let stage = if is_end {
                Stage::Live
            } else {
                Stage::Behind {
                    next: page.next,
                    messages_until,
                }
            };
            let mut records = page.records;
            records.retain(|record| record.seq > messages_until || record.kind == message::MESSAGE);
            if is_end || gap.is_some() || !records.is_empty() || page.next <= from {
                return Ok((gap, records, stage));
            }
            next = page.next;
        }
    }

    fn show(&mut self, conn: Conn, wire: Wire, gap: Option<&Gap>, records: &[Record]) {
        if gap.is_none() && records.is_empty() {
            return;
        }
        match wire {
            Wire::EventStream => {
                let mut out = String::new();
                if let Some(gap) = gap {
                    event::write_gap(&mut out, gap);
                }
                out.push_str(&self.as_event_stream(records));
                self.send(conn, Payload::Events(out));
            }
            Wire::Json => {
                let epoch = self.log.epoch();
                let gap = gap.map(gap_frame);
                let events: Vec<String> =
                    records.iter().map(|r| message::frame(epoch, r)).collect();
                let things: Vec<&str> = gap.iter().chain(&events).map(String::as_str).collect();
                for frame in in_frames(&things) {
                    self.send(conn, Payload::Text(frame));
                }
            }
        }
    }

    pub(super) fn send(&mut self, conn: Conn, payload: Payload) {
        let to = vec![conn];
        self.outputs.push(Output::Send { to, payload });
    }

    fn welcome(&self, who: &Identity, resumed: bool) -> String {
        Object::frame("welcome")
            .text("cursor", &self.log.place().to_string())
            .json("you", &self.members.describe(who))
            .json("members", &self.members.list(Some(who)))
            .number("count", self.members.count())
            .json("state", &self.state.to_json())
            .flag("resumed", resumed)
            .maybe_text("title", self.config.title.as_deref())
            .flag("read_only", self.config.read_only)
            .json("limits", &self.settings.limits(&self.config))
            .end()
    }

    fn tell_joined(&mut self, conn: Conn, who: &Identity, now: u64) {
        if self.members.is_large() {
            self.count_due = true;
            return;
        }
        let frame = Object::frame("joined")
            .json("member", &self.members.describe(who))
            .number("count", self.members.count());
        self.outbox.for_others(conn, frame.end());
        self.pace.on_queued(now);
    }

    /// When everybody may be told how many there are, or who is left.
    pub(super) fn count_at(&self) -> u64 {
        let pause = self.members.count().saturating_mul(COUNT_MS_PER_MEMBER);
        let pause = pause.clamp(COUNT_MS, COUNT_MS_AT_MOST);
        let at = self.counted_at.saturating_add(pause);
        if self.members.is_large() {
            at
        } else {
            at.max(self.listed_at.saturating_add(LIST_MS))
        }
    }

    /// Tells how many there are, where comings and goings are not told one by one.
    pub(super) fn tell_count(&mut self, now: u64) {
        self.count_due = false;
        self.counted_at = now;
        // Of a room that is not large any more everybody learns who is left.
        let is_small = !self.members.is_large();
        let members = is_small.then(|| self.members.list(None));
        if is_small {
            self.listed_at = now;
        }
        let count = Object::frame("count")
            .number("count", self.members.count())
            .maybe_json("members", members.as_deref());
        self.outbox.for_all(count.end());
        self.pace.on_queued(now);
    }

    pub(super) fn is_kept_out(&mut self, who: &Identity, now: u64) -> Result<bool> {
        let bans = self.bans()?;
        let trace = who.trace.as_ref();
        Ok(bans.has(&who.id, now) || trace.is_some_and(|trace| bans.has(trace, now)))
    }

    /// Refuses to show anything to a member who is kept out.
    pub fn check_banned(&mut self, id: Option<&str>, now: u64) -> Result<()> {
        let Some(id) = id else {
            return Ok(());
        };
        if self.bans()?.has(id, now) {
            return Err(Error::Forbidden(
                "This member is kept out of the room.".to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether there is no room for this member. Another tab of one who is in takes
    /// no place.
    fn is_full(&self, who: &Identity) -> bool {
        let is_in = !self.members.conns_of(&who.id).is_empty();
        let most = self.config.max_members.unwrap_or(MAX_MEMBERS);
        let most = most.min(self.settings.max_members);
        self.is_crowded() || (!is_in && self.members.count() >= most)
    }

    /// Whether there is no room for any more connections.
    fn is_crowded(&self) -> bool {
        u64::try_from(self.members.connections()).unwrap_or(u64::MAX) >= MAX_CONNECTIONS
    }
}

/// The frame that tells of a gap.
fn gap_frame(gap: &Gap) -> String {
    let cursor = |cursor: Option<&Cursor>| {
        cursor.map_or_else(|| "null".to_owned(), |cursor| string(&cursor.to_string()))
    };
    Object::frame("gap")
        .text("requested", &gap.requested)
        .json("oldest", &cursor(gap.oldest.as_ref()))
        .json("head", &cursor(gap.head.as_ref()))
        .end()
}
