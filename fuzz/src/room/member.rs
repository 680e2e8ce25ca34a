//! Somebody at a connection, who believes nothing that was not promised.

use crate::frames::CODES;
use crate::house::Socket;
use crate::json;
use crate::reader::{Buffer, Reader};
use serde_json::Value;
use std::collections::BTreeMap;
use tidings::cursor::Cursor;
use tidings::room::seat::Conn;

/// What a server may send beside `welcome`, `bye`, `gap`, `ack` and `error`.
const TOLD: [&str; 11] = [
    "message", "edited", "deleted", "reaction", "joined", "left", "presence", "typing", "signal",
    "state", "count",
];

/// No answer says to wait longer than this, but in slow mode.
const RETRY_MS: u64 = 1_000;

/// A connection, and what has come over it.
pub(super) struct Member {
    pub(super) conn: Conn,
    id: Option<String>,
    /// How much of what came has been looked at.
    looked: usize,
    things: usize,
    events: Reader,
    /// The head as the welcome said it: what comes after it comes without a hole.
    head: u64,
    seq: u64,
    at: u64,
    is_over: bool,
    acks: BTreeMap<String, u64>,
    versions: BTreeMap<String, u64>,
}

/// What is sent is JSON.
pub(super) fn is_json(text: &str) {
    json::tree(text);
}

/// Two connections of a member are told the same of the same message.
pub(super) fn agree(members: &[Member]) {
    let mut places = BTreeMap::new();
    for member in members {
        let Some(id) = &member.id else {
            continue;
        };
        for (message, seq) in &member.acks {
            let place = places
                .entry((id.as_str(), message.as_str()))
                .or_insert(*seq);
            assert_eq!(place, seq, "{message} of {id} has two places");
        }
    }
}

impl Member {
    pub(super) fn new(conn: Conn, id: String) -> Self {
        Self {
            id: Some(id),
            ..Self::watcher(conn)
        }
    }

    pub(super) fn watcher(conn: Conn) -> Self {
        Self {
            conn,
            id: None,
            looked: 0,
            things: 0,
            events: Reader::new(Buffer::Emptied),
            head: 0,
            seq: 0,
            at: 0,
            is_over: false,
            acks: BTreeMap::new(),
            versions: BTreeMap::new(),
        }
    }

    /// The greatest place that this member was told of.
    pub(super) fn told(&self) -> u64 {
        self.acks.values().copied().max().unwrap_or(0).max(self.seq)
    }

    /// Looks at what has come since.
    pub(super) fn look(&mut self, socket: &Socket, pause_ms: u64) {
        if self.id.is_none() {
            self.watch(socket);
            return;
        }
        let new = socket.texts.get(self.looked..).unwrap_or_default();
        self.looked = socket.texts.len();
        for text in new {
            let Some(tree) = json::tree(text) else {
                // Whatever was in it counts as seen.
                self.missed();
                continue;
            };
            match tree {
                Value::Array(several) => {
                    assert!(several.len() > 1, "one alone is no array");
                    for thing in &several {
                        self.on_thing(thing, pause_ms);
                    }
                }
                one => self.on_thing(&one, pause_ms),
            }
        }
    }

    fn missed(&mut self) {
        self.things += 1;
        self.head = u64::MAX - 1;
    }

    fn on_thing(&mut self, thing: &Value, pause_ms: u64) {
        let kind = thing["type"].as_str().expect("a thing has a type");
        assert!(!self.is_over, "{thing} after the end");
        self.things += 1;
        assert_eq!(
            self.things == 1,
            kind == "welcome" || (self.things == 1 && kind == "bye")
        );
        match kind {
            "welcome" => {
                let head: Cursor = cursor(&thing["cursor"]);
                self.head = head.seq;
                assert!(thing["members"].is_array() && thing["state"].is_object());
            }
            "bye" => {
                assert!(thing["reason"].is_string());
                self.is_over = true;
            }
            "gap" => {
                let oldest = &thing["oldest"];
                if oldest.is_string() {
                    self.head = self.head.max(cursor(oldest).seq - 1);
                }
            }
            "ack" => self.on_ack(thing),
            "error" => {
                let code = thing["code"].as_str().expect("an error has a code");
                assert!(CODES.contains(&code));
                if code == "rate_limited" {
                    let wait = thing["retry_ms"].as_u64().expect("it says when");
                    assert!((1..=pause_ms.max(RETRY_MS)).contains(&wait), "{wait}");
                }
            }
            other => assert!(TOLD.contains(&other), "{other}"),
        }
        if kind != "ack" && kind != "welcome" && !thing["cursor"].is_null() {
            self.on_event(cursor(&thing["cursor"]).seq, thing["at"].as_u64());
        }
        if kind == "state" {
            let key = thing["key"]
                .as_str()
                .expect("it is about a value")
                .to_owned();
            let version = thing["version"].as_u64().expect("it has a version");
            let before = self.versions.insert(key, version);
            assert!(before.is_none_or(|before| before < version), "{thing}");
        }
    }

    /// Something of the log: in its order, and of what is new all of it.
    fn on_event(&mut self, seq: u64, at: Option<u64>) {
        let at = at.expect("it was said some time");
        assert!(seq > self.seq && at >= self.at, "{seq} after {}", self.seq);
        assert!(
            seq <= self.head.max(self.seq) + 1,
            "{seq} after {} of {}",
            self.seq,
            self.head
        );
        (self.seq, self.at) = (seq, at);
    }

    fn on_ack(&mut self, ack: &Value) {
        let id = ack["id"].as_str().expect("it is about a frame");
        if ack["version"].is_number() {
            return;
        }
        let place = cursor(&ack["cursor"]);
        // What changes nothing has no place of its own.
        if id.starts_with('m') {
            self.acks.insert(id.to_owned(), place.seq);
        }
    }

    fn watch(&mut self, socket: &Socket) {
        let new = socket.events.get(self.looked..).unwrap_or_default();
        self.looked = socket.events.len();
        let before = self.events.events.len();
        self.events.feed(new.as_bytes());
        for event in self.events.events.split_off(before) {
            assert!(!self.is_over, "{event:?} after the end");
            let Some(thing) = json::tree(&event.data) else {
                self.missed();
                continue;
            };
            match event.kind.as_str() {
                "bye" => self.is_over = true,
                "gap" => self.head = 0,
                kind => {
                    assert!(
                        thing["type"] == kind && event.id.as_deref() == thing["cursor"].as_str()
                    );
                    let seq = cursor(&thing["cursor"]).seq;
                    // It is told of no head: the first may be any.
                    if self.seq == 0 {
                        self.head = seq;
                    }
                    assert!(seq > self.seq);
                    (self.seq, self.at) = (seq, self.at);
                }
            }
        }
        assert!(new.is_empty() || new.ends_with("\n\n"), "events come whole");
    }
}

fn cursor(value: &Value) -> Cursor {
    let text = value.as_str().expect("a cursor is a text");
    text.parse().expect("it is a cursor")
}
