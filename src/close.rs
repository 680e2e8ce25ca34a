//! The codes with which a WebSocket is closed, and what they tell a client.
//!
//! | Code | Meaning | What a client does |
//! | --- | --- | --- |
//! | 1000 | done: the stream has ended and everything was sent | stops |
//! | 1001 | going away: nothing was heard of the client for long | reconnects |
//! | 1003 | what the client sent cannot be accepted | stops |
//! | 1008 | policy: the client did what it may not | stops |
//! | 1009 | a frame of the client was too big | stops |
//! | 1011 | a fault of the server | reconnects |
//! | 1012 | the server restarts (sent by the platform) | reconnects |
//! | 1013 | the room, or the stream, is full | tries later |
//! | 4008 | slow consumer: the client does not keep up; the log has the rest | reconnects |
//! | 4401 | the token ran out | reconnects with a new one |
//! | 4403 | kicked or banned | stops |
//! | 4404 | the stream or room was deleted | stops |
//!
//! 4000 to 4099 mean "reconnect", 4400 to 4499 mean "stop" unless said otherwise.
//! Sources: [RFC 6455, 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4) and the
//! [IANA registry](https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number)
//! for what is below 4000, the rest is ours.

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// Everything was sent, and nothing more will come.
    Done,
    /// Nothing was heard of the client for long.
    Silent,
    /// The client sent something where it may only listen.
    OneWay,
    /// The client sent too much, for too long.
    Flood,
    /// The client sent nothing that can be read, again and again.
    Unreadable,
    /// The client sent a frame that is larger than a frame may be.
    TooBig,
    /// Something broke on our side.
    Fault,
    /// There is no room for one more.
    Full,
    /// The client does not keep up.
    SlowConsumer,
    /// The token that it was opened with has run out.
    Expired,
    /// The member was sent away, or is kept out.
    Kicked,
    /// The stream was deleted.
    Deleted,
    /// The room was closed.
    RoomClosed,
}

impl Close {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::Silent => 1001,
            Self::OneWay | Self::Flood | Self::Unreadable => 1008,
            Self::TooBig => 1009,
            Self::Fault => 1011,
            Self::Full => 1013,
            Self::SlowConsumer => 4008,
            Self::Expired => 4401,
            Self::Kicked => 4403,
            Self::Deleted | Self::RoomClosed => 4404,
        }
    }

    /// The reason on the wire, for whoever reads a log: at most 123 bytes.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Silent => "nothing was heard for long",
            Self::OneWay => "this connection only listens",
            Self::Flood => "too many frames",
            Self::Unreadable => "no frame could be read",
            Self::TooBig => "a frame was too big",
            Self::Fault => "a fault of the server",
            Self::Full => "full",
            Self::SlowConsumer => "too slow; come back for the rest",
            Self::Expired => "the token has run out",
            Self::Kicked => "removed by a moderator",
            Self::Deleted => "deleted",
            Self::RoomClosed => "the room was closed",
        }
    }
}

/// The code to answer a client with that closes with `code`: the same, or none.
///
/// The runtime does not answer by itself, and a browser that gets no answer waits
/// (Chromium for a minute) and then reports 1006. Not every code that can be received may
/// be sent: 1005, 1006 and 1015 stand for the absence of one. The last two are also what we
/// get where nobody is left; then nobody gets the answer.
#[must_use]
pub const fn echo(code: u16) -> Option<u16> {
    match code {
        1005 | 1006 | 1015 => None,
        1000..=1003 | 1007..=1014 | 3000..=4999 => Some(code),
        _ => Some(1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_can_be_sent_and_every_reason_fits() {
        for close in [
            Close::Done,
            Close::Silent,
            Close::OneWay,
            Close::Flood,
            Close::Unreadable,
            Close::TooBig,
            Close::Fault,
            Close::Full,
            Close::SlowConsumer,
            Close::Expired,
            Close::Kicked,
            Close::Deleted,
            Close::RoomClosed,
        ] {
            assert_eq!(echo(close.code()), Some(close.code()));
            assert!(close.reason().len() <= 123);
        }
    }

    #[test]
    fn a_close_is_answered_with_what_may_be_sent() {
        assert_eq!(echo(1000), Some(1000));
        assert_eq!(echo(1005), None);
        assert_eq!(echo(1006), None);
        assert_eq!(echo(1004), Some(1000));
        assert_eq!(echo(0), Some(1000));
        assert_eq!(echo(4999), Some(4999));
        assert_eq!(echo(65_535), Some(1000));
    }
}
