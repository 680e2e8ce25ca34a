//! What the stateless Worker asks of the object that owns a room.
//!
//! The Worker has checked everything that can be checked without the room's state;
//! the object is never reached by anything else.

use super::PageRequest;
use super::config::Config;
use super::object::Object;
use super::seat::Identity;
use crate::cursor::After;
use crate::data::Members;
use crate::error::{Error, Result};
use crate::stream::Position;
use serde::{Deserialize, Serialize};

/// A request from the Worker to the object. It travels as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Show the room as JSON.
    Info,
    /// Create or configure the room.
    Configure {
        /// The whole configuration.
        config: Config,
    },
    /// Show a page of messages as JSON.
    Page {
        /// Whose token the reader has.
        reader: Option<String>,
        /// Which page.
        request: PageRequest,
    },
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

/// For whom the object is to open a WebSocket, which a [`Command`]'s answer cannot be. It
/// travels as JSON, in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Somebody who joins.
    Member {
        /// Who it is.
        who: Identity,
        /// Where the member begins.
        position: Position,
    },
    /// Somebody who watches.
    Watcher {
        /// Whose token the watcher has.
        watcher: Option<String>,
        /// Where the watcher begins.
        position: Position,
    },
}

impl Opening {
    /// What is to be opened, as it travels.
    pub fn to_json(&self) -> Result<String> {
        let (for_whom, position) = match self {
            Self::Member { who, position } => (Object::new().json("who", &json(who)?), position),
            Self::Watcher { watcher, position } => (
                Object::new().maybe_text("watcher", watcher.as_deref()),
                position,
            ),
        };
        Ok(for_whom.json("position", &json(position)?).end())
    }

    /// Reads what is to be opened.
    pub fn from_json(json: &str) -> Result<Self> {
        let members: Members<'_> = parse(json)?;
        let raw = |name: &str| members.get(name).map_or("null", |value| value.get());
        let position = parse(raw("position"))?;
        Ok(match members.get("who") {
            Some(who) => Self::Member {
                who: parse(who.get())?,
                position,
            },
            None => Self::Watcher {
                watcher: parse(raw("watcher"))?,
                position,
            },
        })
    }
}

impl Command {
    /// The command as it travels.
    pub fn to_json(&self) -> Result<String> {
        let command = |name: &str| Object::new().text("do", name);
        Ok(match self {
            Self::Info => command("info"),
            Self::Configure { config } => command("configure").json("config", &json(config)?),
            Self::Page {
                reader,
                request:
                    PageRequest {
                        after,
                        before,
                        limit,
                    },
            } => command("page")
                .maybe_text("who", reader.as_deref())
                .maybe_text("after", after.as_ref().map(ToString::to_string).as_deref())
                .maybe_text(
                    "before",
                    before.as_ref().map(ToString::to_string).as_deref(),
                )
                .json("limit", &json(limit)?),
            Self::Post { who, body } => command("post").json("who", &json(who)?).text("body", body),
            Self::Kick { id, ban_ms } => command("kick")
                .text("id", id)
                .maybe_number("ban_ms", *ban_ms),
            Self::Delete => command("delete"),
        }
        .end())
    }

    /// Reads a command.
    pub fn from_json(json: &str) -> Result<Self> {
        let members: Members<'_> = parse(json)?;
        let raw = |name: &str| members.get(name).map_or("null", |value| value.get());
        let text = |name: &str| parse::<Option<String>>(raw(name));
        Ok(match raw("do") {
            "\"info\"" => Self::Info,
            "\"configure\"" => Self::Configure {
                config: parse(raw("config"))?,
            },
            "\"page\"" => Self::Page {
                reader: text("who")?,
                request: PageRequest {
                    after: text("after")?.map(After::from),
                    before: text("before")?.map(After::from),
                    limit: parse(raw("limit"))?,
                },
            },
            "\"post\"" => Self::Post {
                who: parse(raw("who"))?,
                body: text("body")?.unwrap_or_default(),
            },
            "\"kick\"" => Self::Kick {
                id: text("id")?.unwrap_or_default(),
                ban_ms: parse(raw("ban_ms"))?,
            },
            "\"delete\"" => Self::Delete,
            _ => return Err(Error::Internal("a command is not known".to_owned())),
        })
    }
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::Internal(format!("a command did not serialise: {error}")))
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| Error::Internal(format!("a command cannot be read: {error}")))
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
            until: None,
        };
        for opening in [
            Opening::Member {
                who: who.clone(),
                position: Position::After(After::parse("a.1")),
            },
            Opening::Watcher {
                watcher: Some("ann".into()),
                position: Position::Latest,
            },
            Opening::Watcher {
                watcher: None,
                position: Position::Tail(3),
            },
        ] {
            assert_eq!(Opening::from_json(&opening.to_json().unwrap()), Ok(opening));
        }
        for command in [
            Command::Info,
            Command::Configure {
                config: Config::parse(br#"{"read_only":true}"#).unwrap(),
            },
            Command::Page {
                reader: None,
                request: PageRequest {
                    after: None,
                    before: Some(After::Start),
                    limit: 5,
                },
            },
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
