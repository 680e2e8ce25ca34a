//! Leaving a room, and being sent away from it.

use super::object::Object;
use super::seat::Conn;
use super::{Output, Payload, Room};
use crate::close::Close;
use crate::error::{Error, Result};
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

    /// More waits for this connection than it may be behind.
    pub fn on_slow(&mut self, conn: Conn, now: u64) {
        // Not `bye`: it would wait behind everything else that is not read.
        self.leave(conn, now);
        self.outputs.push(Output::Close(conn, Close::SlowConsumer));
    }

    /// Something broke on our side: this connection is to come back.
    pub fn on_fault(&mut self, conn: Conn, now: u64) {
        self.expel(conn, Close::Fault, now);
    }

    /// Closes all connections of a member and, with `ban_ms`, keeps the member out
    /// for so long. 404 where there is no such member to close connections of.
    pub fn kick(&mut self, id: &str, ban_ms: Option<u64>, now: u64) -> Result<()> {
        let conns = self.members.conns_of(id).to_vec();
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
            self.expel(conn, Close::Kicked, now);
        }
        Ok(())
    }

    /// Tells everybody that the room is no more. Forget the storage afterwards.
    pub fn close(&mut self, now: u64) {
        let conns: Vec<Conn> = self.members.seats().map(|seat| seat.conn).collect();
        for conn in conns {
            self.expel(conn, Close::RoomClosed, now);
        }
    }

    /// Says why, and closes a connection.
    pub(super) fn expel(&mut self, conn: Conn, close: Close, now: u64) {
        let Some(seat) = self.members.get(conn) else {
            return;
        };
        let bye = self.bye(close);
        let payload = match seat.wire {
            Wire::Json => Payload::Text(bye),
            Wire::EventStream => Payload::Events(event::control("bye", &bye)),
        };
        self.leave(conn, now);
        self.send(conn, payload);
        self.outputs.push(Output::Close(conn, close));
    }

    /// Says why, and closes a connection that never came in.
    pub(super) fn turn_away(&mut self, conn: Conn, close: Close) {
        let bye = self.bye(close);
        self.send(conn, Payload::Text(bye));
        self.outputs.push(Output::Close(conn, close));
    }

    fn bye(&self, close: Close) -> String {
        let bye = Object::frame("bye").text("reason", close.reason());
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
