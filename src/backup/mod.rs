//! Backups: a stream or a room as lines of JSON, and those lines read again.
//!
//! The first line describes what was exported; a room's shared state and bans follow,
//! then a line for each event. A page is some of these lines in their order; only the
//! first page has the description. An import keeps the numbers and times of the
//! events and gets a new epoch: a client that has seen more than the backup holds is
//! then told of a gap, where under the old epoch it would miss events in silence.

mod ask;
mod page;

pub use ask::{Ask, exported};
pub use page::{Description, Page};

use crate::access::grants::Realm;
use crate::cursor::{Cursor, Epoch};
use crate::data::Data;
use crate::log::Record;
use crate::room::object::Object;

/// The media type of a backup.
pub const NDJSON: &str = "application/x-ndjson";

/// The answer to an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where the import stands, as a cursor of the restored log.
    pub cursor: Cursor,
    /// How many events were stored.
    pub accepted: usize,
    /// How many had been stored before.
    pub duplicates: usize,
}

impl Receipt {
    /// The answer as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Object::new()
            .text("cursor", &self.cursor.to_string())
            .number("accepted", number(self.accepted))
            .number("duplicates", number(self.duplicates))
            .end()
    }
}

/// Begins the first line.
#[must_use]
pub fn describe(realm: Realm, name: &str, oldest: &Cursor, head: u64) -> Object {
    Object::new()
        .text("tidings", realm.one())
        .number("version", 1)
        .text("name", name)
        .text("epoch", oldest.epoch.as_str())
        .text("oldest", &oldest.to_string())
        .text("head", &oldest.epoch.at(head).to_string())
}

/// Adds the line of an event.
pub fn write(out: &mut String, epoch: &Epoch, record: &Record) {
    let line = Object::new()
        .text("cursor", &epoch.at(record.seq).to_string())
        .text("type", &record.kind)
        .number("at", record.at);
    let line = match &record.data {
        Data::Json(json) => line.json("data", json),
        Data::Text(text) => line.text("text", text),
    };
    let line = line.maybe_text("key", record.key.as_deref());
    let line = if record.is_final {
        line.flag("final", true)
    } else {
        line
    };
    out.push_str(&line.end());
    out.push('\n');
}
