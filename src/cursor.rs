//! Cursors: a place in a log, the same on every wire.
//!
//! A cursor is `<epoch>.<seq>`. `seq` counts the events of a log from 1 without
//! holes. The epoch names the log itself: it changes only when the log is deleted
//! or lost, so that a cursor of a former life is told from one of this life.

use crate::limit::REQUESTED_CHARS;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest epoch, in characters.
const EPOCH_CHARS: usize = 16;
/// The longest sequence number, in digits.
const SEQ_DIGITS: usize = 16;

/// The identity of a log: 1 to 16 characters of `0-9a-z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(String);

impl Epoch {
    /// An epoch from 64 random bits.
    #[must_use]
    pub fn from_random(mut bits: u64) -> Self {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let mut text = String::new();
        for _ in 0..10 {
            let digit = usize::try_from(bits % 36).unwrap_or(0);
            text.push(DIGITS.get(digit).copied().map_or('0', char::from));
            bits /= 36;
        }
        Self(text)
    }

    /// The epoch as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The cursor of the event `seq` of this log.
    #[must_use]
    pub fn at(&self, seq: u64) -> Cursor {
        Cursor {
            epoch: self.clone(),
            seq,
        }
    }
}

/// A place in a log: just after the event `seq`, or before the first where `seq` is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The log's identity.
    pub epoch: Epoch,
    /// The number of the event.
    pub seq: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch.0, self.seq)
    }
}

impl Cursor {
    /// The place before the first event of a log that does not exist yet.
    ///
    /// Whoever asks for a page of a stream that does not exist yet is given it, to
    /// go on from. No log has the epoch `0`: [`Epoch::from_random`] makes longer ones.
    #[must_use]
    pub fn origin() -> Self {
        Epoch("0".to_owned()).at(0)
    }

    /// Whether this is [`Cursor::origin`].
    #[must_use]
    pub fn is_origin(&self) -> bool {
        self.seq == 0 && self.epoch.0 == "0"
    }
}

/// Not of the form `[0-9a-z]{1,16}\.[0-9]{1,16}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedCursor;

impl FromStr for Cursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let (epoch, seq) = text.split_once('.').ok_or(MalformedCursor)?;
        let epoch_valid = (1..=EPOCH_CHARS).contains(&epoch.len())
            && epoch
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        let seq_valid =
            (1..=SEQ_DIGITS).contains(&seq.len()) && seq.bytes().all(|b| b.is_ascii_digit());
        if !epoch_valid || !seq_valid {
            return Err(MalformedCursor);
        }
        Ok(Self {
            epoch: Epoch(epoch.to_owned()),
            seq: seq.parse().map_err(|_| MalformedCursor)?,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a reader says it stopped.
///
/// Parsing never fails: a cursor that makes no sense is answered with a gap, not
/// with an error, because an `EventSource` that got an error would never come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum After {
    /// Everything that is retained.
    Start,
    /// Everything after this place.
    Cursor(Cursor),
    /// Something else; its beginning, to be repeated in the gap.
    Malformed(String),
}

impl After {
    /// Reads the value of `Last-Event-ID`, `?after=` and their kin.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "start" {
            return Self::Start;
        }
        text.parse().map_or_else(
            |MalformedCursor| Self::Malformed(text.chars().take(REQUESTED_CHARS).collect()),
            Self::Cursor,
        )
    }
}

impl From<String> for After {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<After> for String {
    fn from(after: After) -> Self {
        after.to_string()
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Cursor(cursor) => cursor.fmt(f),
            Self::Malformed(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_writes_the_same_text() {
        let cursor: Cursor = "k3f9a.42".parse().unwrap();
        assert_eq!((cursor.epoch.as_str(), cursor.seq), ("k3f9a", 42));
        assert_eq!(cursor.to_string(), "k3f9a.42");
    }

    #[test]
    fn what_is_no_cursor_is_kept_only_in_part() {
        for text in [
            "",
            ".",
            "a.",
            ".1",
            "A.1",
            "a.1.2",
            "a.-1",
            "a.+1",
            "a. 1",
            "ä.1",
            "a.1x",
            "abcdefghijklmnopq.1",
            "a.12345678901234567",
            "start ",
            "null",
        ] {
            assert_eq!(
                After::parse(text),
                After::Malformed(text.into()),
                "{text:?}"
            );
        }
        assert_eq!(
            After::parse(&"é".repeat(10_000)),
            After::Malformed("é".repeat(REQUESTED_CHARS))
        );
    }

    #[test]
    fn an_epoch_from_random_bits_is_one() {
        for bits in [0, 1, u64::MAX, 0x9e37_79b9_7f4a_7c15] {
            let text = format!("{}.1", Epoch::from_random(bits).as_str());
            assert!(text.parse::<Cursor>().is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_regular_expression(text in "[0-9a-z]{1,16}\\.[0-9]{1,16}") {
            prop_assert!(text.parse::<Cursor>().is_ok());
        }

        #[test]
        fn what_was_written_reads_the_same(bits in any::<u64>(), seq in 0..10_000_000_000_000_000_u64) {
            let cursor = Epoch::from_random(bits).at(seq);
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let after = After::parse(&text);
            prop_assert_eq!(After::parse(&after.to_string()), after);
        }
    }
}
