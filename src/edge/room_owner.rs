//! The owner of a room: what its Durable Object does, around [`Room`].
//!
//! It tells the room what happens, carries out what the room says, and calls it
//! again when the room wants to be called. All connections are hibernating
//! WebSockets: while nobody speaks the object sleeps, and what it must know of each
//! is in the socket's attachment. A timer is only ever set for what is under way.

use super::alarm::Alarm;
use super::readers::{self, BEING_THERE, CATCHING_UP, MORE};
use super::room_sockets::{Received, Sockets, seat_of};
use super::sqlite::Sqlite;
use super::tally::Tally;
use super::{clock, promise, settings};
use crate::close::Close;
use crate::error::{Error, Result};
use crate::patience::Patience;
use crate::room::config::Settings;
use crate::room::seat::Conn;
use crate::room::{Output, Payload, Room};
use crate::stream::Wire;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use worker::{Env, State, WebSocket};

/// How long after a look who takes nothing of what waits there may be the next, in
/// milliseconds: whoever is turned away asks for one.
const LOOK_MS: u64 = 10_000;

/// A room with its storage, its sockets and its timer.
pub(super) struct Owner {
    pub(super) state: State,
    settings: Settings,
    /// When this instance was constructed: with it, its memory began.
    pub(super) awake_since: u64,
    /// Loaded when first needed, with the sockets; dropped after an error, so that
    /// what is in memory is never ahead of what is stored.
    pub(super) room: RefCell<Option<Room<Sqlite>>>,
    pub(super) sockets: Sockets,
    /// Servers that wait for their message to be durable.
    pub(super) waiting: RefCell<Vec<oneshot::Sender<Result<()>>>>,
    /// When the timer goes off, in milliseconds of Unix time, and what it is cleared by.
    pub(super) pending: RefCell<Option<(u64, JsValue)>>,
    pub(super) on_timer: Closure<dyn FnMut()>,
    pub(super) alarm: Alarm,
    /// What it has cost.
    pub(super) tally: Rc<Tally>,
    pub(super) answers_pings: Cell<bool>,
    /// When it was last looked who takes nothing of what waits.
    looked_at: Cell<u64>,
}

