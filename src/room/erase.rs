//! Erasing what one member said: nothing of it is left in what is stored.
//!
//! Messages become deleted ones, without a name; edits lose what they said, reactions
//! are gone. It is done in slices, each durable with what is told of it, and a slice
//! that is done again changes nothing: whatever happens in the middle, it is begun
//! again.

use super::Room;
use super::anonymous::SERVER;
use super::message::{self, Message};
use super::object::{Object, string};
use crate::data::Data;
use crate::error::{Error, Result};
use crate::limit::{ERASED_BYTES, ERASED_SEGMENTS};
use crate::log::{Record, Storage};
use std::fmt;

/// What was done in one slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// How many messages were erased.
    pub messages: u64,
    /// Where the next slice begins; `None` where that was the last.
    pub next: Option<u64>,
}

impl fmt::Display for Erased {
    /// As it travels: two numbers, the second being 0 where there is no next slice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.messages, self.next.unwrap_or(0))
    }
}

impl Erased {
    /// Reads what was said of a slice.
    pub fn parse(text: &str) -> Result<Self> {
        let numbers = text.split_once(' ');
        let numbers = numbers.and_then(|(messages, next)| {
            let next: u64 = next.parse().ok()?;
            Some((messages.parse().ok()?, next))
        });
        let (messages, next) = numbers
            .ok_or_else(|| Error::Internal("an object's answer cannot be read".to_owned()))?;
        Ok(Self {
            messages,
            next: (next > 0).then_some(next),
        })
    }
}

impl<S: Storage> Room<S> {
    /// Erases what this member said in the next [`ERASED_SEGMENTS`] segments of the
    /// log, or [`ERASED_BYTES`] of them, from the event `from` on, and tells everybody. 404 where there is no room.
    pub fn erase(&mut self, member: &str, from: u64, now: u64) -> Result<Erased> {
        self.must_exist()?;
        // What was changed and is not written yet would be written over it.
        self.flush(now)?;
        let mut erased = Erased {
            messages: 0,
            next: Some(from),
        };
        let mut gone = Vec::new();
        let mut bytes = 0_usize;
        // Also what may not be read any more and is not trimmed away yet.
        for _ in 0..ERASED_SEGMENTS {
            let next = erased.next.unwrap_or(from);
            let Some(segment) = self.log.storage().holding(next)? else {
                erased.next = None;
                break;
            };
            bytes = bytes.saturating_add(segment.body.len());
            if bytes > ERASED_BYTES && next > from {
                break;
            }
            erased.next = Some(segment.last.saturating_add(1));
            let mut body = String::with_capacity(segment.body.len());
            for record in segment.records(segment.first) {
                let mut record = record?;
                let seq = record.seq;
                if seq > segment.first {
                    body.push('\n');
                }
                if self.strip(&mut record, member)? {
                    erased.messages = erased.messages.saturating_add(1);
                    gone.push(seq);
                }
                body.push_str(&record.to_line()?);
            }
            if body != segment.body {
                self.log.rewrite(segment.first, &body)?;
            }
        }
        let server = Object::new().text("id", SERVER).text("name", SERVER).end();
        for seq in gone {
            let target = self.log.epoch().at(seq).to_string();
            let event = Object::new().json("from", &server).text("target", &target);
            self.append(message::DELETED, event.end(), None, now)?;
        }
        self.flush(now)?;
        Ok(erased)
    }

    /// Takes what is the member's out of an event; whether it was a message of theirs
    /// that could still be read.
    fn strip(&self, record: &mut Record, member: &str) -> Result<bool> {
        let message = Message::of(&record.data)?;
        let is_own = message.is_by(member);
        let was_there = is_own && record.kind == message::MESSAGE && !message.is_deleted();
        let payload = if is_own {
            record.key = None;
            message.erased(&record.kind, member)
        } else if record.kind == message::MESSAGE {
            match message.without_reactions_of(&string(member)) {
                Some(payload) => payload,
                None => return Ok(false),
            }
        } else if record.kind == message::EDITED {
            // A moderator's edit of what this member said.
            let target = message.target();
            let target = target.filter(|target| target.epoch == *self.log.epoch());
            let target = match target {
                // Also where that has expired.
                Some(target) => self.log.stored(target.seq)?,
                None => None,
            };
            match target {
                Some(target) if Message::of(&target.data)?.is_by(member) => message.unsaid(),
                _ => return Ok(false),
            }
        } else {
            return Ok(false);
        };
        record.data = Data::Json(payload);
        Ok(was_there)
    }
}
