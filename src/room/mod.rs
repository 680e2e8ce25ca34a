//! Rooms: two-way, a connection for each member, a log for what must not be lost.
//!
//! [`Room`] is the whole behaviour of a room without a clock, a socket or a timer.
//! It is told what happens ([`Room::join`], [`Room::on_text`], [`Room::on_close`],
//! …) and when, and collects what is to be done in [`Output`]s; the Durable Object
//! around it carries them out in their order. It says itself when it wants to be
//! called again: [`Room::next_timer`] while it is awake, [`Room::next_alarm`] also
//! when it sleeps.
//!
//! # Layout
//!
//! - [`frame`], [`refusal`]: what a client sends, and why it may not be taken.
//! - [`anonymous`]: who somebody is without a token. [`seat`]: a connection; `members`: those behind the connections.
//! - `join`: coming in, and the way from the past to now. `receive`: what comes from
//!   clients; `say`: what is kept of it; `tell`: what is for the moment.
//! - `moderate`: leaving, being sent away. `history`: pages, and the room as JSON.
//! - [`message`], [`state`], `bans`: what is stored.
//! - `outbox`, [`crate::pace`]: what waits to be sent, and for how long. [`backlog`]: what
//!   waits to be taken. [`bucket`]: floods.
//! - `backup`: exporting a room and importing it. `erase`: what a member said is gone.
//! - [`config`], [`command`], [`post`]: how it is set up, what the Worker asks of it, and
//!   what servers say in it.
//!
//! # Persist, then show
//!
//! Nothing is shown or acknowledged before it is durable. A frame of a client only
//! changes what is in memory and puts something into the outbox; [`Room::flush`]
//! writes everything that has come together as one, and then sends one frame to
//! each connection. After an error of the storage the memory is ahead of it: drop
//! the room, and close those who wait for an answer ([`Room::unanswered`]), who will
//! come back and send again.

pub mod anonymous;
pub mod backlog;
mod backup;
pub(crate) mod bans;
pub mod bucket;
pub mod command;
pub mod config;
mod erase;
pub mod frame;
mod history;
mod join;
mod members;
pub mod message;
mod moderate;
pub mod object;
mod outbox;
pub mod post;
mod receive;
pub mod refusal;
mod say;
pub mod seat;
pub mod state;
mod tell;

pub use erase::Erased;
pub use history::PageRequest;
pub use say::Receipt;

use crate::close::Close;
use crate::cursor::Epoch;
use crate::error::{Error, Result};
use crate::limit::{COUNT_MS, TYPING_MS};
use crate::log::{Log, Record, Storage};
use crate::pace::Pace;
use crate::sorted::SortedMap;
use crate::sse::event;
use crate::stream::Wire;
use bans::Bans;
use config::{Config, Settings};
use members::Members;
use outbox::Outbox;
use seat::{Conn, Seat, Stage};
use state::State;

const META_CONFIG: &str = "config";

/// What is sent to connections, made once for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A text frame: JSON.
    Text(String),
    /// A part of an event stream, for the bridge that a watcher reads from.
    Events(String),
    /// A binary frame.
    Bytes(Vec<u8>),
}

/// What is to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this to these connections.
    Send {
        /// Who gets it.
        to: Vec<Conn>,
        /// What they get.
        payload: Payload,
    },
    /// Keep [`Room::seat`] in the attachment of this connection.
    Keep(Conn),
    /// This connection is behind: call [`Room::catch_up`] when it has room.
    CatchUp(Conn),
    /// Close this connection. It is out of the room already.
    Close(Conn, Close),
}

/// A room in some storage, with its connections.
#[derive(Debug)]
pub struct Room<S> {
    log: Log<S>,
    config: Config,
    settings: Settings,
    state: State,
    /// Loaded when somebody comes in.
    bans: Option<Bans>,
    members: Members,
    outbox: Outbox,
    pace: Pace,
    outputs: Vec<Output>,
    /// Connections whose seats have changed since they were kept, and when.
    changed: SortedMap<Conn, u64>,
    /// Who is typing, and until when.
    typing: SortedMap<Conn, u64>,
    /// Since when too much waits for a connection.
    slow: SortedMap<Conn, u64>,
    /// When members last said something, for slow mode.
    said_at: SortedMap<String, u64>,
    /// Whether a large room has to be told how many there are, and when it last was.
    count_due: bool,
    /// When everybody was last told who is left.
    listed_at: u64,
    counted_at: u64,
}