impl Owner {
    pub(super) fn new(state: State, env: &Env) -> Rc<Self> {
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let weak = Weak::clone(weak);
            let on_timer = Closure::new(move || {
                if let Some(owner) = weak.upgrade() {
                    owner.timer();
                }
            });
            Self {
                settings: settings::room(env),
                state,
                awake_since: clock::now(),
                room: RefCell::default(),
                sockets: Sockets::new(),
                waiting: RefCell::default(),
                pending: RefCell::default(),
                on_timer,
                alarm: Alarm::default(),
                tally: Rc::new(Tally::woken()),
                answers_pings: Cell::default(),
                looked_at: Cell::default(),
            }
        })
    }

    /// A message of a socket. Whatever goes wrong is told to the client: a throw
    /// would leave it waiting for ever.
    pub(super) fn on_message(self: &Rc<Self>, socket: &WebSocket, message: &JsValue) {
        self.tally.message();
        let now = clock::now();
        let conn = match self.conn_of(socket) {
            Ok(Some(conn)) => conn,
            Ok(None) => return,
            Err(error) => {
                worker::console_error!("a room could not be loaded: {error}");
                return readers::close(socket, Close::Fault);
            }
        };
        let outcome = self.with(|room| match room.seat(conn).map(|seat| seat.wire) {
            Some(Wire::EventStream) if readers::word_of(message) == MORE => {
                room.catch_up(conn, now)
            }
            Some(Wire::Json) => match Received::of(message) {
                Received::Text(text) => {
                    let taken = room.on_text(conn, &text, now);
                    #[cfg(feature = "panic-route")]
                    super::panic_route::pass("room", &text);
                    taken
                }
                Received::Bytes(bytes) => room.on_bytes(conn, bytes, now),
                Received::TooLong => room.on_too_long(conn, now),
            },
            _ => Ok(()),
        });
        if let Err(error) = outcome {
            worker::console_error!("a message could not be handled: {error}");
            self.fault(conn);
        }
    }

    /// A socket is gone. The close is answered at once, or the client would wait.
    pub(super) fn on_close(self: &Rc<Self>, socket: &WebSocket, code: u16) {
        readers::answer_close(socket, code);
        let outcome = self.conn_of(socket).and_then(|conn| {
            let Some(conn) = conn else {
                return Ok(());
            };
            self.sockets.remove(conn);
            let now = clock::now();
            self.with(|room| {
                room.on_close(conn, now);
                Ok(())
            })
        });
        if let Err(error) = outcome {
            worker::console_error!("a close could not be handled: {error}");
        }
    }

    /// Sends away those who take nothing of what waits for them, when that has been so for
    /// ten seconds.
    ///
    /// A client that resets its connection before the handshake is answered is one:
    /// workerd hands on its socket all the same, and never says that nobody is there.
    pub(super) fn let_go_of_absent(self: &Rc<Self>) {
        let now = clock::now();
        if self.looked_at.get().abs_diff(now) < LOOK_MS {
            return;
        }
        self.looked_at.set(now);
        let members = self
            .room
            .borrow()
            .as_ref()
            .map(|room| room.live(Wire::Json));
        for conn in members.unwrap_or_default() {
            if let Some(socket) = self.sockets.get(conn)
                && readers::waiting(&socket) > 0
            {
                self.await_room(conn, socket, BEING_THERE);
            }
        }
    }

    pub(super) fn tell_waiting(&self, outcome: &Result<()>) {
        for sender in self.waiting.take() {
            let _ = sender.send(outcome.clone());
        }
    }

    /// Calls the room, loading it where it is not in memory, and carries out what it
    /// says.
    pub(super) fn with<T>(
        self: &Rc<Self>,
        call: impl FnOnce(&mut Room<Sqlite>) -> Result<T>,
    ) -> Result<T> {
        // All that does not depend on `T` is code that is there once.
        let mut room = self.enter()?;
        let result = call(&mut room);
        let outputs = room.take_outputs();
        drop(room);
        self.leave(result.as_ref().err(), outputs);
        result
    }

    fn enter(&self) -> Result<RefMut<'_, Room<Sqlite>>> {
        let mut slot = self.room.borrow_mut();
        if slot.is_none() {
            *slot = Some(self.load()?);
        }
        RefMut::filter_map(slot, Option::as_mut)
            .map_err(|_| Error::Internal("a room was not loaded".to_owned()))
    }

    fn leave(self: &Rc<Self>, failure: Option<&Error>, outputs: Vec<Output>) {
        // Also where it failed: what is to be sent was durable before.
        self.carry_out(outputs);
        if matches!(failure, Some(Error::Internal(_))) {
            self.recover();
            return;
        }
        // Whatever it was that flushed the room.
        let is_flushed = |room: &Room<Sqlite>| room.is_flushed();
        if !self.waiting.borrow().is_empty() && self.room.borrow().as_ref().is_some_and(is_flushed)
        {
            self.tell_waiting(&Ok(()));
        }
        self.set_timer();
    }

    /// After a failure of the storage: forgets what is in memory, and sends away those who
    /// would wait for ever, or would have a hole and not know.
    fn recover(self: &Rc<Self>) {
        let room = self.room.borrow_mut().take();
        self.tell_waiting(&Err(interrupted()));
        for conn in room.map(|room| room.unanswered()).unwrap_or_default() {
            self.fault(conn);
        }
    }

    /// Has a connection come back and send again what was not answered.
    fn fault(self: &Rc<Self>, conn: Conn) {
        let now = clock::now();
        if self.with(|room| room.on_fault(conn, now)).is_err() {
            self.sockets.hang_up(conn, Close::Fault);
        }
    }

    fn load(&self) -> Result<Room<Sqlite>> {
        let seats = self.sockets.load(&self.state)?;
        let sqlite = Sqlite::new(self.state.storage().sql(), &self.tally)?;
        Room::open(sqlite, clock::fresh_epoch(), self.settings, seats)
    }

    /// The number of a socket; `None` for one that is not in the room any more.
    fn conn_of(self: &Rc<Self>, socket: &WebSocket) -> Result<Option<Conn>> {
        if self.room.borrow().is_none() {
            // Loads the sockets, too.
            self.with(|_| Ok(()))?;
        }
        if let Some(conn) = self.sockets.number_of(socket) {
            return Ok(Some(conn));
        }
        let Some(seat) = seat_of(socket)? else {
            return Ok(None);
        };
        let conn = seat.conn;
        self.sockets.add(conn, socket);
        self.with(|room| {
            if room.seat(conn).is_none() {
                room.restore(seat);
            }
            Ok(())
        })?;
        Ok(Some(conn))
    }

    fn carry_out(self: &Rc<Self>, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { to, payload } => self.send(&to, &payload),
                Output::Keep(conn) => self.keep(conn),
                Output::CatchUp(conn) => self.catch_up(conn),
                Output::Close(conn, close) => self.sockets.hang_up(conn, close),
            }
        }
    }

    fn send(self: &Rc<Self>, to: &[Conn], payload: &Payload) {
        // The bridge of a watcher takes care of that itself.
        let is_bridge = matches!(payload, Payload::Events(_));
        let now = clock::now();
        let mut outputs = Vec::new();
        if let Some(room) = self.room.borrow_mut().as_mut() {
            let sent = self.sockets.send(to, payload, |conn, waiting| {
                is_bridge || room.may_send(conn, waiting, now)
            });
            self.tally.delivered(sent);
            outputs = room.take_outputs();
        }
        // Those for whom too much waits are sent away.
        self.carry_out(outputs);
    }

    fn keep(&self, conn: Conn) {
        let room = self.room.borrow();
        let seat = room.as_ref().and_then(|room| room.seat(conn));
        if let Some(Err(error)) = seat.map(|seat| self.sockets.keep(seat)) {
            worker::console_error!("a connection could not be kept: {error}");
        }
    }

    /// Sends the rest of the past to a connection, as it has room.
    fn catch_up(self: &Rc<Self>, conn: Conn) {
        let Some(socket) = self.sockets.get(conn) else {
            return;
        };
        let room = self.room.borrow();
        let wire = room
            .as_ref()
            .and_then(|room| room.seat(conn))
            .map(|seat| seat.wire);
        if wire == Some(Wire::EventStream) {
            // The bridge answers with the same word when it has room.
            let word = Payload::Text(MORE.to_owned());
            self.sockets.send(&[conn], &word, |_, _| true);
            return;
        }
        drop(room);
        self.await_room(conn, socket, CATCHING_UP);
    }

    /// Sends a member the rest of the past when there is room for it, or the member away
    /// when the patience is at its end.
    fn await_room(self: &Rc<Self>, conn: Conn, socket: WebSocket, patience: Patience) {
        let owner = Rc::clone(self);
        promise::in_background(
            &self.state,
            Box::pin(async move {
                let has_room = readers::has_room(&socket, patience).await;
                let now = clock::now();
                let outcome = owner.with(|room| {
                    if has_room {
                        room.catch_up(conn, now)
                    } else {
                        room.on_slow(conn, now);
                        Ok(())
                    }
                });
                if let Err(error) = outcome {
                    worker::console_error!("a member could not catch up: {error}");
                    owner.fault(conn);
                }
            }),
        );
    }
}

/// What a server is told whose message may not have been stored.
pub(super) fn interrupted() -> Error {
    Error::Unavailable(
        "The message could not be stored. Send it again, with the same id.".to_owned(),
    )
}
