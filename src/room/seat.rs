//! A connection to a room, and what is kept of it in its socket's attachment.
//!
//! The attachment is what survives hibernation: everything here must fit into its
//! 16 KB, and does (a name of 64 characters, 1 KiB of presence, a few numbers).

use super::bucket::Bucket;
use super::object::Object;
use crate::error::{Error, Result};
use crate::stream::Wire;
use serde::{Deserialize, Serialize};

/// The number of a connection in its room.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Conn(pub u32);

/// What somebody may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Only read.
    Reader,
    /// Read and write.
    Member,
    /// All that a member may, also with the messages of others.
    Moderator,
}

impl Role {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Moderator => "moderator",
        }
    }
}

/// Who somebody is, as the Worker found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The member's id: the same for all connections of the same member.
    #[serde(rename = "i")]
    pub id: String,
    /// The display name.
    #[serde(rename = "n")]
    pub name: String,
    /// What the member may do here.
    #[serde(rename = "r")]
    pub role: Role,
    /// By what else the member is known again, where the id is new each time.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// When the member's token runs out, in milliseconds of Unix time; `None` where
    /// there is none. The connection is closed then.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

impl Identity {
    /// As the sender of something: an object with `id` and `name`.
    #[must_use]
    pub fn sender(&self) -> String {
        Object::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .end()
    }
}

/// What a connection wants others to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Compact JSON.
    #[serde(rename = "d")]
    pub data: String,
    /// When it was set; the newest of a member's connections counts.
    #[serde(rename = "a")]
    pub at: u64,
}

/// Where a connection stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Gets events as they come.
    #[serde(rename = "l")]
    Live,
    /// Is behind, and gets the next chunk when it has room.
    #[serde(rename = "b")]
    Behind {
        /// The number of the next event.
        #[serde(rename = "n")]
        next: u64,
        /// Up to this event it gets only messages, as they are now; 0 for all events.
        #[serde(rename = "m")]
        messages_until: u64,
    },
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its number.
    #[serde(rename = "c")]
    pub conn: Conn,
    /// What it speaks: members JSON, watchers an event stream.
    #[serde(rename = "w")]
    pub wire: Wire,
    /// Whose it is; `None` for a watcher.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Identity>,
    /// The id of a watcher, where it came with a token.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub watcher: Option<String>,
    /// Where it stands.
    #[serde(rename = "s")]
    pub stage: Stage,
    /// What it wants others to know.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// What is left of its frames.
    #[serde(rename = "f", default)]
    pub frames: Bucket,
    /// What is left of its signals.
    #[serde(rename = "g", default)]
    pub signals: Bucket,
    /// How many frames in a row could not be read.
    #[serde(rename = "b", default)]
    pub bad: u32,
    /// How much too much it has sent lately, in signals.
    #[serde(rename = "x", default)]
    pub excess: u32,
    /// When it last sent a message, in milliseconds of Unix time.
    #[serde(rename = "a", default)]
    pub said_at: u64,
    /// When anything was last heard of it, but pings.
    #[serde(rename = "h", default)]
    pub heard_at: u64,
}

impl Seat {
    /// A new connection.
    #[must_use]
    pub fn new(conn: Conn, wire: Wire, who: Option<Identity>, stage: Stage) -> Self {
        Self {
            conn,
            wire,
            who,
            watcher: None,
            stage,
            presence: None,
            frames: Bucket::default(),
            signals: Bucket::default(),
            bad: 0,
            excess: 0,
            said_at: 0,
            heard_at: 0,
        }
    }

    /// When its member's token runs out.
    #[must_use]
    pub fn until(&self) -> Option<u64> {
        self.who.as_ref()?.until
    }

    /// Whether that has come, so that nothing may be said any more.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.until().is_some_and(|until| until <= now)
    }

    /// Whether it is a connection of this member, be it one that only watches.
    #[must_use]
    pub fn is_of(&self, id: &str) -> bool {
        let member = self.who.as_ref().map(|who| &who.id);
        member.or(self.watcher.as_ref()).is_some_and(|of| of == id)
    }

    /// As it is kept.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::Internal(format!("a seat did not serialise: {error}")))
    }

    /// As it was kept.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::Internal(format!("an attachment cannot be read: {error}")))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_largest_seat_fits_into_an_attachment_and_comes_back() {
        let seat = Seat {
            presence: Some(Presence {
                // Escaped once more, as a string in the seat.
                data: format!("\"{}\"", "\\\"".repeat(511)),
                at: u64::MAX,
            }),
            watcher: Some("x".repeat(128)),
            said_at: u64::MAX,
            heard_at: u64::MAX,
            bad: 9,
            ..Seat::new(
                Conn(u32::MAX),
                Wire::Json,
                Some(Identity {
                    id: "x".repeat(128),
                    name: "\u{1f469}".repeat(64),
                    role: Role::Moderator,
                    trace: Some("x".repeat(64)),
                    until: Some(u64::MAX),
                }),
                Stage::Behind {
                    next: u64::MAX,
                    messages_until: u64::MAX,
                },
            )
        };
        let json = seat.to_json().unwrap();
        assert!(json.len() < 8_000, "{}", json.len());
        assert_eq!(Seat::from_json(&json), Ok(seat));
    }
}
