//! The digest of a body of any size: `PUT /v1/jobs/digest/{name}`.
//!
//! The body is read as it arrives, hashed and counted, and never held. This is
//! the bookkeeping: what has been seen, and when that is worth an event. The hash
//! itself is the platform's, at native speed.

use crate::data::Data;
use crate::error::Result;
use crate::log::Entry;
use crate::stream::FAILED;
use crate::stream::progress::PROGRESS;
use serde::Serialize;

/// The name of this kind of job.
pub const DIGEST: &str = "digest";

/// How often progress is published while bytes arrive, in milliseconds: often
/// enough for a bar to move smoothly, four requests to the object a second.
pub const EVERY_MS: u64 = 250;

/// How often progress is published while none arrive, in milliseconds: a sign of
/// life, well within [`crate::stream::LEASE_MS`].
pub const WAITING_MS: u64 = 10_000;

/// What has been read so far.
#[derive(Debug)]
pub struct Digest {
    bytes: u64,
    lines: u64,
    total: Option<u64>,
    published: Option<Published>,
}

#[derive(Debug, Clone, Copy)]
struct Published {
    bytes: u64,
    at: u64,
}

/// What the job finds out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The SHA-256 of the body in hexadecimal, as `sha256sum` prints it.
    pub sha256: String,
    /// How long it is.
    pub bytes: u64,
    /// How many line feeds are in it, as `wc -l` counts them.
    pub lines: u64,
}

#[derive(Serialize)]
struct Progress {
    done: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    unit: &'static str,
}

impl Digest {
    /// Begins; `total` is the body's length where the request says it (0 is as
    /// good as unknown: there is no share of nothing).
    #[must_use]
    pub fn new(total: Option<u64>) -> Self {
        Self {
            bytes: 0,
            lines: 0,
            total: total.filter(|total| *total > 0),
            published: None,
        }
    }

    /// Takes the next bytes of the body.
    pub fn on_chunk(&mut self, chunk: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', chunk).count();
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        self.lines = self
            .lines
            .saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
    }

    /// The progress event that is due at `now`, if one is.
    pub fn poll_progress(&mut self, now: u64) -> Result<Option<Entry>> {
        let due = self.published.is_none_or(|published| {
            let every = if published.bytes == self.bytes {
                WAITING_MS
            } else {
                EVERY_MS
            };
            // A clock that steps back must not silence it.
            now.abs_diff(published.at) >= every
        });
        due.then(|| self.progress(now)).transpose()
    }

    fn progress(&mut self, now: u64) -> Result<Entry> {
        self.published = Some(Published {
            bytes: self.bytes,
            at: now,
        });
        entry(
            PROGRESS,
            &Progress {
                done: self.bytes,
                total: self.total,
                unit: "bytes",
            },
            false,
        )
    }

    /// The last events, once the whole body has been read: progress at its end,
    /// where it has not been shown yet, and the result.
    pub fn succeed(mut self, sha256: &[u8], now: u64) -> Result<(Outcome, Vec<Entry>)> {
        let mut events = Vec::new();
        if self.published.is_none_or(|last| last.bytes != self.bytes) {
            events.push(self.progress(now)?);
        }
        let outcome = Outcome {
            sha256: hex(sha256),
            bytes: self.bytes,
            lines: self.lines,
        };
        events.push(entry("succeeded", &outcome, true)?);
        Ok((outcome, events))
    }

    /// The last event, where the body did not arrive whole.
    pub fn fail(&self, message: &str) -> Result<Vec<Entry>> {
        self.end(FAILED, message)
    }

    /// The last event, where somebody asked the job to stop.
    pub fn cancel(&self) -> Result<Vec<Entry>> {
        self.end("cancelled", "The upload was cancelled.")
    }

    fn end(&self, kind: &str, message: &str) -> Result<Vec<Entry>> {
        #[derive(Serialize)]
        struct Ended<'a> {
            message: &'a str,
            bytes: u64,
        }
        let data = Ended {
            message,
            bytes: self.bytes,
        };
        Ok(vec![entry(kind, &data, true)?])
    }
}

fn entry<T: Serialize>(kind: &str, data: &T, is_final: bool) -> Result<Entry> {
    Ok(Entry {
        kind: kind.to_owned(),
        data: Data::from_json(data)?,
        key: None,
        is_final,
    })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entry: Option<Entry>) -> Option<String> {
        entry.map(|entry| entry.data.as_str().to_owned())
    }

    #[test]
    fn progress_at_once_then_as_often_as_it_is_worth() {
        let mut digest = Digest::new(Some(10));
        assert_eq!(
            shown(digest.poll_progress(0).unwrap()),
            Some(r#"{"done":0,"total":10,"unit":"bytes"}"#.into())
        );
        digest.on_chunk(b"a\nb");
        assert_eq!(digest.poll_progress(249).unwrap(), None);
        assert_eq!(
            shown(digest.poll_progress(250).unwrap()),
            Some(r#"{"done":3,"total":10,"unit":"bytes"}"#.into())
        );
        assert_eq!(digest.poll_progress(10_249).unwrap(), None);
        assert!(digest.poll_progress(10_250).unwrap().is_some());
    }

    #[test]
    fn a_clock_that_steps_back_does_not_silence_it() {
        let mut digest = Digest::new(None);
        let hour = 60 * 60 * 1_000;
        assert!(digest.poll_progress(hour).unwrap().is_some());
        digest.on_chunk(b"a");
        assert!(digest.poll_progress(hour - EVERY_MS).unwrap().is_some());
        assert_eq!(digest.poll_progress(hour - EVERY_MS).unwrap(), None);
        assert!(digest.poll_progress(0).unwrap().is_some(), "a sign of life");
    }

    #[test]
    fn the_end_shows_all_bytes_and_the_result() {
        let mut digest = Digest::new(None);
        digest.on_chunk(b"a\nb\n");
        digest.on_chunk(b"");
        digest.on_chunk(b"c");
        let (outcome, events) = digest.succeed(&[0x00, 0xab, 0xff], 0).unwrap();
        assert_eq!((outcome.bytes, outcome.lines), (5, 2));
        let data: Vec<&str> = events.iter().map(|event| event.data.as_str()).collect();
        assert_eq!(
            data,
            [
                r#"{"done":5,"unit":"bytes"}"#,
                r#"{"sha256":"00abff","bytes":5,"lines":2}"#
            ]
        );
        assert_eq!(events.iter().filter(|event| event.is_final).count(), 1);
    }

    #[test]
    fn an_empty_body_is_a_body() {
        let mut digest = Digest::new(Some(0));
        assert!(digest.poll_progress(0).unwrap().is_some());
        let (outcome, events) = digest.succeed(&[], 0).unwrap();
        assert_eq!((outcome.bytes, outcome.lines, events.len()), (0, 0, 1));
    }
}
