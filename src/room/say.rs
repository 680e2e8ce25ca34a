//! What is said and kept: messages, what happens to them, and shared state.

use super::Room;
use super::frame::{Frame, Said};
use super::message::{self, Message};
use super::object::Object;
use super::receive::Halt;
use super::refusal::Refusal;
use super::seat::{Conn, Identity, Role};
use crate::cursor::Cursor;
use crate::data::Data;
use crate::error::{Error, Result};
use crate::log::{Entry, Record, Storage};

/// How many members are remembered for slow mode who are not in any more.
const REMEMBERED_SPEAKERS: usize = 10_000;

/// Under what a deed is remembered: what kind it is, who did it, and what they call it.
/// With the length of the first, two of these cannot be read as another two.
fn key_of(kind: char, who: &Identity, id: &str) -> String {
    format!("{kind}{}:{}\n{id}", who.id.len(), who.id)
}

/// The answer to a message that was posted over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message; where it had been posted before, the original.
    pub cursor: Cursor,
    /// Whether it had been posted before.
    pub duplicate: bool,
}

impl<S: Storage> Room<S> {
    /// A message from a server, under this identity. Not to be answered before the
    /// next [`Room::flush`].
    pub fn post(&mut self, who: &Identity, post: &Frame, now: u64) -> Result<Receipt> {
        let Frame::Message { id, said, reply_to } = post else {
            return Err(Error::Internal("only messages are posted".to_owned()));
        };
        if self.is_kept_out(who, now)? {
            return Err(Error::Forbidden("This member is banned.".to_owned()));
        }
        let said = self.say(who, id.as_deref(), said, reply_to.as_ref(), false, now);
        said.map_err(|halt| match halt {
            Halt::Refusal(refusal) => refusal.into(),
            Halt::Fault(error) => error,
        })
    }

    pub(super) fn on_message(
        &mut self,
        conn: Conn,
        who: &Identity,
        id: Option<&str>,
        said: &Said,
        reply_to: Option<&Cursor>,
        now: u64,
    ) -> Result<(), Halt> {
        let Receipt { cursor, duplicate } = self.say(who, id, said, reply_to, true, now)?;
        self.stop_typing(conn, now);
        if let Some(seat) = self.members.get_mut(conn)
            && !duplicate
        {
            seat.said_at = now;
        }
        self.acknowledge(conn, id.unwrap_or_default(), &cursor, now);
        Ok(())
    }

    pub(super) fn on_edit(
        &mut self,
        conn: Conn,
        who: &Identity,
        id: &str,
        target: &Cursor,
        said: &Said,
        now: u64,
    ) -> Result<(), Halt> {
        let key = key_of('e', who, id);
        let cursor = self.once(&key, |room| {
            let record = room.own_message(who, target, now)?;
            // As the event that tells of it.
            let at = now.max(room.log.last_at());
            let payload = Message::of(&record.data)?.edited(said, at);
            room.log.amend(record, Data::Json(payload));
            let event = message::about(who, id, target)
                .maybe_text("text", said.text.as_deref())
                .maybe_json("data", said.data.as_deref());
            room.happen(message::EDITED, event.end(), &key, now)
        })?;
        self.acknowledge(conn, id, &cursor, now);
        Ok(())
    }

    pub(super) fn on_delete(
        &mut self,
        conn: Conn,
        who: &Identity,
        id: &str,
        target: &Cursor,
        now: u64,
    ) -> Result<(), Halt> {
        let key = key_of('d', who, id);
        let cursor = self.once(&key, |room| {
            let record = room.own_message(who, target, now)?;
            let message = Message::of(&record.data)?;
            let (payload, edited_at) = (message.deleted(), message.edited_at());
            if let Some(at) = edited_at {
                // One that is not written yet could not be found.
                if room.log.is_pending() {
                    room.flush(now)?;
                }
                room.unsay_edits(target, at)?;
            }
            room.log.amend(record, Data::Json(payload));
            let event = message::about(who, id, target);
            room.happen(message::DELETED, event.end(), &key, now)
        })?;
        self.acknowledge(conn, id, &cursor, now);
        Ok(())
    }