impl<S: Storage> Room<S> {
    /// Opens the room in `storage` with the connections that it has; `fresh` is the
    /// epoch of its log if it does not exist yet.
    pub fn open(storage: S, fresh: Epoch, settings: Settings, seats: Vec<Seat>) -> Result<Self> {
        let config: Config = match storage.meta(META_CONFIG)? {
            None => Config::default(),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                Error::Internal(format!("the stored configuration cannot be read: {error}"))
            })?,
        };
        let state = State::open(&storage)?;
        let log = Log::open(storage, fresh, config.retention())?;
        Ok(Self {
            log,
            config,
            settings,
            state,
            bans: None,
            members: Members::of(seats),
            outbox: Outbox::default(),
            pace: Pace::default(),
            outputs: Vec::new(),
            changed: SortedMap::new(),
            typing: SortedMap::new(),
            slow: SortedMap::new(),
            said_at: SortedMap::new(),
            count_due: false,
            listed_at: 0,
            counted_at: 0,
        })
    }

    /// Where it is kept.
    pub fn storage(&self) -> &S {
        self.log.storage()
    }

    /// What is to be done, once.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// A connection as it is to be kept in its attachment.
    #[must_use]
    pub fn seat(&self, conn: Conn) -> Option<&Seat> {
        self.members.get(conn)
    }

    /// A number for a new connection. It is chosen at random, so that nothing which
    /// is still on its way for a former connection meets the new one.
    #[must_use]
    pub fn free_conn(&self, random: u32) -> Conn {
        self.members.free(random)
    }

    /// Those who have to come back where the storage has failed: whose frames are not answered
    /// yet; or all, where some of what was to be written may have been.
    #[must_use]
    pub fn unanswered(&self) -> Vec<Conn> {
        if self.outbox.has_events() {
            self.members.seats().map(|seat| seat.conn).collect()
        } else {
            self.outbox.addressees().collect()
        }
    }

    /// Whether there is anything: it was configured, something was stored, or
    /// somebody is in.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.log.exists() || self.members.count() > 0
    }

    /// Replaces the configuration; whether the room is new.
    pub fn configure(&mut self, config: Config, now: u64) -> Result<bool> {
        let is_new = !self.exists();
        self.log.create()?;
        let text = serde_json::to_string(&config).map_err(|error| {
            Error::Internal(format!("the configuration cannot be stored: {error}"))
        })?;
        self.log.storage_mut().set_meta(META_CONFIG, &text)?;
        self.log.set_retention(config.retention(), now)?;
        self.config = config;
        Ok(is_new)
    }

    /// Whether nothing waits to be written or sent.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.outbox.len() == 0
    }

    /// Takes back a connection that the room does not know of, from its attachment:
    /// one that was already closing when the others were found.
    pub fn restore(&mut self, seat: Seat) {
        self.members.add(seat);
    }

    /// When [`Room::on_timer`] is to be called, in milliseconds from `now`; `None`
    /// where nothing is under way and the room may sleep.
    #[must_use]
    pub fn next_timer(&self, now: u64) -> Option<u64> {
        let typing = self.typing.values().min().copied();
        let count = self.count_due.then(|| self.count_at());
        let sent = self.pace.due(self.outbox.len(), now);
        let next = [typing, count, sent].into_iter().flatten().min();
        // A clock that steps back must not hold anything.
        next.map(|at| at.saturating_sub(now).min(COUNT_MS.max(TYPING_MS)))
    }

    /// Does what is due at `now`. Calling it early or twice is harmless.
    pub fn on_timer(&mut self, now: u64) -> Result<()> {
        let over = self.typing.iter();
        let over =
            over.filter(|(_, until)| **until <= now || **until > now.saturating_add(TYPING_MS));
        let over: Vec<Conn> = over.map(|(conn, _)| *conn).collect();
        for conn in over {
            self.stop_typing(conn, now);
        }
        // Not held where the clock has stepped back.
        if self.count_due && (self.count_at() <= now || self.counted_at > now) {
            self.tell_count(now);
        }
        if self.pace.is_time(self.outbox.len(), now) {
            self.flush(now)?;
        }
        Ok(())
    }

    /// When [`Room::on_alarm`] is to be called, in milliseconds of Unix time, also
    /// where the room sleeps until then.
    pub fn next_alarm(&mut self, now: u64) -> Result<Option<u64>> {
        let expiry = self.log.next_expiry(now)?;
        let silence = self.silence_from(now);
        let silence = silence.filter(|_| self.members.connections() > 0);
        // What has none of it any more is forgotten.
        let ban = self.bans.as_ref().and_then(|bans| bans.next_end(now));
        let token = self.members.seats().filter_map(Seat::until).min();
        Ok([expiry, silence, ban, token].into_iter().flatten().min())
    }

    /// When that is for the sake of a connection that has just come in: what all the others
    /// are due need not be looked for when an alarm is set for them already.
    #[must_use]
    pub fn next_alarm_of(&self, conn: Conn, now: u64) -> Option<u64> {
        let seat = self.members.get(conn)?;
        let times = [self.silence_from(now), seat.until()];
        times.into_iter().flatten().min()
    }

    fn silence_from(&self, now: u64) -> Option<u64> {
        let silence = self.settings.silence_ms;
        silence.map(|ms| now.saturating_add(ms))
    }

    /// Does what time brings: gives up those of whom nothing was heard for long and
    /// those whose tokens have run out, and deletes what has expired. `pinged` is when each connection last pinged, of
    /// those that ever did. Calling it early, late or twice is harmless.
    pub fn on_alarm(&mut self, pinged: &[(Conn, u64)], now: u64) -> Result<()> {
        let expired = self.members.seats().filter(|seat| seat.is_expired(now));
        let expired: Vec<Conn> = expired.map(|seat| seat.conn).collect();
        for conn in expired {
            self.expel(conn, Close::Expired, now)?;
        }
        if let Some(silence) = self.settings.silence_ms {
            for (conn, at) in pinged {
                let heard_at = self.members.get(*conn).map(|seat| seat.heard_at.max(*at));
                if heard_at.is_some_and(|at| at.saturating_add(silence) <= now) {
                    self.expel(*conn, Close::Silent, now)?;
                }
            }
        }
        if self
            .log
            .next_expiry(now)?
            .is_none_or(|expiry| expiry <= now)
        {
            self.log.expire(now)?;
        }
        Ok(())
    }

    /// Whether nothing is left that anybody could ask for: then it may be forgotten.
    pub fn is_spent(&mut self, now: u64) -> Result<bool> {
        let configured = self.log.storage().meta(META_CONFIG)?.is_some();
        Ok(self.log.exists()
            && !configured
            && self.members.connections() == 0
            && !self.log.is_pending()
            && self.log.next_expiry(now)?.is_none()
            && self.state.is_empty()
            && !self.state.is_changed()
            && self.bans()?.next_end(now).is_none())
    }

    /// The connections of this wire that get events as they come.
    #[must_use]
    pub fn live(&self, wire: Wire) -> Vec<Conn> {
        let is_live = |seat: &&Seat| seat.wire == wire && seat.stage == Stage::Live;
        let seats = self.members.seats().filter(is_live);
        seats.map(|seat| seat.conn).collect()
    }

    /// Makes everything that has come together durable, and sends it.
    pub fn flush(&mut self, now: u64) -> Result<()> {
        if self.state.is_changed() {
            self.log.create()?;
            self.state.commit(self.log.storage_mut())?;
        }
        let records = self.log.commit()?;
        let epoch = self.log.epoch();
        let events: Vec<String> = records.iter().map(|r| message::frame(epoch, r)).collect();
        self.send_events(&events, &records, now);
        Ok(())
    }

    /// Sends everything that has come together, the events of the log as these frames.
    fn send_events(&mut self, events: &[String], records: &[Record], now: u64) {
        let deliveries = self.outbox.deliveries(self.members.connections());
        for (to, frame) in self.outbox.take(events, self.members.seats()) {
            let payload = Payload::Text(frame);
            self.outputs.push(Output::Send { to, payload });
        }
        if !records.is_empty() {
            let to = self.live(Wire::EventStream);
            if !to.is_empty() {
                let payload = Payload::Events(self.as_event_stream(records));
                self.outputs.push(Output::Send { to, payload });
            }
        }
        for (conn, _) in std::mem::take(&mut self.changed).into_entries() {
            self.outputs.push(Output::Keep(conn));
        }
        self.pace.on_sent(deliveries, now);
    }

    /// Shows events that are durable already to everybody who is live.
    fn tell_written(&mut self, records: &[Record], now: u64) {
        let epoch = self.log.epoch();
        let events: Vec<String> = records.iter().map(|r| message::frame(epoch, r)).collect();
        for _ in records {
            self.outbox.event();
        }
        self.send_events(&events, records, now);
    }

    /// Events of the log as a part of an event stream: the same frames, as data.
    fn as_event_stream(&self, records: &[Record]) -> String {
        let epoch = self.log.epoch();
        let mut out = String::new();
        for record in records {
            let frame = message::frame(epoch, record);
            event::write_event(&mut out, &record.kind, &frame, epoch, record.seq);
        }
        out
    }

    fn bans(&mut self) -> Result<&mut Bans> {
        if self.bans.is_none() {
            self.bans = Some(Bans::open(self.log.storage())?);
        }
        Ok(self.bans.get_or_insert_default())
    }
}
