//! What the stateless Worker asks of the object that owns a stream.
//!
//! The Worker has checked everything that can be checked without the stream's
//! state; the object is never reached by anything else.

use crate::cursor::After;
use crate::data::{Data, Members};
use crate::error::{Error, Result};
use crate::log::Entry;
use crate::room::object::Object;
use crate::stream::{Position, Wire, config::Config};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A request from the Worker to the object. It travels as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Create or configure the stream.
    Configure {
        /// The whole configuration.
        config: Config,
    },
    /// Append events.
    Publish {
        /// The events, checked.
        events: Vec<Event>,
        /// The job that they come from, where the stream must still be the job's.
        #[serde(default)]
        job: Option<String>,
    },
    /// Reserve the stream for a job.
    Claim {
        /// The kind of job; with an identity of its own where it outlives its request.
        job: String,
        /// How many events are to be retained at the least.
        #[serde(default)]
        retain_events: u64,
    },
    /// Ask the producer to stop.
    Cancel,
    /// Show the stream as JSON.
    Snapshot,
    /// Show a page of events as JSON.
    Events {
        /// Where the page begins.
        after: After,
        /// The most events.
        limit: usize,
    },
    /// End the stream and forget it.
    Delete,
}

/// What the object is to open for the Worker: a connection, which a [`Command`]'s answer
/// cannot be. It travels as JSON, in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// A WebSocket that carries events.
    Reader {
        /// Where the reader begins.
        position: Position,
        /// What it speaks.
        wire: Wire,
        /// Until when, where it speaks to the client itself: its token runs out then.
        until: Option<u64>,
        /// Whether it can change over to an [`Opening::Pour`] when it is told to.
        pours: bool,
    },
    /// The body that a bridge's reader is poured from now; its connection said which.
    Pour(u32),
}

impl Opening {
    /// What is to be opened, as it travels.
    pub fn to_json(&self) -> Result<String> {
        Ok(match self {
            Self::Reader {
                position,
                wire,
                until,
                pours,
            } => Object::new()
                .json("position", &written(serde_json::to_string(position))?)
                .json("wire", &written(serde_json::to_string(wire))?)
                .maybe_number("until", *until)
                .flag("pours", *pours),
            Self::Pour(reader) => Object::new().number("pour", u64::from(*reader)),
        }
        .end())
    }

    /// Reads what is to be opened.
    pub fn from_json(json: &str) -> Result<Self> {
        let members = read(Members::parse(json))?;
        if let Some(reader) = read(members.read("pour"))? {
            return Ok(Self::Pour(reader));
        }
        Ok(Self::Reader {
            position: read(members.read("position"))?,
            wire: read(members.read("wire"))?,
            until: read(members.read("until"))?,
            pours: read(members.read("pours"))?,
        })
    }
}

/// An event on its way to the object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    #[serde(rename = "t")]
    kind: String,
    #[serde(rename = "d")]
    data: Box<RawValue>,
    /// Whether `data` is a plain text, written as a JSON string.
    #[serde(rename = "x", default)]
    is_text: bool,
    #[serde(rename = "k")]
    key: Option<String>,
    #[serde(rename = "f", default)]
    is_final: bool,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        (
            &self.kind,
            self.data.get(),
            self.is_text,
            &self.key,
            self.is_final,
        ) == (
            &other.kind,
            other.data.get(),
            other.is_text,
            &other.key,
            other.is_final,
        )
    }
}

impl TryFrom<Entry> for Event {
    type Error = Error;

    fn try_from(entry: Entry) -> Result<Self> {
        Ok(Self {
            is_text: matches!(entry.data, Data::Text(_)),
            data: entry.data.to_raw()?,
            kind: entry.kind,
            key: entry.key,
            is_final: entry.is_final,
        })
    }
}

impl TryFrom<Event> for Entry {
    type Error = Error;

    fn try_from(event: Event) -> Result<Self> {
        let data = if event.is_text {
            Data::Text(serde_json::from_str(event.data.get()).map_err(|error| {
                Error::Internal(format!("a text was not sent as a string: {error}"))
            })?)
        } else {
            Data::Json(event.data.get().to_owned())
        };
        Ok(Self {
            kind: event.kind,
            data,
            key: event.key,
            is_final: event.is_final,
        })
    }
}

impl Command {
    /// A command that appends these events.
    pub fn publish(entries: Vec<Entry>) -> Result<Self> {
        let events: Result<Vec<Event>> = entries.into_iter().map(Event::try_from).collect();
        Ok(Self::Publish {
            events: events?,
            job: None,
        })
    }

    /// A command that appends a job's events, if the stream is still the job's.
    pub fn publish_for(job: &str, entries: Vec<Entry>) -> Result<Self> {
        let events: Result<Vec<Event>> = entries.into_iter().map(Event::try_from).collect();
        Ok(Self::Publish {
            events: events?,
            job: Some(job.to_owned()),
        })
    }

    /// The command as it travels.
    pub fn to_json(&self) -> Result<String> {
        written(serde_json::to_string(self))
    }

    /// Reads a command.
    pub fn from_json(json: &str) -> Result<Self> {
        read(serde_json::from_str(json))
    }
}

fn written(json: serde_json::Result<String>) -> Result<String> {
    json.map_err(|error| Error::Internal(format!("a command did not serialise: {error}")))
}

fn read<T>(command: serde_json::Result<T>) -> Result<T> {
    command.map_err(|error| Error::Internal(format!("a command cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_the_same() {
        let entries = vec![
            Entry {
                kind: "progress".into(),
                data: Data::Json(r#"{"done":1.10}"#.into()),
                key: Some("k".into()),
                is_final: false,
            },
            Entry {
                kind: "message".into(),
                data: Data::Text("a\r\n\u{0}".into()),
                key: None,
                is_final: true,
            },
        ];
        let command = Command::publish(entries.clone()).unwrap();
        let read = Command::from_json(&command.to_json().unwrap()).unwrap();
        assert_eq!(read, command);
        let Command::Publish { events, .. } = read else {
            panic!("another command");
        };
        let back: Result<Vec<Entry>> = events.into_iter().map(Entry::try_from).collect();
        assert_eq!(back.unwrap(), entries);
        for command in [
            Command::Cancel,
            Command::Events {
                after: After::parse("a.1"),
                limit: 5,
            },
        ] {
            let json = command.to_json().unwrap();
            assert_eq!(Command::from_json(&json).unwrap(), command);
        }
        for opening in [
            Opening::Reader {
                position: Position::Tail(3),
                wire: Wire::Json,
                until: Some(5),
                pours: false,
            },
            Opening::Reader {
                position: Position::Latest,
                wire: Wire::EventStream,
                until: None,
                pours: true,
            },
            Opening::Pour(7),
        ] {
            let json = opening.to_json().unwrap();
            assert_eq!(Opening::from_json(&json).unwrap(), opening);
        }
    }
}
