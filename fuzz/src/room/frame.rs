//! Frames as a client of ours makes them: right, or nearly so.

use crate::bulk::Bulk;
use arbitrary::Arbitrary;

/// Some large messages make a past of several chunks.
const LARGE: usize = 50_000;

/// A frame; the numbers choose among a few, so that frames are about the same things.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub(super) enum Sent {
    Message {
        id: u8,
        size: u8,
        reply_to: Option<u8>,
    },
    Edit {
        id: u8,
        target: u8,
        data: bool,
    },
    Delete {
        id: u8,
        target: u8,
    },
    React {
        id: u8,
        target: u8,
        emoji: u8,
        add: bool,
    },
    Typing(bool),
    Presence(Option<u8>),
    Signal {
        key: Option<u8>,
        to: Option<u8>,
        size: u8,
    },
    Set {
        id: u8,
        key: u8,
        value: Option<u16>,
        if_version: Option<u8>,
    },
    Unknown,
}

/// A cursor of the room's own log.
fn place(seq: u8) -> String {
    format!("\"0000000000.{seq}\"")
}

impl Sent {
    pub(super) fn to_json(self, bulk: &mut Bulk) -> String {
        let maybe = |name: &str, value: Option<String>| {
            value.map_or_else(String::new, |value| format!(",\"{name}\":{value}"))
        };
        match self {
            Self::Message { id, size, reply_to } => {
                let data = "x".repeat(bulk.bytes(size, LARGE));
                let reply_to = maybe("reply_to", reply_to.map(place));
                format!(
                    r#"{{"type":"message","id":"m{}","data":"{data}"{reply_to}}}"#,
                    id % 16
                )
            }
            Self::Edit { id, target, data } => {
                let said = if data {
                    r#""data":[1,"\n"]"#
                } else {
                    r#""text":"\u0000é""#
                };
                format!(
                    r#"{{"type":"edit","id":"e{id}","target":{},{said}}}"#,
                    place(target)
                )
            }
            Self::Delete { id, target } => {
                format!(
                    r#"{{"type":"delete","id":"d{id}","target":{}}}"#,
                    place(target)
                )
            }
            Self::React {
                id,
                target,
                emoji,
                add,
            } => {
                let emoji = ["👍", "\\\"", "x"][usize::from(emoji % 3)];
                let op = if add { "add" } else { "remove" };
                let target = place(target);
                format!(
                    r#"{{"type":"react","id":"r{id}","target":{target},"emoji":"{emoji}","op":"{op}"}}"#
                )
            }
            Self::Typing(on) => format!(r#"{{"type":"typing","on":{on}}}"#),
            Self::Presence(data) => {
                let data = data.map_or_else(|| "null".to_owned(), |data| data.to_string());
                format!(r#"{{"type":"presence","data":{data}}}"#)
            }
            Self::Signal { key, to, size } => {
                let data = "y".repeat(usize::from(size));
                let key = maybe("key", key.map(|key| format!("\"k{}\"", key % 4)));
                let to = maybe("to", to.map(|to| format!("\"m{}\"", to % 5)));
                format!(r#"{{"type":"signal","data":"{data}"{key}{to}}}"#)
            }
            Self::Set {
                id,
                key,
                value,
                if_version,
            } => {
                let value = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
                let version = maybe("if_version", if_version.map(|version| version.to_string()));
                let key = key % 4;
                format!(r#"{{"type":"set","id":"s{id}","key":"{key}","value":{value}{version}}}"#)
            }
            Self::Unknown => r#"{"type":"fly","id":"u"}"#.to_owned(),
        }
    }
}
