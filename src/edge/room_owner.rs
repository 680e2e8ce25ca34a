//! The owner of a room: what its Durable Object does, around [`Room`].
//!
//! It tells the room what happens, carries out what the room says, and calls it
//! again when the room wants to be called. All connections are hibernating
//! WebSockets: while nobody speaks the object sleeps, and what it must know of each
//! is in the socket's attachment. A timer is only ever set for what is under way.

use super::bindings::{self, AnyState};
use super::readers::{self, Frame, MORE};
use super::sqlite::Sqlite;
use super::{clock, in_background, js_error, reply, settings, stub};
use crate::close::{self, Close};
use crate::error::{Error, Result};
use crate::room::command::Command;
use crate::room::config::Settings;
use crate::room::frame::Frame as Post;
use crate::room::object::Object;
use crate::room::seat::{Conn, Seat};
use crate::room::{Output, Payload, Room};
use crate::sorted::SortedMap;
use crate::stream::Wire;
use futures_channel::oneshot;
use js_sys::Map;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use worker::{
    Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    WebSocketRequestResponsePair,
};

/// A room with its storage, its sockets and its timer.
pub(super) struct Owner {
    state: State,
    settings: Settings,
    /// When this instance was constructed: with it, its memory began.
    awake_since: u64,
    /// Loaded when first needed, with the sockets; dropped after an error, so that
    /// what is in memory is never ahead of what is stored.
    room: RefCell<Option<Room<Sqlite>>>,
    sockets: RefCell<SortedMap<Conn, WebSocket>>,
    /// The number of each socket: the same object comes with every message, and to
    /// look here is cheaper than to read its attachment.
    numbers: Map,
    /// Servers that wait for their message to be durable.
    waiting: RefCell<Vec<oneshot::Sender<Result<()>>>>,
    /// When the timer goes off, in milliseconds of Unix time.
    timer_at: Cell<Option<u64>>,
    on_timer: OnceCell<Closure<dyn FnMut()>>,
    /// When the alarm goes off, as far as this instance knows.
    alarm_at: Cell<Option<u64>>,
    answers_pings: Cell<bool>,
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
                sockets: RefCell::default(),
                numbers: Map::new(),
                waiting: RefCell::default(),
                timer_at: Cell::default(),
                on_timer: OnceCell::from(on_timer),
                alarm_at: Cell::default(),
                answers_pings: Cell::default(),
            }
        })
    }

    pub(super) async fn on_request(self: &Rc<Self>, request: Request) -> Result<Response> {
        let command = Command::from_json(&stub::command_of(request).await?)?;
        let now = clock::now();
        match command {
            Command::Join { who, position } => {
                self.accept(|room, conn| room.join(conn, &who, &position, now))
            }
            Command::Watch { position } => {
                self.accept(|room, conn| room.watch(conn, &position, now))
            }
            Command::Info => {
                let info = self.with(|room| room.info(self.awake_since, now))?;
                Ok(reply::json_text(200, "application/json", &info)?)
            }
            Command::Configure { config } => {
                let is_new = self.with(|room| room.configure(config))?;
                self.arm().await?;
                let info = self.with(|room| room.info(self.awake_since, now))?;
                let status = if is_new { 201 } else { 200 };
                Ok(reply::json_text(status, "application/json", &info)?)
            }
            Command::Page(request) => {
                let page =
                    self.with(|room| room.must_exist().and_then(|()| room.page(&request, now)))?;
                Ok(reply::json_text(200, "application/json", &page)?)
            }
            Command::Post { who, body } => {
                let (post, _) = Post::parse_post(body.as_bytes())?;
                let receipt = self.with(|room| room.post(&who, &post, now))?;
                self.flushed().await?;
                let receipt = Object::new()
                    .text("cursor", &receipt.cursor.to_string())
                    .maybe_text("id", post.id())
                    .flag("duplicate", receipt.duplicate);
                Ok(reply::json_text(200, "application/json", &receipt.end())?)
            }
            Command::Kick { id, ban_ms } => {
                self.with(|room| room.kick(&id, ban_ms, now))?;
                Ok(reply::no_content()?)
            }
            Command::Delete => {
                self.with(|room| room.must_exist())?;
                self.forget(now).await?;
                Ok(reply::no_content()?)
            }
        }
    }

    /// Takes a new connection, and lets it in as `enter` says.
    fn accept(
        self: &Rc<Self>,
        enter: impl FnOnce(&mut Room<Sqlite>, Conn) -> Result<()>,
    ) -> Result<Response> {
        // Loaded before there is a socket that nothing is known of yet.
        let conn = self.with(|room| Ok(room.free_conn(clock::random_u32())))?;
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        if !self.answers_pings.replace(true) {
            // Answered by the runtime, without waking the object.
            let pair = WebSocketRequestResponsePair::new("ping", "pong");
            let pair = pair.map_err(|error| js_error(&error))?;
            self.state.set_websocket_auto_response(&pair);
        }
        self.register(conn, &pair.server);
        if let Err(error) = self.with(|room| enter(room, conn)) {
            self.hang_up(conn, Close::Fault);
            return Err(error);
        }
        self.arm_soon();
        Ok(Response::from_websocket(pair.client)?)
    }

    /// A message of a socket. Whatever goes wrong is told to the client: a throw
    /// would leave it waiting for ever.
    pub(super) fn on_message(
        self: &Rc<Self>,
        socket: &WebSocket,
        message: WebSocketIncomingMessage,
    ) {
        let now = clock::now();
        let conn = match self.conn_of(socket) {
            Ok(Some(conn)) => conn,
            Ok(None) => return,
            Err(error) => {
                worker::console_error!("a room could not be loaded: {error}");
                return readers::close(socket, Close::Fault);
            }
        };
        let outcome = self.with(|room| {
            let wire = room.seat(conn).map(|seat| seat.wire);
            match (wire, message) {
                (Some(Wire::EventStream), WebSocketIncomingMessage::String(word))
                    if word == MORE =>
                {
                    room.catch_up(conn, now)
                }
                (Some(Wire::Json), WebSocketIncomingMessage::String(text)) => {
                    room.on_text(conn, &text, now)
                }
                (Some(Wire::Json), WebSocketIncomingMessage::Binary(bytes)) => {
                    room.on_bytes(conn, bytes, now)
                }
                _ => Ok(()),
            }
        });
        if let Err(error) = outcome {
            worker::console_error!("a message could not be handled: {error}");
            self.fault(conn);
        }
    }

    /// A socket is gone. The close is answered at once, or the client would wait.
    pub(super) fn on_close(self: &Rc<Self>, socket: &WebSocket, code: u16) {
        if let Some(code) = close::echo(code) {
            // It may be closed already, and then it has its answer.
            let _ = socket.close(code, code.map(|_| ""));
        }
        let outcome = self.conn_of(socket).and_then(|conn| {
            let Some(conn) = conn else {
                return Ok(());
            };
            self.unregister(conn);
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

    pub(super) async fn on_alarm(self: &Rc<Self>) -> Result<()> {
        self.alarm_at.set(None);
        let now = clock::now();
        self.with(|_| Ok(()))?;
        let pinged = self.pinged();
        self.with(|room| room.on_alarm(&pinged, now))?;
        if self.with(|room| room.is_spent(now))? {
            self.forget(now).await
        } else {
            self.arm().await
        }
    }

    /// When each connection last pinged, of those that ever did.
    fn pinged(&self) -> Vec<(Conn, u64)> {
        let state: &AnyState = self.state.as_raw().unchecked_ref();
        let sockets = self.sockets.borrow();
        let pinged = sockets.iter().filter_map(|(conn, socket)| {
            let date = state.auto_response_timestamp(socket.as_ref())?;
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

    /// The timer went off.
    fn timer(self: &Rc<Self>) {
        self.timer_at.set(None);
        let now = clock::now();
        let outcome = self.with(|room| {
            room.on_timer(now)?;
            Ok(room.is_flushed())
        });
        match outcome {
            Ok(false) => {}
            Ok(true) => {
                self.tell_waiting(&Ok(()));
                self.arm_soon();
            }
            // Those who waited have been told.
            Err(error) => worker::console_error!("a room could not be written: {error}"),
        }
    }

    /// Waits until everything that was said so far is durable and sent.
    async fn flushed(self: &Rc<Self>) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push(sender);
        // A repetition leaves nothing to flush.
        if self.with(|room| Ok(room.is_flushed()))? {
            self.tell_waiting(&Ok(()));
        }
        receiver.await.unwrap_or_else(|_| Err(interrupted()))
    }

    fn tell_waiting(&self, outcome: &Result<()>) {
        for sender in self.waiting.take() {
            let _ = sender.send(outcome.clone());
        }
    }

    /// Calls the room, loading it where it is not in memory, and carries out what it
    /// says.
    fn with<T>(self: &Rc<Self>, call: impl FnOnce(&mut Room<Sqlite>) -> Result<T>) -> Result<T> {
        // All that does not depend on `T` is code that is there once.
        let mut call = Some(call);
        let mut returned = None;
        self.run(&mut |room| {
            if let Some(call) = call.take() {
                returned = Some(call(room)?);
            }
            Ok(())
        })?;
        returned.ok_or_else(|| Error::Internal("a room was not called".to_owned()))
    }

    fn run(self: &Rc<Self>, call: &mut dyn FnMut(&mut Room<Sqlite>) -> Result<()>) -> Result<()> {
        let (result, outputs) = {
            let mut slot = self.room.borrow_mut();
            let room = match slot.take() {
                Some(room) => room,
                None => self.load()?,
            };
            let room = slot.insert(room);
            let result = call(room);
            (result, room.take_outputs())
        };
        if matches!(result, Err(Error::Internal(_))) {
            self.recover();
            return result;
        }
        self.carry_out(outputs);
        self.set_timer();
        result
    }

    /// After a failure of the storage: forgets what is in memory, and sends away
    /// those who would wait for ever.
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
            self.hang_up(conn, Close::Fault);
        }
    }

    fn load(&self) -> Result<Room<Sqlite>> {
        self.numbers.clear();
        let mut sockets = SortedMap::new();
        let mut seats = Vec::new();
        for socket in self.state.get_websockets() {
            if let Some(seat) = seat_of(&socket)? {
                self.numbers.set(socket.as_ref(), &seat.conn.0.into());
                sockets.insert(seat.conn, socket);
                seats.push(seat);
            }
        }
        self.sockets.replace(sockets);
        Room::open(
            Sqlite::new(self.state.storage().sql())?,
            clock::fresh_epoch(),
            self.settings,
            seats,
        )
    }

    /// The number of a socket; `None` for one that is not in the room any more.
    fn conn_of(self: &Rc<Self>, socket: &WebSocket) -> Result<Option<Conn>> {
        // Loads the sockets, where they are not.
        self.with(|_| Ok(()))?;
        if let Some(conn) = self.numbers.get(socket.as_ref()).as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it was a u32; a cast of a float saturates"
            )]
            return Ok(Some(Conn(conn as u32)));
        }
        let Some(seat) = seat_of(socket)? else {
            return Ok(None);
        };
        let conn = seat.conn;
        self.register(conn, socket);
        self.with(|room| {
            if room.seat(conn).is_none() {
                room.restore(seat);
            }
            Ok(())
        })?;
        Ok(Some(conn))
    }

    fn register(&self, conn: Conn, socket: &WebSocket) {
        self.numbers.set(socket.as_ref(), &conn.0.into());
        self.sockets.borrow_mut().insert(conn, socket.clone());
    }

    fn unregister(&self, conn: Conn) -> Option<WebSocket> {
        let socket = self.sockets.borrow_mut().remove(&conn)?;
        self.numbers.delete(socket.as_ref());
        Some(socket)
    }

    /// Closes a connection that is not in the room any more.
    fn hang_up(&self, conn: Conn, close: Close) {
        if let Some(socket) = self.unregister(conn) {
            // It stays among the sockets until the client has answered.
            let _ = socket.serialize_attachment(None::<String>);
            readers::close(&socket, close);
        }
    }

    fn carry_out(self: &Rc<Self>, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { to, payload } => self.send(&to, &payload),
                Output::Keep(conn) => self.keep(conn),
                Output::CatchUp(conn) => self.catch_up(conn),
                Output::Close(conn, close) => self.hang_up(conn, close),
            }
        }
    }

    fn send(self: &Rc<Self>, to: &[Conn], payload: &Payload) {
        // Made once for all of them.
        let frame = match payload {
            Payload::Text(text) => Frame::new(Wire::Json, text),
            Payload::Events(events) => Frame::new(Wire::EventStream, events),
            Payload::Bytes(bytes) => Frame::from(bytes.as_slice()),
        };
        // The bridge of a watcher takes care of that itself.
        let is_bridge = matches!(payload, Payload::Events(_));
        let now = clock::now();
        let mut sent_away = Vec::new();
        {
            let sockets = self.sockets.borrow();
            let mut room = self.room.borrow_mut();
            for conn in to {
                let Some(socket) = sockets.get(conn) else {
                    continue;
                };
                let waiting = readers::waiting(socket);
                let may_send = match room.as_mut() {
                    Some(room) if !is_bridge => room.may_send(*conn, waiting, now),
                    _ => true,
                };
                if may_send {
                    frame.send(socket);
                }
            }
            if let Some(room) = room.as_mut() {
                sent_away = room.take_outputs();
            }
        }
        if !sent_away.is_empty() {
            self.carry_out(sent_away);
        }
    }

    fn keep(self: &Rc<Self>, conn: Conn) {
        let json = {
            let room = self.room.borrow();
            let seat = room.as_ref().and_then(|room| room.seat(conn));
            seat.map(Seat::to_json)
        };
        let sockets = self.sockets.borrow();
        if let (Some(Ok(json)), Some(socket)) = (json, sockets.get(&conn)) {
            // One that cannot be kept is closing.
            let _ = socket.serialize_attachment(json);
        }
    }

    /// Sends the rest of the past to a connection, as it has room.
    fn catch_up(self: &Rc<Self>, conn: Conn) {
        let Some(socket) = self.sockets.borrow().get(&conn).cloned() else {
            return;
        };
        let room = self.room.borrow();
        let wire = room
            .as_ref()
            .and_then(|room| room.seat(conn))
            .map(|seat| seat.wire);
        if wire == Some(Wire::EventStream) {
            // The bridge answers with the same word when it has room.
            let _ = socket.send_with_str(MORE);
            return;
        }
        drop(room);
        let owner = Rc::clone(self);
        in_background(
            &self.state,
            Box::pin(async move {
                let has_room = readers::has_room(&socket).await;
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
                    owner.hang_up(conn, Close::Fault);
                }
            }),
        );
    }

    /// Sets the timer to when the room wants to be called.
    fn set_timer(&self) {
        let now = clock::now();
        let wait = self
            .room
            .borrow()
            .as_ref()
            .and_then(|room| room.next_timer(now));
        let Some(wait) = wait else {
            return;
        };
        let at = now.saturating_add(wait);
        if self.timer_at.get().is_some_and(|set| set <= at) {
            return;
        }
        if let Some(on_timer) = self.on_timer.get() {
            self.timer_at.set(Some(at));
            #[expect(clippy::cast_precision_loss, reason = "seconds in milliseconds")]
            bindings::set_timeout(on_timer.as_ref().unchecked_ref(), wait as f64);
        }
    }

    /// As [`Owner::arm`], where nobody waits for it.
    fn arm_soon(self: &Rc<Self>) {
        let now = clock::now();
        let deadline = self.with(|room| room.next_alarm(now));
        let is_armed = |deadline| self.alarm_at.get().is_some_and(|at| at <= deadline);
        if deadline.is_ok_and(|deadline| deadline.is_none_or(is_armed)) {
            return;
        }
        let owner = Rc::clone(self);
        in_background(
            &self.state,
            Box::pin(async move {
                if let Err(error) = owner.arm().await {
                    worker::console_error!("the alarm could not be set: {error}");
                }
            }),
        );
    }

    /// Sees to it that the alarm goes off when time brings something to do. Moving
    /// an alarm is a row written, so one that is early enough is left alone.
    async fn arm(self: &Rc<Self>) -> Result<()> {
        let now = clock::now();
        let Some(deadline) = self.with(|room| room.next_alarm(now))? else {
            return Ok(());
        };
        let storage = self.state.storage();
        if self.alarm_at.get().is_none() {
            let known = storage.get_alarm().await?;
            self.alarm_at
                .set(known.and_then(|at| u64::try_from(at).ok()));
        }
        if self.alarm_at.get().is_none_or(|at| at > deadline) {
            self.alarm_at.set(Some(deadline));
            let delay = deadline.saturating_sub(now);
            storage.set_alarm(Duration::from_millis(delay)).await?;
        }
        Ok(())
    }

    /// Tells everybody, and forgets the room with everything that is stored.
    async fn forget(self: &Rc<Self>, now: u64) -> Result<()> {
        self.with(|room| room.close(now))?;
        self.room.borrow_mut().take();
        self.tell_waiting(&Err(interrupted()));
        self.alarm_at.set(None);
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // What was loaded while that was under way is of the former life.
        self.room.borrow_mut().take();
        Ok(())
    }
}

/// What is kept of a socket; `None` for one that is not in the room any more.
fn seat_of(socket: &WebSocket) -> Result<Option<Seat>> {
    let attachment: Option<String> = socket.deserialize_attachment()?;
    attachment.map(|json| Seat::from_json(&json)).transpose()
}

/// What a server is told whose message may not have been stored.
fn interrupted() -> Error {
    Error::Unavailable(
        "The message could not be stored. Send it again, with the same id.".to_owned(),
    )
}
