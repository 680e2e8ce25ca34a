//! The sockets of a room, by the numbers of their connections.

use super::bindings::AnyState;
use super::greetings::Greetings;
use super::readers::{self, Frame};
use crate::close::Close;
use crate::error::Result;
use crate::limit::FRAME_BYTES;
use crate::room::Payload;
use crate::room::backlog::Backlog;
use crate::room::seat::{Conn, Seat};
use crate::sorted::SortedMap;
use crate::stream::Wire;
use js_sys::{JsString, Map, Uint8Array};
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::ext::WebSocketExt;
use worker::{State, WebSocket};

/// The sockets of a room, as far as they are in it.
#[derive(Debug)]
pub(super) struct Sockets {
    by_number: RefCell<SortedMap<Conn, Line>>,
    /// The number of each socket: the same JavaScript object comes with every message,
    /// and to look here is cheaper than to read its attachment.
    numbers: Map,
    greetings: Greetings,
    /// The connection that is being greeted.
    greeted: Cell<Option<Conn>>,
}

/// A socket, and what is known of how much waits there.
#[derive(Debug)]
struct Line {
    socket: WebSocket,
    backlog: Cell<Backlog>,
}

impl Sockets {
    pub(super) fn new() -> Self {
        Self {
            by_number: RefCell::default(),
            numbers: Map::new(),
            greetings: Greetings::new(),
            greeted: Cell::default(),
        }
    }

    /// Finds all sockets of an object anew; what is kept of them.
    pub(super) fn load(&self, state: &State) -> Result<Vec<Seat>> {
        self.by_number.take();
        self.numbers.clear();
        let mut seats = Vec::new();
        for socket in state.get_websockets() {
            if let Some(seat) = seat_of(&socket)? {
                self.add(seat.conn, &socket);
                seats.push(seat);
            }
        }
        Ok(seats)
    }

    pub(super) fn add(&self, conn: Conn, socket: &WebSocket) {
        self.numbers.set(socket.as_ref(), &conn.0.into());
        let line = Line {
            socket: socket.clone(),
            backlog: Cell::default(),
        };
        self.by_number.borrow_mut().insert(conn, line);
    }

    /// Adds a new socket: what it is sent until [`Sockets::end_greeting`] is held as its greeting.
    pub(super) fn begin_greeting(&self, conn: Conn, socket: &WebSocket) {
        self.add(conn, socket);
        self.greeted.set(Some(conn));
    }

    /// What is sent from now on is no greeting any more.
    pub(super) fn end_greeting(&self) {
        self.greeted.take();
    }

    pub(super) fn remove(&self, conn: Conn) -> Option<WebSocket> {
        let socket = self.by_number.borrow_mut().remove(&conn)?.socket;
        self.numbers.delete(socket.as_ref());
        Some(socket)
    }

    pub(super) fn get(&self, conn: Conn) -> Option<WebSocket> {
        let sockets = self.by_number.borrow();
        sockets.get(&conn).map(|line| line.socket.clone())
    }

    /// The number of a socket that is known.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was a u32; a cast of a float saturates"
    )]
    pub(super) fn number_of(&self, socket: &WebSocket) -> Option<Conn> {
        let number = self.numbers.get(socket.as_ref()).as_f64()?;
        Some(Conn(number as u32))
    }

    /// Keeps a seat in its socket's attachment, where it survives hibernation.
    pub(super) fn keep(&self, seat: &Seat) -> Result<()> {
        let json = seat.to_json()?;
        if let Some(line) = self.by_number.borrow().get(&seat.conn) {
            // One that cannot be kept is closing.
            let _ = line.socket.as_ref().serialize_attachment(json.into());
        }
        Ok(())
    }

    /// Sends something, made once for all; to how many. Of those for whom much may wait
    /// `may_send` has to say so when it is told how many bytes do.
    pub(super) fn send(
        &self,
        to: &[Conn],
        payload: &Payload,
        mut may_send: impl FnMut(Conn, usize) -> bool,
    ) -> u64 {
        let (frame, length) = match payload {
            Payload::Text(text) => (Frame::new(Wire::Json, text), text.len()),
            Payload::Events(events) => (Frame::new(Wire::EventStream, events), events.len()),
            Payload::Bytes(bytes) => (Frame::from(bytes.as_slice()), bytes.len()),
        };
        let sockets = self.by_number.borrow();
        if let [conn] = to
            && self.greeted.get() == Some(*conn)
            && let Some(line) = sockets.get(conn)
        {
            self.greetings.send(&line.socket, frame);
            line.backlog.set(line.backlog.get().and_sent(length));
            return 1;
        }
        self.greetings.release();
        let mut sent = 0_u64;
        for conn in to {
            let Some(Line { socket, backlog }) = sockets.get(conn) else {
                continue;
            };
            if backlog.get().may_be_long() {
                let waiting = readers::waiting(socket);
                backlog.set(Backlog::found(waiting));
                if !may_send(*conn, waiting) {
                    continue;
                }
            }
            frame.send(socket);
            backlog.set(backlog.get().and_sent(length));
            sent = sent.saturating_add(1);
        }
        sent
    }

    /// Closes a connection that is not in the room any more.
    pub(super) fn hang_up(&self, conn: Conn, close: Close) {
        if let Some(socket) = self.remove(conn) {
            self.greetings.release();
            // It stays among the object's sockets until the client has answered.
            let _ = socket.as_ref().serialize_attachment(JsValue::NULL);
            readers::close(&socket, close);
        }
    }

    /// When each connection last pinged, in milliseconds of Unix time, of those that
    /// ever did.
    pub(super) fn pinged(&self, state: &State) -> Vec<(Conn, u64)> {
        let state: &AnyState = state.as_raw().unchecked_ref();
        let sockets = self.by_number.borrow();
        let pinged = sockets.iter().filter_map(|(conn, line)| {
            let date = state.auto_response_timestamp(line.socket.as_ref())?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "Unix time; a cast of a float saturates"
            )]
            let at = date.get_time() as u64;
            Some((*conn, at))
        });
        pinged.collect()
    }
}

/// What a client sends.
pub(super) enum Received {
    Text(String),
    Bytes(Vec<u8>),
    /// Longer than any frame may be.
    TooLong,
}

impl Received {
    /// Copies it into wasm, if it is not too long for that: the platform lets 32 MiB in,
    /// and wasm's memory never shrinks again.
    pub(super) fn of(message: &JsValue) -> Self {
        let fits = |length: u32| usize::try_from(length).is_ok_and(|l| l <= FRAME_BYTES);
        if let Some(text) = message.dyn_ref::<JsString>() {
            // Each of its units is a byte at the least.
            return if fits(text.length()) {
                Self::Text(text.into())
            } else {
                Self::TooLong
            };
        }
        let bytes = Uint8Array::new(message);
        if fits(bytes.length()) {
            Self::Bytes(bytes.to_vec())
        } else {
            Self::TooLong
        }
    }
}

/// What is kept of a socket; `None` for one that is not in the room any more.
pub(super) fn seat_of(socket: &WebSocket) -> Result<Option<Seat>> {
    readers::attachment(socket)
        .map(|json| Seat::from_json(&json))
        .transpose()
}
