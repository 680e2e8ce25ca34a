//! A room and a log at work, natively and without I/O, for the benchmarks and for the
//! test that counts allocations.

use tidings::cursor::Epoch;
use tidings::data::Data;
use tidings::error::Result;
use tidings::log::{Entry, Log, MemoryStorage, PageLimit, Record, Retention};
use tidings::room::config::Settings;
use tidings::room::seat::{Conn, Identity, Role};
use tidings::room::{Output, Room};
use tidings::sse::event;
use tidings::stream::Position;

/// Any time: the core is told what it is.
const NOW: u64 = 1_700_000_000_000;

/// What a client says, as long as a message of a chat is.
const SAID: &str = "I have just seen the train: it stands before the bridge.";

fn epoch() -> Epoch {
    Epoch::from_random(1)
}

/// A room with members, of whom the first speaks.
#[derive(Debug)]
pub struct Talk {
    room: Room<MemoryStorage>,
    speaker: Conn,
    said: u64,
    now: u64,
}

impl Talk {
    /// A room with so many members, who may say as much as they like.
    pub fn of(members: u32) -> Result<Self> {
        let settings = Settings::from_vars(|name| name.starts_with("LIMIT").then_some("0"));
        let mut room = Room::open(MemoryStorage::default(), epoch(), settings, Vec::new())?;
        for number in 1..=members {
            let who = Identity {
                id: format!("member-{number}"),
                name: format!("Member {number}"),
                role: Role::Member,
                trace: None,
                until: None,
            };
            room.join(Conn(number), &who, &Position::Tail(0), NOW)?;
        }
        let mut talk = Self {
            room,
            speaker: Conn(1),
            said: 0,
            now: NOW,
        };
        talk.flush()?;
        Ok(talk)
    }

    /// The next frame of the speaker.
    #[must_use]
    pub fn next_frame(&mut self) -> String {
        self.said += 1;
        format!(
            r#"{{"type":"message","id":"m{}","text":"{SAID}"}}"#,
            self.said
        )
    }

    /// Takes a frame of the speaker, as the object does before it is durable.
    pub fn hear(&mut self, frame: &str) -> Result<()> {
        self.room.on_text(self.speaker, frame, self.now)
    }

    /// Makes what was said durable; what is to be sent.
    pub fn flush(&mut self) -> Result<Vec<Output>> {
        self.now += 1_000;
        self.room.flush(self.now)?;
        Ok(self.room.take_outputs())
    }
}

/// A log with events.
#[derive(Debug)]
pub struct Past {
    log: Log<MemoryStorage>,
}

impl Past {
    /// A log of so many events, which came ten at a time.
    pub fn of(events: u64) -> Result<Self> {
        let retention = Retention {
            events: u64::MAX,
            ms: u64::MAX,
        };
        let mut log = Log::open(MemoryStorage::default(), epoch(), retention)?;
        for number in 1..=events {
            log.push(entry(number), NOW)?;
            if number % 10 == 0 {
                log.commit()?;
            }
        }
        log.commit()?;
        Ok(Self { log })
    }

    /// Publishes one event and makes it durable.
    pub fn publish(&mut self) -> Result<Vec<Record>> {
        let entry = entry(self.log.head() + 1);
        self.log.push(entry, NOW)?;
        self.log.commit()
    }

    /// Replays so many events after a number, as the part of an event stream that a
    /// reader gets.
    pub fn replay(&mut self, after: u64, events: usize) -> Result<String> {
        let limit = PageLimit {
            events,
            bytes: usize::MAX,
        };
        let page = self.log.read(after + 1, limit, NOW)?;
        let mut out = String::new();
        encode(&mut out, self.log.epoch(), &page.records);
        Ok(out)
    }

    /// So many events, out of the log.
    pub fn records(&mut self, events: usize) -> Result<Vec<Record>> {
        let limit = PageLimit {
            events,
            bytes: usize::MAX,
        };
        Ok(self.log.read(1, limit, NOW)?.records)
    }
}

/// Events in the format of `text/event-stream`.
pub fn encode(out: &mut String, epoch: &Epoch, records: &[Record]) {
    for record in records {
        event::write_record(out, epoch, record);
    }
}

fn entry(number: u64) -> Entry {
    Entry {
        kind: "progress".to_owned(),
        data: Data::Json(format!(
            r#"{{"done":{number},"total":1000000,"message":"{SAID}"}}"#
        )),
        key: None,
        is_final: false,
    }
}
