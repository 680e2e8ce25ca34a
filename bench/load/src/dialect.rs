//! How each peer wants to be spoken to.

use std::str::FromStr;

use anyhow::bail;
use memchr::memmem;

/// What is spoken; several peers may speak the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Tidings: JSON frames, acknowledged; events in JSON.
    Tidings,
    /// A text frame is a message, a body is an event, and everybody gets it as it is.
    Plain,
    /// As plain, where PartyServer routes rooms.
    PartyServer,
    /// Socket.IO over its WebSocket transport.
    SocketIo,
}

/// What a frame means to the connection, apart from the messages in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The member is in the room now.
    Joined,
    /// This has to be sent at once.
    Answer(&'static str),
    /// Nothing but what is in it.
    Content,
}

impl FromStr for Dialect {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "tidings" => Self::Tidings,
            "plain" => Self::Plain,
            "partyserver" => Self::PartyServer,
            "socket.io" => Self::SocketIo,
            other => bail!("no dialect is called {other}"),
        })
    }
}

impl Dialect {
    /// Where a room is joined.
    pub(crate) fn room(self) -> &'static str {
        match self {
            Self::Tidings => "/v1/rooms/bench?tail=0",
            Self::Plain => "/room",
            Self::PartyServer => "/parties/room/bench",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// Where a stream is read.
    pub(crate) fn stream(self) -> &'static str {
        match self {
            // From the start, because the headers come before the subscription: what is
            // published in between is then sent too.
            Self::Tidings => "/v1/streams/bench?after=start",
            _ => "/stream",
        }
    }

    /// Where an event is published, and of which type its body is.
    pub(crate) fn publish(self) -> (&'static str, &'static str) {
        match self {
            Self::Tidings => ("/v1/streams/bench/events", "application/json"),
            _ => ("/stream", "text/plain"),
        }
    }

    /// Whether a message is acknowledged to its sender. Where it is not, its own copy
    /// that comes back has to do.
    pub(crate) fn acknowledges(self) -> bool {
        self == Self::Tidings
    }

    /// Whether whoever has the answer to the handshake is in the room.
    pub(crate) fn joined_by_handshake(self) -> bool {
        matches!(self, Self::Plain | Self::PartyServer)
    }

    /// The frame that says message `number` with `text`.
    pub(crate) fn frame(self, number: u64, text: &str) -> String {
        match self {
            Self::Tidings => format!(r#"{{"type":"message","id":"{number}","text":"{text}"}}"#),
            Self::Plain | Self::PartyServer => text.to_owned(),
            Self::SocketIo => format!(r#"42["message","{text}"]"#),
        }
    }

    /// The body that publishes `text`.
    pub(crate) fn body(self, text: &str) -> String {
        match self {
            Self::Tidings => format!(r#"{{"data":"{text}"}}"#),
            _ => text.to_owned(),
        }
    }

    /// What a frame means to a member who has `joined` or not yet.
    pub(crate) fn meaning(self, frame: &[u8], joined: bool) -> Meaning {
        match self {
            Self::Tidings if !joined && memmem::find(frame, br#""type":"welcome""#).is_some() => {
                Meaning::Joined
            }
            Self::SocketIo => match frame {
                [b'0', ..] => Meaning::Answer("40"),
                [b'2'] => Meaning::Answer("3"),
                [b'4', b'0', ..] => Meaning::Joined,
                _ => Meaning::Content,
            },
            _ => Meaning::Content,
        }
    }

    /// How many of the member's own messages a frame acknowledges.
    pub(crate) fn acks(self, frame: &[u8]) -> usize {
        if self.acknowledges() {
            memmem::find_iter(frame, br#""type":"ack""#).count()
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_io_is_answered() {
        let io = Dialect::SocketIo;
        assert_eq!(io.meaning(br#"0{"sid":"x"}"#, false), Meaning::Answer("40"));
        assert_eq!(io.meaning(br#"40{"sid":"x"}"#, false), Meaning::Joined);
        assert_eq!(io.meaning(b"2", true), Meaning::Answer("3"));
        assert_eq!(io.meaning(br#"42["message","x"]"#, true), Meaning::Content);
    }

    #[test]
    fn acks_in_one_frame_are_counted_one_by_one() {
        let frame = br#"[{"type":"ack","id":"0","cursor":"a.1"},{"type":"message"},{"type":"ack","id":"1","cursor":"a.2"}]"#;
        assert_eq!(Dialect::Tidings.acks(frame), 2);
        assert_eq!(Dialect::Plain.acks(frame), 0);
    }

    #[test]
    fn the_welcome_is_the_moment_of_joining() {
        let welcome = br#"{"type":"welcome","cursor":"0.0"}"#;
        assert_eq!(Dialect::Tidings.meaning(welcome, false), Meaning::Joined);
        assert_eq!(Dialect::Tidings.meaning(welcome, true), Meaning::Content);
    }
}
