//! A room with its sockets, without the platform: carries out what the room says.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tidings::close::Close;
use tidings::cursor::{After, Epoch};
use tidings::log::{MemoryStorage, Storage};
use tidings::room::config::{Config, Settings};
use tidings::room::seat::{Conn, Identity, Role, Seat};
use tidings::room::{Output, Payload, Room};
use tidings::stream::Position;

/// A socket, as its client sees it.
#[derive(Debug, Default, Clone)]
pub struct Socket {
    /// Text frames, as they came.
    pub texts: Vec<String>,
    /// What a watcher was sent.
    pub events: String,
    /// Binary frames.
    pub bytes: Vec<Vec<u8>>,
    /// How the server closed it.
    pub closed: Option<Close>,
}

impl Socket {
    /// The things in all text frames, in order.
    pub fn things(&self) -> Vec<Value> {
        let mut things = Vec::new();
        for text in &self.texts {
            match serde_json::from_str(text).unwrap() {
                Value::Array(several) => things.extend(several),
                one => things.push(one),
            }
        }
        things
    }

    /// The things of these types.
    pub fn of(&self, kinds: &[&str]) -> Vec<Value> {
        let mut things = self.things();
        things.retain(|thing| kinds.contains(&thing["type"].as_str().unwrap()));
        things
    }

    /// The last thing of a type.
    pub fn last(&self, kind: &str) -> Value {
        self.of(&[kind]).pop().unwrap_or(Value::Null)
    }

    /// The types of all things, in order.
    pub fn kinds(&self) -> Vec<String> {
        let kind = |thing: &Value| thing["type"].as_str().unwrap().to_owned();
        self.things().iter().map(kind).collect()
    }
}

/// A room, its sockets and its clock.
pub struct House {
    pub room: Room<MemoryStorage>,
    /// Unix time in milliseconds; it passes when a test says so.
    pub now: u64,
    settings: Settings,
    /// What the platform keeps of each open socket.
    attachments: BTreeMap<Conn, String>,
    pub sockets: BTreeMap<Conn, Socket>,
    behind: BTreeSet<Conn>,
    joined: u32,
}

pub fn member(id: &str) -> Identity {
    Identity {
        id: id.into(),
        name: id.to_uppercase(),
        role: Role::Member,
        trace: None,
        until: None,
    }
}

pub fn moderator(id: &str) -> Identity {
    Identity {
        role: Role::Moderator,
        ..member(id)
    }
}

pub fn after(text: &str) -> Position {
    Position::After(After::parse(text))
}

impl House {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    /// A room whose members may send as much as they like.
    pub fn unlimited() -> Self {
        Self::with(Settings::from_vars(|name| {
            name.starts_with("LIMIT").then_some("0")
        }))
    }

    pub fn with(settings: Settings) -> Self {
        let epoch = Epoch::from_random(0);
        let room = Room::open(MemoryStorage::default(), epoch, settings, vec![]).unwrap();
        Self {
            room,
            now: 1_700_000_000_000,
            settings,
            attachments: BTreeMap::new(),
            sockets: BTreeMap::new(),
            behind: BTreeSet::new(),
            joined: 0,
        }
    }

    pub fn configured(self, config: &str) -> Self {
        let mut house = self;
        house.configure(config);
        house
    }

    pub fn configure(&mut self, config: &str) {
        let config = Config::parse(config.as_bytes()).unwrap();
        self.room.configure(config, self.now).unwrap();
    }

    /// Joins with nothing of the past.
    pub fn enter(&mut self, id: &str) -> Conn {
        self.join(&member(id), &Position::Tail(0))
    }

    pub fn join(&mut self, who: &Identity, position: &Position) -> Conn {
        let conn = self.new_socket();
        self.room.join(conn, who, position, self.now).unwrap();
        self.carry_out();
        conn
    }

    pub fn watch(&mut self, position: &Position) -> Conn {
        self.watch_with(None, position)
    }

    /// Watches with the token of somebody.
    pub fn watch_as(&mut self, id: &str) -> Conn {
        self.watch_with(Some(id), &Position::Latest)
    }

    fn watch_with(&mut self, id: Option<&str>, position: &Position) -> Conn {
        let conn = self.new_socket();
        self.room.watch(conn, id, position, self.now).unwrap();
        self.carry_out();
        conn
    }

    fn new_socket(&mut self) -> Conn {
        self.joined += 1;
        let conn = self.room.free_conn(self.joined);
        self.sockets.insert(conn, Socket::default());
        conn
    }

