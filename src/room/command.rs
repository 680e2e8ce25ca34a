//! What the stateless Worker asks of the object that owns a room.
//!
//! The Worker has checked everything that can be checked without the room's state;
//! the object is never reached by anything else.

use super::PageRequest;
use super::config::Config;
use super::seat::Identity;
use crate::error::{Error, Result};
use crate::stream::Position;
use serde::{Deserialize, Serialize};

/// A request from the Worker to the object. It travels as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Let a member in; sent with a WebSocket upgrade.
    Join {
        /// Who it is.
        who: Identity,
        /// Where the member begins.
        position: Position,
    },
    /// Let somebody watch; sent with a WebSocket upgrade.
    Watch {
        /// Where the watcher begins.
        position: Position,
    },
    /// Show the room as JSON.
    Info,
    /// Create or configure the room.
    Configure {
        /// The whole configuration.
        config: Config,
    },
    /// Show a page of messages as JSON.
    Page(PageRequest),
    /// Post a message.
    Post {
        /// Under which identity.
        who: Identity,
        /// The body, as [`super::frame::Frame::parse_post`] takes it.
        body: String,
    },
    /// Close a member's connections.
    Kick {
        /// The member's id.
        id: String,
        /// For how long the member is kept out, in milliseconds.
        ban_ms: Option<u64>,
    },
    /// Close the room and forget it.
    Delete,
}

impl Command {
    /// The command as it travels.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::Internal(format!("a command did not serialise: {error}")))
    }

    /// Reads a command.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::Internal(format!("a command cannot be read: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::After;
    use crate::room::seat::Role;

    #[test]
    fn what_was_written_reads_the_same() {
        let who = Identity {
            id: "a".into(),
            name: "Ann\u{0}\"".into(),
            role: Role::Member,
            trace: Some("t".into()),
        };
        for command in [
            Command::Join {
                who: who.clone(),
                position: Position::After(After::parse("a.1")),
            },
            Command::Watch {
                position: Position::Latest,
            },
            Command::Info,
            Command::Configure {
                config: Config::parse(br#"{"read_only":true}"#).unwrap(),
            },
            Command::Page(PageRequest {
                after: None,
                before: Some(After::Start),
                limit: 5,
            }),
            Command::Post {
                who,
                body: "{}".into(),
            },
            Command::Kick {
                id: "a".into(),
                ban_ms: Some(5),
            },
            Command::Delete,
        ] {
            assert_eq!(Command::from_json(&command.to_json().unwrap()), Ok(command));
        }
    }
}
