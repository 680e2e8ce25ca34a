//! Leaving a room, and being sent away from it.

use super::object::Object;
use super::seat::Conn;
use super::{Output, Payload, Room};
use crate::close::Close;
use crate::error::{Error, Result};
use crate::limit::{MEMBER_BACKLOG_BYTES, READER_BACKLOG_BYTES, SLOW_MS};
use crate::log::Storage;
use crate::sse::event;
use crate::stream::Wire;

/// The shortest time after which those who are sent away for lack of room are asked
/// to come back, in milliseconds ...
const RETRY_MS: u64 = 2_000;
/// ... and how much longer for each who is in: they must not come back all at once.
const RETRY_EACH_MS: u64 = 10;
/// ... but not longer than this.
const RETRY_MOST_MS: u64 = 60_000;

impl<S: Storage> Room<S> {
    /// A connection is gone, for whatever reason. Twice is as good as once.
    pub fn on_close(&mut self, conn: Conn, now: u64) {
        self.leave(conn, now);
    }

    /// So many bytes wait for this connection already; whether more may be added. One
    /// for which too much waits for too long is closed: it will come back, and get
    /// what it missed. Nobody else waits for it.
    pub fn may_send(&mut self, conn: Conn, waiting: usize, now: u64) -> bool {
        if waiting <= READER_BACKLOG_BYTES {
            if !self.slow.is_empty() {
                self.slow.remove(&conn);
            }
            return true;
        }
        let since = self.slow.get(&conn).copied().unwrap_or(now);
        let patient = now.saturating_sub(since) < SLOW_MS;
        if patient && waiting <= MEMBER_BACKLOG_BYTES {
            self.slow.insert(conn, since.min(now));
            return true;
        }
        self.on_slow(conn, now);
        false
    }

    /// This connection does not read.
    pub fn on_slow(&mut self, conn: Conn, now: u64) {
        // Not `bye`: it would wait behind everything else that is not read.
        self.leave(conn, now);
        self.outputs.push(Output::Close(conn, Close::SlowConsumer));
    }

    /// Something broke on our side: this connection is to come back, and send again
    /// what was not answered.
    pub fn on_fault(&mut self, conn: Conn, now: u64) -> Result<()> {
        self.expel(conn, Close::Fault, now)
    }

    /// Closes all connections of a member, those too that only watch, and, with `ban_ms`, keeps the member out
    /// for so long. 404 where there is no such member to close connections of.
    pub fn kick(&mut self, id: &str, ban_ms: Option<u64>, now: u64) -> Result<()> {
        let conns = self.members.seats().filter(|seat| seat.is_of(id));
        let conns: Vec<Conn> = conns.map(|seat| seat.conn).collect();
        match ban_ms {
            None if conns.is_empty() => {
                return Err(Error::NotFound("There is no such member.".to_owned()));
            }
            None => {}
            Some(ms) => {
                let until = now.saturating_add(ms);
                let seats = conns.iter().filter_map(|conn| self.members.get(*conn));
                let traces = seats.filter_map(|seat| seat.who.as_ref()?.trace.clone());
                let mut all: Vec<String> = traces.collect();
                all.push(id.to_owned());
                self.log.create()?;
                self.bans()?;
                if let Some(bans) = &mut self.bans {
                    for who in all {
                        bans.add(self.log.storage_mut(), &who, until, now)?;
                    }
                }
            }
        }
        for conn in conns {
            self.expel(conn, Close::Kicked, now)?;
        }
        Ok(())
    }

    /// Tells everybody that the room is no more. Forget the storage afterwards.
    pub fn close(&mut self, now: u64) -> Result<()> {
        self.flush(now)?;
        let bye = self.bye(Close::RoomClosed);
        // Not one after the other: each would be told of all who go before.
        let seats = std::mem::take(&mut self.members);
        for (wire, payload) in [
            (
                Wire::EventStream,
                Payload::Events(event::control("bye", &bye)),
            ),
            (Wire::Json, Payload::Text(bye)),
        ] {
            let of_wire = seats.seats().filter(|seat| seat.wire == wire);
            let to: Vec<Conn> = of_wire.map(|seat| seat.conn).collect();
            self.outputs.push(Output::Send { to, payload });
        }
        for seat in seats.seats() {
            let close = Output::Close(seat.conn, Close::RoomClosed);
            self.outputs.push(close);
        }
        Ok(())
    }

    /// Says why, and closes a connection, after what it is still due.
    pub(super) fn expel(&mut self, conn: Conn, close: Close, now: u64) -> Result<()> {
        let Some(wire) = self.members.get(conn).map(|seat| seat.wire) else {
            return Ok(());
        };
        if !self.is_flushed() {
            self.flush(now)?;
        }
        let bye = self.bye(close);
        let payload = match wire {
            Wire::Json => Payload::Text(bye),
            Wire::EventStream => Payload::Events(event::control("bye", &bye)),
        };
        self.leave(conn, now);
        self.send(conn, payload);
        self.outputs.push(Output::Close(conn, close));
        Ok(())
    }

    /// Says why, and closes a connection that never came in.
    pub(super) fn turn_away(&mut self, conn: Conn, close: Close) {
        let bye = self.bye(close);
        self.send(conn, Payload::Text(bye));
        self.outputs.push(Output::Close(conn, close));
    }

    fn bye(&self, close: Close) -> String {
        let bye = Object::frame("bye")
            .text("reason", close.reason())
            .number("code", close.code().into());
        let comes_back = matches!(close, Close::Full | Close::Fault | Close::Silent);
        if comes_back {
            let each = RETRY_EACH_MS.saturating_mul(self.members.count());
            let retry = RETRY_MS.saturating_add(each).min(RETRY_MOST_MS);
            bye.number("retry_ms", retry).end()
        } else {
            bye.end()
        }
    }

    fn leave(&mut self, conn: Conn, now: u64) {
        let shown = self.members.get(conn).and_then(|seat| {
            let who = seat.who.as_ref()?;
            self.members.presence_of(&who.id).map(ToOwned::to_owned)
        });
        self.stop_typing(conn, now);
        self.changed.remove(&conn);
        self.slow.remove(&conn);
        let Some((seat, was_last)) = self.members.remove(conn) else {
            return;
        };
        let Some(who) = seat.who else {
            return;
        };
        if was_last {
            if self.members.is_large() {
                self.count_due = true;
                return;
            }
            // Who has only heard how many there are is told who they are.
            self.count_due |= self.members.is_as_large_as_listed();
            let frame = Object::frame("left")
                .json("member", &who.sender())
                .number("count", self.members.count());
            self.outbox.for_all(frame.end());
            self.pace.on_queued(now);
        } else {
            let left = self.members.presence_of(&who.id).map(ToOwned::to_owned);
            if left != shown {
                self.tell_presence(&who, left.as_deref(), None, now);
            }
        }
    }
}