    /// A client sends a frame; nothing else happens yet.
    pub fn send(&mut self, conn: Conn, frame: &str) {
        self.room.on_text(conn, frame, self.now).unwrap();
        self.carry_out();
    }

    /// A client sends a frame, and the room does what is due at once.
    pub fn say(&mut self, conn: Conn, frame: &str) {
        self.send(conn, frame);
        self.on_timer();
    }

    /// A client says a text, under an id that is the text.
    pub fn text(&mut self, conn: Conn, text: &str) {
        self.say(
            conn,
            &format!(r#"{{"type":"message","id":"{text}","text":"{text}"}}"#),
        );
    }

    /// A client closes its connection, or is gone.
    pub fn leave(&mut self, conn: Conn) {
        self.attachments.remove(&conn);
        self.room.on_close(conn, self.now);
        self.carry_out();
    }

    /// Lets time pass, doing what is due when it is due.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(wait) = self.room.next_timer(self.now)
            && self.now + wait <= end
        {
            self.now += wait;
            self.on_timer();
        }
        self.now = end;
    }

    /// Does what is due now, and lets everybody read everything.
    pub fn settle(&mut self) {
        loop {
            if self.room.next_timer(self.now) == Some(0) {
                self.on_timer();
            } else if let Some(conn) = self.behind.first().copied() {
                self.catch_up(conn);
            } else {
                return;
            }
        }
    }

    pub fn on_timer(&mut self) {
        self.room.on_timer(self.now).unwrap();
        self.carry_out();
    }

    /// A connection that is behind has room.
    pub fn catch_up(&mut self, conn: Conn) {
        self.behind.remove(&conn);
        self.room.catch_up(conn, self.now).unwrap();
        self.carry_out();
    }

    /// Evicts the room from memory: its sockets stay, and all that is in memory goes.
    pub fn hibernate(&mut self) {
        assert_eq!(self.room.next_timer(self.now), None, "it is busy");
        self.reopen();
    }

    /// The process dies: the sockets are gone, and what was not written.
    pub fn crash(&mut self) {
        self.attachments.clear();
        self.behind.clear();
        self.reopen();
    }

    /// Begins anew with what a version left that did not remember what could not be read
    /// any more.
    pub fn forget_floor(&mut self) {
        self.reopen_with(|storage| storage.delete_meta("floor").unwrap());
    }

    fn reopen(&mut self) {
        self.reopen_with(|_| {});
    }

    fn reopen_with(&mut self, change: impl FnOnce(&mut MemoryStorage)) {
        let seats = self.attachments.values();
        let seats: Vec<Seat> = seats.map(|json| Seat::from_json(json).unwrap()).collect();
        let mut storage = self.room.storage().clone();
        change(&mut storage);
        let fresh = Epoch::from_random(0);
        self.room = Room::open(storage, fresh, self.settings, seats).unwrap();
    }

    pub fn carry_out(&mut self) {
        for output in self.room.take_outputs() {
            match output {
                Output::Send { to, payload } => {
                    for conn in to {
                        let socket = self.sockets.get_mut(&conn).unwrap();
                        assert_eq!(socket.closed, None, "sent after the end");
                        match payload.clone() {
                            Payload::Text(text) => socket.texts.push(text),
                            Payload::Events(events) => socket.events.push_str(&events),
                            Payload::Bytes(bytes) => socket.bytes.push(bytes),
                        }
                    }
                }
                Output::Keep(conn) => {
                    // One who has been closed meanwhile needs no more keeping.
                    if let Some(seat) = self.room.seat(conn) {
                        self.attachments.insert(conn, seat.to_json().unwrap());
                    }
                }
                Output::CatchUp(conn) => {
                    self.behind.insert(conn);
                }
                Output::Close(conn, close) => {
                    self.attachments.remove(&conn);
                    self.behind.remove(&conn);
                    assert!(self.room.seat(conn).is_none());
                    self.sockets.get_mut(&conn).unwrap().closed = Some(close);
                }
            }
        }
    }

    pub fn is_open(&self, conn: Conn) -> bool {
        self.attachments.contains_key(&conn)
    }

    /// Those who are behind.
    pub fn behind(&self) -> Vec<Conn> {
        self.behind.iter().copied().collect()
    }

    pub fn socket(&self, conn: Conn) -> &Socket {
        &self.sockets[&conn]
    }

    /// Forgets what a client has received so far.
    pub fn forget(&mut self, conn: Conn) {
        self.sockets.insert(conn, Socket::default());
    }
}