    pub(super) fn on_react(
        &mut self,
        conn: Conn,
        who: &Identity,
        id: &str,
        target: &Cursor,
        (emoji, add): (&str, bool),
        now: u64,
    ) -> Result<(), Halt> {
        let key = key_of('r', who, id);
        let cursor = self.once(&key, |room| {
            let record = room.message(target, now)?;
            room.may_write(who)?;
            let Some(payload) = Message::of(&record.data)?.reacted(emoji, &who.id, add)? else {
                // It changes nothing: as things stand now, it is so.
                return Ok(room.log.place());
            };
            room.log.amend(record, Data::Json(payload));
            let event = message::about(who, id, target)
                .text("emoji", emoji)
                .text("op", if add { "add" } else { "remove" });
            room.happen(message::REACTION, event.end(), &key, now)
        })?;
        self.acknowledge(conn, id, &cursor, now);
        Ok(())
    }

    pub(super) fn on_set(
        &mut self,
        conn: Conn,
        who: &Identity,
        id: &str,
        (key, value, if_version): (&str, Option<&str>, Option<u64>),
        now: u64,
    ) -> Result<(), Halt> {
        self.may_write(who)?;
        let changed = self.state.set(&who.id, id, key, value, if_version)?;
        if changed.is_new {
            let state = Object::frame("state")
                .text("key", key)
                .json("value", value.unwrap_or("null"))
                .number("version", changed.version)
                .json("from", &who.sender());
            self.outbox.for_all(state.end());
        }
        let ack = Object::frame("ack").text("id", id).text("key", key);
        let ack = ack.number("version", changed.version);
        self.outbox.for_one(conn, ack.end());
        self.pace.on_queued(now);
        Ok(())
    }

    /// Says something, once: whoever sends it again gets the original's place.
    fn say(
        &mut self,
        who: &Identity,
        id: Option<&str>,
        said: &Said,
        reply_to: Option<&Cursor>,
        slow: bool,
        now: u64,
    ) -> Result<Receipt, Halt> {
        let key = id.map(|id| key_of('m', who, id));
        if let Some(key) = &key
            && let Some(seq) = self.log.find_key(key)?
        {
            return Ok(Receipt {
                cursor: self.log.epoch().at(seq),
                duplicate: true,
            });
        }
        self.may_write(who)?;
        if slow {
            self.slow_down(who, now)?;
        }
        let payload = message::new(who, id, said, reply_to);
        let cursor = self.append(message::MESSAGE, payload, key, now)?;
        // What a server says for a member counts as theirs.
        self.note_speaker(who, now, now);
        Ok(Receipt {
            cursor,
            duplicate: false,
        })
    }

    /// Does something to a message, once; the place of the event that tells of it.
    fn once(
        &mut self,
        key: &str,
        act: impl FnOnce(&mut Self) -> Result<Cursor, Halt>,
    ) -> Result<Cursor, Halt> {
        match self.log.find_key(key)? {
            Some(seq) => Ok(self.log.epoch().at(seq)),
            None => act(self),
        }
    }

    /// Takes back what the edits of a message said, of which the last was at `last_at`.
    pub(super) fn unsay_edits(&mut self, target: &Cursor, last_at: u64) -> Result<()> {
        let place = target.to_string();
        let mut next = target.seq.saturating_add(1);
        while let Some(segment) = self.log.storage().holding(next)? {
            if has(&segment.body, &place) {
                for record in segment.records(next) {
                    let record = record?;
                    let edit = Message::of(&record.data)?;
                    if record.kind == message::EDITED && edit.target().as_ref() == Some(target) {
                        let payload = Data::Json(edit.unsaid());
                        self.log.amend(record, payload);
                    }
                }
            }
            if segment.last_at > last_at {
                break;
            }
            next = segment.last.saturating_add(1);
        }
        Ok(())
    }

    fn happen(&mut self, kind: &str, payload: String, key: &str, now: u64) -> Result<Cursor, Halt> {
        Ok(self.append(kind, payload, Some(key.to_owned()), now)?)
    }

    pub(super) fn append(
        &mut self,
        kind: &str,
        payload: String,
        key: Option<String>,
        now: u64,
    ) -> Result<Cursor> {
        let entry = Entry {
            kind: kind.to_owned(),
            data: Data::Json(payload),
            key,
            is_final: false,
        };
        let seq = self.log.push(entry, now)?;
        self.outbox.event();
        self.pace.on_queued(now);
        Ok(self.log.epoch().at(seq))
    }

    /// A message that is there and was not deleted.
    fn message(&mut self, target: &Cursor, now: u64) -> Result<Record, Halt> {
        let record = if target.epoch == *self.log.epoch() {
            self.log.get(target.seq, now)?
        } else {
            None
        };
        match record.filter(|record| record.kind == message::MESSAGE) {
            Some(record) if !Message::of(&record.data)?.is_deleted() => Ok(record),
            _ => Err(Refusal::NotFound("message").into()),
        }
    }

