//! What comes from a client: floods and nonsense are dealt with here, and each frame
//! goes to what does it.

use super::frame::Frame;
use super::refusal::Refusal;
use super::seat::{Conn, Identity};
use super::{Output, Payload, Room};
use crate::close::Close;
use crate::error::{Error, Result};
use crate::limit::{BAD_FRAMES, EXCESS_FRAMES, EXCESS_SIGNALS, FRAME_BYTES};
use crate::log::Storage;
use crate::stream::Wire;

/// Why a frame goes no further.
pub(super) enum Halt {
    /// The client is told.
    Refusal(Refusal),
    /// Something broke on our side.
    Fault(Error),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::TooLarge { what, limit } => Self::Refusal(Refusal::TooLong { what, limit }),
            error => Self::Fault(error),
        }
    }
}

impl<S: Storage> Room<S> {
    /// A frame of a client that is longer than any may be, however long it is.
    pub fn on_too_long(&mut self, conn: Conn, now: u64) -> Result<()> {
        self.expel(conn, Close::TooBig, now)
    }

    /// A text frame of a client.
    pub fn on_text(&mut self, conn: Conn, text: &str, now: u64) -> Result<()> {
        if let Some(close) = self.cut_off(conn, text.len(), now) {
            return self.expel(conn, close, now);
        }
        let parsed = Frame::parse(text);
        let is_signal = matches!(parsed, Ok(Frame::Signal { .. }));
        if let Err(retry_ms) = self.admit(conn, is_signal, now) {
            let id = match &parsed {
                Ok(frame) => frame.id(),
                Err(rejected) => rejected.id.as_deref(),
            };
            return self.refuse_excess(conn, retry_ms, id, now);
        }
        let Some(seat) = self.members.get_mut(conn) else {
            return Ok(());
        };
        let Some(who) = seat.who.clone() else {
            return self.expel(conn, Close::OneWay, now);
        };
        match parsed {
            Ok(frame) => {
                seat.bad = 0;
                let id = frame.id().map(ToOwned::to_owned);
                match self.on_frame(conn, &who, frame, now) {
                    Ok(()) => {}
                    Err(Halt::Refusal(why)) => self.tell_refused(conn, &why, id.as_deref(), now),
                    Err(Halt::Fault(error)) => return Err(error),
                }
            }
            Err(rejected) => {
                // One of a later version, or in which something is too long, could be read.
                let is_bad = matches!(rejected.why, Refusal::BadJson | Refusal::BadFrame(_));
                seat.bad = if is_bad {
                    seat.bad.saturating_add(1)
                } else {
                    0
                };
                let too_many = seat.bad >= BAD_FRAMES;
                self.tell_refused(conn, &rejected.why, rejected.id.as_deref(), now);
                if too_many {
                    self.expel(conn, Close::Unreadable, now)?;
                }
            }
        }
        Ok(())
    }

    /// A binary frame of a client: relayed to all others as it is.
    pub fn on_bytes(&mut self, conn: Conn, bytes: Vec<u8>, now: u64) -> Result<()> {
        if let Some(close) = self.cut_off(conn, bytes.len(), now) {
            return self.expel(conn, close, now);
        }
        if let Err(retry_ms) = self.admit(conn, true, now) {
            return self.refuse_excess(conn, retry_ms, None, now);
        }
        let Some(seat) = self.members.get_mut(conn) else {
            return Ok(());
        };
        seat.bad = 0;
        let Some(who) = seat.who.clone() else {
            return Ok(());
        };
        if let Err(why) = self.may_write(&who) {
            self.tell_refused(conn, &why, None, now);
            return Ok(());
        }
        let others = self.members.seats();
        let others = others.filter(|seat| seat.wire == Wire::Json && seat.conn != conn);
        let to: Vec<Conn> = others.map(|seat| seat.conn).collect();
        if !to.is_empty() {
            let payload = Payload::Bytes(bytes);
            self.outputs.push(Output::Send { to, payload });
        }
        Ok(())
    }

    /// Why a frame of this size is the last of a connection, if it is. Its token is
    /// looked at too: the alarm that closes it may be late.
    fn cut_off(&self, conn: Conn, bytes: usize, now: u64) -> Option<Close> {
        if bytes > FRAME_BYTES {
            return Some(Close::TooBig);
        }
        let seat = self.members.get(conn)?;
        seat.is_expired(now).then_some(Close::Expired)
    }

    fn on_frame(&mut self, conn: Conn, who: &Identity, frame: Frame, now: u64) -> Result<(), Halt> {
        match frame {
            Frame::Message { id, said, reply_to } => {
                self.on_message(conn, who, id.as_deref(), &said, reply_to.as_ref(), now)
            }
            Frame::Edit { id, target, said } => self.on_edit(conn, who, &id, &target, &said, now),
            Frame::Delete { id, target } => self.on_delete(conn, who, &id, &target, now),
            Frame::React {
                id,
                target,
                emoji,
                add,
            } => self.on_react(conn, who, &id, &target, (&emoji, add), now),
            Frame::Set {
                id,
                key,
                value,
                if_version,
            } => self.on_set(conn, who, &id, (&key, value.as_deref(), if_version), now),
            Frame::Typing { on } => self.on_typing(conn, who, on, now),
            Frame::Presence { data } => {
                self.on_presence(conn, who, data, now);
                Ok(())
            }
            Frame::Signal { key, to, data } => {
                self.on_signal(conn, who, key.as_deref(), to.as_deref(), &data, now)
            }
        }
    }

    fn tell_refused(&mut self, conn: Conn, why: &Refusal, id: Option<&str>, now: u64) {
        self.outbox.for_one(conn, why.frame(id));
        self.pace.on_queued(now);
    }

    /// Whether one more frame is taken of this connection; else when it would be.
    fn admit(&mut self, conn: Conn, is_signal: bool, now: u64) -> Result<(), u64> {
        let settings = self.settings;
        let Some(seat) = self.members.get_mut(conn) else {
            return Ok(());
        };
        seat.heard_at = now;
        self.changed.insert(conn, now);
        let taken = if is_signal {
            seat.signals.take(settings.signals, now)
        } else {
            seat.frames.take(settings.frames, now)
        };
        let weight = if is_signal { 1 } else { EXCESS_SIGNALS };
        seat.excess = match taken {
            Ok(()) => seat.excess.saturating_sub(weight),
            Err(_) => seat.excess.saturating_add(weight),
        };
        taken
    }

    fn refuse_excess(
        &mut self,
        conn: Conn,
        retry_ms: u64,
        id: Option<&str>,
        now: u64,
    ) -> Result<()> {
        self.tell_refused(conn, &Refusal::RateLimited { retry_ms }, id, now);
        let excess = self.members.get(conn).map_or(0, |seat| seat.excess);
        if excess > EXCESS_FRAMES.saturating_mul(EXCESS_SIGNALS) {
            self.expel(conn, Close::Flood, now)?;
        }
        Ok(())
    }
}

impl Frame {
    /// The sender's own name for it, where it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Message { id, .. } => id.as_deref(),
            Self::Edit { id, .. }
            | Self::Delete { id, .. }
            | Self::React { id, .. }
            | Self::Set { id, .. } => Some(id),
            Self::Typing { .. } | Self::Presence { .. } | Self::Signal { .. } => None,
        }
    }
}
