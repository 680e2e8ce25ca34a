//! What a stream looks like as JSON.

use crate::cursor::{After, Cursor, Epoch};
use crate::data::Members;
use crate::error::Result;
use crate::log::{Gap, Record};
use crate::stream::config::Config;
use serde::Serialize;
use serde_json::value::RawValue;

/// An event as JSON.
#[derive(Debug, Serialize)]
pub struct EventView {
    /// Its place in the log.
    pub cursor: Cursor,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its payload; a plain text is a JSON string here.
    pub data: Box<RawValue>,
    /// When it was published, in milliseconds of Unix time.
    pub at: u64,
    /// Whether it ends the stream; absent where it does not.
    #[serde(rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
}

impl EventView {
    /// Shows an event of the log with this epoch.
    pub fn new(epoch: &Epoch, record: Record) -> Result<Self> {
        Ok(Self {
            cursor: epoch.at(record.seq),
            kind: record.kind,
            data: record.data.to_raw()?,
            at: record.at,
            is_final: record.is_final,
        })
    }
}

/// A stream as JSON: what it is, and the latest event of each type.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    /// Its configuration, with the defaults filled in where they are numbers.
    #[serde(flatten)]
    pub config: Config,
    /// The newest event.
    pub head: Cursor,
    /// The oldest event that is still there, or the next to come where none is.
    pub oldest: Cursor,
    /// Whether the final event is among the past.
    pub ended: bool,
    /// Whether somebody has asked the producer to stop.
    pub cancelled: bool,
    /// The latest event of each type, oldest first.
    pub events: Vec<EventView>,
}

/// A page of events.
#[derive(Debug, Serialize)]
pub struct EventsView {
    /// What of the past is missing, where some of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// The events, in order.
    pub events: Vec<EventView>,
    /// Where the next page begins: the next request's `after`.
    pub cursor: Cursor,
    /// Whether there is a next page already.
    pub more: bool,
    /// Whether these are the last events ever.
    pub ended: bool,
}

impl EventsView {
    /// Where a page, as JSON, goes on, if it has nothing to say yet and may have later.
    #[must_use]
    pub fn waits_at(json: &str) -> Option<After> {
        let page = Members::parse(json).ok()?;
        let events: Vec<&RawValue> = page.read("events").ok()?;
        let gap: Option<&RawValue> = page.read("gap").ok()?;
        let (cursor, ended): (String, bool) = (page.read("cursor").ok()?, page.read("ended").ok()?);
        (events.is_empty() && gap.is_none() && !ended).then(|| After::parse(&cursor))
    }
}

/// The answer to a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The place of the last event that was sent; where that was a duplicate,
    /// the place of the original.
    pub cursor: Cursor,
    /// How many events were stored.
    pub accepted: usize,
    /// How many had been stored before, by their keys.
    pub duplicates: usize,
    /// Whether somebody has asked the producer to stop.
    pub cancelled: bool,
}