    /// A message that this member may change.
    fn own_message(&mut self, who: &Identity, target: &Cursor, now: u64) -> Result<Record, Halt> {
        let record = self.message(target, now)?;
        self.may_write(who)?;
        if who.role != Role::Moderator && !Message::of(&record.data)?.is_by(&who.id) {
            return Err(Refusal::Forbidden("This is somebody else's message.").into());
        }
        Ok(record)
    }

    fn acknowledge(&mut self, conn: Conn, id: &str, cursor: &Cursor, now: u64) {
        let ack = Object::frame("ack").text("id", id);
        let ack = ack.cursor("cursor", &cursor.epoch, cursor.seq).end();
        self.outbox.for_one(conn, ack);
        self.pace.on_queued(now);
    }

    /// Whether somebody may say anything now.
    pub(super) fn may_write(&self, who: &Identity) -> Result<(), Refusal> {
        match who.role {
            Role::Reader => Err(Refusal::Forbidden("You may only read here.")),
            Role::Member if self.config.read_only => Err(Refusal::ReadOnly),
            Role::Member | Role::Moderator => Ok(()),
        }
    }

    /// Slow mode: a member must leave some time between two messages.
    fn slow_down(&mut self, who: &Identity, now: u64) -> Result<(), Halt> {
        let pause = self.config.slow_mode_ms();
        if pause == 0 || who.role == Role::Moderator {
            return Ok(());
        }
        let conns = self.members.conns_of(&who.id).to_vec();
        let seats = conns.iter().filter_map(|conn| self.members.get(*conn));
        let kept = seats.map(|seat| seat.said_at).max();
        let remembered = self.said_at.get(&who.id).copied().max(kept);
        // They may have been away, and the room asleep.
        let mut last = remembered.unwrap_or(0);
        if last == 0 {
            last = self.last_said(who, now.saturating_sub(pause))?;
            if last > 0 {
                self.note_speaker(who, last, now);
            }
        }
        if last > now {
            // A clock that steps back must not silence anybody for longer.
            last = now;
            self.said_at.insert(who.id.clone(), now);
            for conn in conns {
                if let Some(seat) = self.members.get_mut(conn) {
                    seat.said_at = seat.said_at.min(now);
                }
            }
        }
        let again = last.saturating_add(pause);
        if last > 0 && again > now {
            return Err(Refusal::RateLimited {
                retry_ms: again.saturating_sub(now),
            }
            .into());
        }
        Ok(())
    }
}

/// In how many of the newest segments it is looked for when somebody last said something.
const SOUGHT_SEGMENTS: usize = 16;

impl<S: Storage> Room<S> {
    /// When somebody last said something since then; 0 where that was before, or is so far
    /// back that it is not found.
    fn last_said(&self, who: &Identity, since: u64) -> Result<u64> {
        let mut before = self.log.head().saturating_add(1);
        for _ in 0..SOUGHT_SEGMENTS {
            let segment = self.log.storage().before(before)?;
            let Some(segment) = segment.filter(|segment| segment.last_at >= since) else {
                break;
            };
            let mut last = 0;
            for record in segment.records(segment.first) {
                let record = record?;
                let is_theirs = record.kind == message::MESSAGE
                    && record.at >= since
                    && Message::of(&record.data)?.is_by(&who.id);
                if is_theirs {
                    last = record.at;
                }
            }
            if last > 0 {
                return Ok(last);
            }
            before = segment.first;
        }
        Ok(0)
    }

    /// Remembers when somebody last said something, for slow mode.
    fn note_speaker(&mut self, who: &Identity, at: u64, now: u64) {
        let pause = self.config.slow_mode_ms();
        if pause == 0 || who.role == Role::Moderator {
            return;
        }
        if self.said_at.len() >= REMEMBERED_SPEAKERS {
            self.said_at.retain(|_, at| at.saturating_add(pause) > now);
        }
        self.said_at.insert(who.id.clone(), at);
    }
}

/// Whether a body has this in it.
///
/// Compared at each place, which is quick enough for a segment: the search of a text by the
/// standard library is a KiB of the compressed bundle, and nothing else needs it.
fn has(body: &str, part: &str) -> bool {
    let mut places = body.as_bytes().windows(part.len().max(1));
    places.any(|place| place == part.as_bytes())
}
