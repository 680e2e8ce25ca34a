//! What is said for the moment: typing, presence, signals. Never stored.

use super::Room;
use super::object::Object;
use super::receive::Halt;
use super::refusal::Refusal;
use super::seat::{Conn, Identity, Presence};
use crate::error::Result;
use crate::limit::TYPING_MS;
use crate::log::Storage;

/// Under which topic presence waits: the newest of a connection counts.
const PRESENCE: &str = "presence";

impl<S: Storage> Room<S> {
    pub(super) fn on_typing(
        &mut self,
        conn: Conn,
        who: &Identity,
        on: bool,
        now: u64,
    ) -> Result<(), Halt> {
        self.may_write(who)?;
        if on {
            self.typing.insert(conn, now.saturating_add(TYPING_MS));
            self.tell_typing(conn, who, true, now);
        } else {
            self.stop_typing(conn, now);
        }
        Ok(())
    }

    /// Tells all others that this connection is not typing any more, if it was.
    pub(super) fn stop_typing(&mut self, conn: Conn, now: u64) {
        if self.typing.remove(&conn).is_some()
            && let Some(who) = self.members.get(conn).and_then(|seat| seat.who.clone())
        {
            self.tell_typing(conn, &who, false, now);
        }
    }

    fn tell_typing(&mut self, conn: Conn, who: &Identity, on: bool, now: u64) {
        let frame = Object::frame("typing").json("from", &who.sender());
        self.outbox.for_others(conn, frame.flag("on", on).end());
        self.pace.on_queued(now);
    }

    pub(super) fn on_presence(
        &mut self,
        conn: Conn,
        who: &Identity,
        data: Option<String>,
        now: u64,
    ) {
        // The last to say something counts, also where the clock stands still or steps back.
        let conns = self.members.conns_of(&who.id).iter();
        let seats = conns.filter_map(|conn| self.members.get(*conn));
        let said_at = seats.filter_map(|seat| Some(seat.presence.as_ref()?.at.saturating_add(1)));
        let at = said_at.max().unwrap_or(0).max(now);
        let presence = data.map(|data| Presence { data, at });
        if self.members.set_presence(conn, presence) {
            self.changed.insert(conn, now);
        }
        let shown = self.members.presence_of(&who.id).map(ToOwned::to_owned);
        self.tell_presence(who, shown.as_deref(), Some(conn), now);
    }

    pub(super) fn on_signal(
        &mut self,
        conn: Conn,
        who: &Identity,
        key: Option<&str>,
        to: Option<&str>,
        data: &str,
        now: u64,
    ) -> Result<(), Halt> {
        self.may_write(who)?;
        let frame = Object::frame("signal")
            .json("from", &who.sender())
            .maybe_text("key", key)
            .maybe_text("to", to)
            .json("data", data)
            .end();
        let topic = key.map(|key| {
            let to = to.unwrap_or_default();
            format!("signal\n{to}\n{key}")
        });
        if let Some(topic) = &topic {
            self.outbox.conflate(conn, topic);
        }
        let Some(to) = to else {
            self.outbox.for_others(conn, frame);
            if let Some(topic) = &topic {
                self.outbox.under(conn, topic);
            }
            self.pace.on_queued(now);
            return Ok(());
        };
        let conns = self.members.conns_of(to);
        if conns.is_empty() {
            return Err(Refusal::NotFound("member").into());
        }
        for to in conns.iter().filter(|to| **to != conn) {
            self.outbox.for_only(*to, frame.clone());
            if let Some(topic) = &topic {
                self.outbox.under(conn, topic);
            }
        }
        self.pace.on_queued(now);
        Ok(())
    }

    /// Tells what a member wants others to know.
    pub(super) fn tell_presence(
        &mut self,
        who: &Identity,
        data: Option<&str>,
        from: Option<Conn>,
        now: u64,
    ) {
        let frame = Object::frame("presence")
            .json("from", &who.sender())
            .json("data", data.unwrap_or("null"))
            .end();
        match from {
            Some(conn) => {
                self.outbox.conflate(conn, PRESENCE);
                self.outbox.for_others(conn, frame);
                self.outbox.under(conn, PRESENCE);
            }
            None => self.outbox.for_all(frame),
        }
        self.pace.on_queued(now);
    }
}
