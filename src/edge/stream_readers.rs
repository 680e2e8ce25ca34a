//! The readers of a stream: how they come in, get what they are due, and go.

use super::readers::{self, CATCHING_UP, CONFLATED, COOL, EXPIRING, Frame, HOLD, MORE};
use super::reply::Response;
use super::stream_owner::Owner;
use super::{clock, js_error, promise, reply};
use crate::close::Close;
use crate::error::{Error, Result};
use crate::stream::{Chunk, Flush, Position, Reader, Stage, Then, Wire};
use js_sys::Uint8Array;
use std::rc::Rc;
use std::time::Duration;
use worker::{Delay, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

impl Owner {
    /// Handles a word of a reader's socket.
    pub(super) fn on_message(self: &Rc<Self>, socket: &WebSocket, word: &str) -> Result<()> {
        self.tally.message();
        let Some(reader) = readers::known(socket)? else {
            return Ok(());
        };
        match (reader.wire, reader.stage, word) {
            (Wire::EventStream, Stage::From(_), MORE) => self.show_next(socket)?,
            (Wire::EventStream, Stage::From(_), COOL) => self.cool_at(socket),
            (Wire::EventStream, Stage::Live, HOLD) => {
                self.show_now();
                let from = self.with(|stream| Ok(stream.next_seq()))?;
                let stage = Stage::From(from);
                readers::keep(Reader { stage, ..reader }, socket)?;
            }
            (Wire::EventStream, ..) => {}
            (Wire::Json, ..) => readers::close(socket, Close::OneWay),
        }
        Ok(())
    }

    /// Takes a new reader.
    pub(super) fn subscribe(
        self: &Rc<Self>,
        position: &Position,
        reader: Reader,
        now: u64,
    ) -> Result<Response> {
        let Reader { wire, until, .. } = reader;
        // What it is given now is not to come once more.
        self.show_now();
        let chunk = self.with(|stream| stream.subscribe(position, now))?;
        if chunk.is_none() && wire == Wire::EventStream {
            return reply::no_content();
        }
        let mut crowd = self.crowd.get();
        let is_full = crowd.is_full(self.max_readers, || self.state.get_websockets().len());
        self.crowd.set(crowd);
        if is_full && wire == Wire::EventStream {
            return Err(Error::full());
        }
        let pair = WebSocketPair::new()?;
        let socket = &pair.server;
        if until.is_some() {
            self.state.accept_websocket_with_tags(socket, &[EXPIRING]);
        } else {
            self.state.accept_web_socket(socket);
        }
        crowd.on_come();
        self.crowd.set(crowd);
        if is_full {
            readers::close(socket, Close::Full);
            return reply::websocket(&pair.client);
        }
        match wire {
            Wire::EventStream if self.with(|stream| Ok(stream.is_conflated()))? => {
                self.greetings.send(socket, Frame::Text(CONFLATED.into()));
            }
            Wire::EventStream => {}
            // Answered by the runtime, without waking the object.
            Wire::Json => {
                let pair = WebSocketRequestResponsePair::new("ping", "pong");
                let pair = pair.map_err(|error| js_error(&error))?;
                self.state.set_websocket_auto_response(&pair);
            }
        }
        match chunk {
            Some(chunk) => {
                self.is_greeting.set(true);
                let shown = self.show(socket, reader, &chunk);
                self.is_greeting.set(false);
                shown?;
                // All whose tokens run out are looked at otherwise.
                if until.is_some() && !self.alarm.covers(until) {
                    self.arm_soon();
                }
            }
            // An error would make a WebSocket client try for ever.
            None => readers::close(socket, Close::Done),
        }
        self.report_soon();
        reply::websocket(&pair.client)
    }

    /// Sends a chunk to one reader and notes where it stands.
    fn show(self: &Rc<Self>, socket: &WebSocket, reader: Reader, chunk: &Chunk) -> Result<()> {
        let wire = reader.wire;
        let text = self.with(|stream| wire.chunk(stream.epoch(), chunk))?;
        if !text.is_empty() {
            self.say(socket, Frame::new(wire, &text));
            self.tally.delivered(1);
        }
        let stage = match chunk.then {
            Then::Live => Stage::Live,
            Then::More(from) => Stage::From(from),
            Then::End => {
                self.greetings.release();
                readers::close(socket, Close::Done);
                return Ok(());
            }
        };
        readers::keep(Reader { stage, ..reader }, socket)?;
        if let Stage::From(_) = stage {
            match wire {
                // The bridge answers with the same word when it has room.
                Wire::EventStream => self.say(socket, Frame::Text(MORE.into())),
                Wire::Json => self.catch_up(socket),
            }
        }
        Ok(())
    }

    /// Sends a reader something, after its greeting or as a part of it.
    fn say(&self, socket: &WebSocket, frame: Frame) {
        if self.is_greeting.get() {
            self.greetings.send(socket, frame);
        } else {
            self.greetings.release();
            frame.send(socket);
        }
    }

    /// Sends the rest of the past to a client's own socket, chunk by chunk, as it
    /// has room. Should the object be evicted meanwhile, the socket is too.
    fn catch_up(self: &Rc<Self>, socket: &WebSocket) {
        let owner = Rc::clone(self);
        let socket = socket.clone();
        promise::in_background(
            &self.state,
            Box::pin(async move {
                if !readers::has_room(&socket, CATCHING_UP).await {
                    return readers::close(&socket, Close::SlowConsumer);
                }
                if let Err(error) = owner.show_next(&socket) {
                    worker::console_error!("a reader could not catch up: {error}");
                    readers::close(&socket, Close::Fault);
                }
            }),
        );
    }

    /// Sends the chunk that a reader is due, if it is behind.
    fn show_next(self: &Rc<Self>, socket: &WebSocket) -> Result<()> {
        if let Some(reader) = readers::known(socket)?
            && let Stage::From(from) = reader.stage
        {
            self.show_now();
            let chunk = self.with(|stream| stream.resume(from, clock::now()))?;
            self.show(socket, reader, &chunk)?;
        }
        Ok(())
    }

    /// Shows what is durable, at once or, where much happens, together with what comes
    /// in the next milliseconds.
    pub(super) fn show_soon(self: &Rc<Self>, flush: Flush) {
        if flush.records.is_empty() {
            return;
        }
        let now = clock::now();
        {
            let mut unshown = self.unshown.borrow_mut();
            unshown.records.extend(flush.records);
            unshown.ended |= flush.ended;
        }
        let mut pace = self.pace.get();
        pace.on_queued(now);
        self.pace.set(pace);
        // However much waits, its frame goes to everybody: waiting always gains.
        let wait = pace.due(1, now).map_or(0, |at| at.saturating_sub(now));
        if wait == 0 {
            return self.show_now();
        }
        if self.showing.replace(true) {
            return;
        }
        let owner = Rc::clone(self);
        promise::in_background(
            &self.state,
            Box::pin(async move {
                Delay::from(Duration::from_millis(wait)).await;
                owner.showing.set(false);
                owner.show_now();
            }),
        );
    }

    /// Shows what is durable and waits to be shown.
    pub(super) fn show_now(self: &Rc<Self>) {
        let flush = self.unshown.take();
        self.broadcast(&flush);
    }

    /// Whether the stream is hot now.
    pub(super) fn is_hot(&self) -> bool {
        let mut heat = self.heat.get();
        let is_hot = heat.is_hot(clock::now());
        self.heat.set(heat);
        is_hot
    }

    /// Sends what was written to all live readers.
    pub(super) fn broadcast(self: &Rc<Self>, flush: &Flush) {
        if flush.records.is_empty() {
            return;
        }
        self.report_soon();
        self.greetings.release();
        // Encoded once for each wire, and only if somebody speaks it.
        let (mut bytes, mut json): (Option<Frame>, Option<Frame>) = (None, None);
        let now = clock::now();
        if self.pouring() > 0
            && let Ok(frames) = self.with(|s| Wire::EventStream.records(s.epoch(), &flush.records))
        {
            let frames = Uint8Array::from(frames.as_bytes());
            self.tally.delivered(self.pour_out(&frames, flush.ended));
            bytes = Some(Frame::Bytes(frames));
        }
        // Those who are poured to have nothing to come over their sockets.
        let poured = self.pouring();
        let mut crowd = self.crowd.get();
        let others = if crowd.is_within(poured) {
            Vec::new()
        } else {
            let sockets = self.state.get_websockets();
            crowd.on_listed(sockets.len());
            self.crowd.set(crowd);
            sockets
        };
        let readers = poured.max(others.len());
        let mut heat = self.heat.get();
        // A client's own socket is the object's in any case, and its frames wake no Worker.
        heat.on_frame(poured.saturating_add(self.pours.bridged()), now);
        self.heat.set(heat);
        let mut pace = self.pace.get();
        pace.on_sent(flush.records.len().saturating_mul(readers), now);
        self.pace.set(pace);
        self.pours.begin_frame();
        for socket in others {
            if let Err(error) = self.pass_on(&socket, flush, &mut bytes, &mut json) {
                // The others get theirs; this one comes back for what it missed.
                worker::console_error!("a reader was not reached: {error}");
                readers::close(&socket, Close::Fault);
            }
        }
        if self.pouring() > 0 {
            self.cool_in_time();
        }
    }

    /// Sends live events to one reader, if that is what it is due.
    fn pass_on(
        self: &Rc<Self>,
        socket: &WebSocket,
        flush: &Flush,
        bytes: &mut Option<Frame>,
        json: &mut Option<Frame>,
    ) -> Result<()> {
        let reader = readers::known(socket)?;
        let Some(reader) = reader.filter(|reader| reader.stage == Stage::Live) else {
            return Ok(());
        };
        let wire = reader.wire;
        if wire == Wire::Json && readers::is_slow(socket) {
            if self.with(|stream| Ok(stream.is_conflated()))? {
                let from = flush.records.first().map_or(0, |record| record.seq);
                let stage = Stage::From(from);
                readers::keep(Reader { stage, ..reader }, socket)?;
                self.catch_up(socket);
            } else {
                readers::close(socket, Close::SlowConsumer);
            }
            return Ok(());
        }
        let slot = match wire {
            Wire::EventStream => bytes,
            Wire::Json => json,
        };
        let frame = if let Some(frame) = slot {
            frame
        } else {
            let text = self.with(|s| wire.records(s.epoch(), &flush.records))?;
            slot.insert(Frame::new(wire, &text))
        };
        frame.send(socket);
        self.tally.delivered(1);
        if wire == Wire::EventStream {
            self.pours.count_bridge();
        }
        if flush.ended {
            readers::close(socket, Close::Done);
        } else if reader.pours && self.heat.get().was_hot() {
            self.offer_pour(socket, reader)?;
        }
        Ok(())
    }

    /// Closes the connections whose tokens have run out.
    pub(super) fn close_expired(&self, now: u64) {
        self.greetings.release();
        for socket in self.state.get_websockets_with_tag(EXPIRING) {
            if let Ok(Some(reader)) = readers::known(&socket)
                && reader.until.is_some_and(|until| until <= now)
            {
                readers::close(&socket, Close::Expired);
                // The platform lists it for a while yet.
                let until = None;
                let _ = readers::keep(Reader { until, ..reader }, &socket);
            }
        }
    }

    /// When the next of them does.
    pub(super) fn next_token_end(&self) -> Option<u64> {
        let expiring = self.state.get_websockets_with_tag(EXPIRING);
        let readers = expiring
            .iter()
            .filter_map(|socket| readers::known(socket).ok()?);
        readers.filter_map(|reader| reader.until).min()
    }
}
