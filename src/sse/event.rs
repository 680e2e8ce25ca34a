//! The `text/event-stream` format, the only place that knows its rules.
//!
//! Source: [WHATWG HTML, 9.2 Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).
//! Lines may end in CR, LF or CRLF; we write LF only. A field is `name: value`,
//! always with the one space that parsers strip, so that a value that begins with
//! a space keeps it. A payload with several lines becomes several `data:` fields.
//! An event is dispatched at the blank line, and its `id` is committed there, so
//! a response that is cut anywhere is resumed without loss or repetition.

use crate::cursor::Epoch;
use crate::log::{Gap, Record};
use std::fmt::Write;

/// The type that is not written, because a browser assumes it.
pub const DEFAULT_TYPE: &str = "message";

/// How long a browser waits before it reconnects, in milliseconds: the value of
/// the `retry:` field at the start of every response.
pub const RETRY_MS: u64 = 2_000;

/// The first bytes of every response.
///
/// They reach the client before any event, so that proxies forward the headers
/// and `EventSource` opens at once. No blank line ends them: to the letter of the
/// standard the buffer of the last event ID is empty when a response begins and is
/// committed at every blank line, so one before the first `id` would make a reader
/// that has come back forget its place.
#[must_use]
pub fn preamble() -> String {
    format!("retry: {RETRY_MS}\n: tidings\n")
}

/// A comment, which every parser ignores: what is written into silence so that
/// proxies do not close the connection and we notice that a reader has gone. No
/// blank line either, for the reason given at [`preamble`].
pub const HEARTBEAT: &str = ": heartbeat\n";

/// Writes an event of a log, with its cursor as the `id`.
///
/// The `id` comes last. Some clients take it when they read its line and not at
/// the blank line (fetch-event-source), or deliver an event that was cut with
/// what they have of it (sseclient-py): if it came first, a cut within the event
/// would make them go on behind an event that they never got whole.
pub fn write_record(out: &mut String, epoch: &Epoch, record: &Record) {
    write_event(out, &record.kind, record.data.as_str(), epoch, record.seq);
}

/// Writes an event of a log with a payload of its own.
pub fn write_event(out: &mut String, kind: &str, data: &str, epoch: &Epoch, seq: u64) {
    write_fields(out, kind, data);
    // Writing to a string cannot fail.
    let _ = write!(out, "id: {}.{seq}\n\n", epoch.as_str());
}

/// Writes the control event that tells of a gap. It has no `id`: it is no place
/// in the log.
pub fn write_gap(out: &mut String, gap: &Gap) {
    // Strings and numbers only: serialising cannot fail.
    let data = serde_json::to_string(gap).unwrap_or_default();
    write_fields(out, "gap", &data);
    out.push('\n');
}

/// The control event that tells of the end of a stream that was deleted.
#[must_use]
pub fn deleted() -> String {
    control("deleted", "{}")
}

/// The control event that tells that the token is about to run out: the last one of
/// its response. `until` is when, in milliseconds of Unix time.
#[must_use]
pub fn auth(until: u64) -> String {
    control("auth", &format!("{{\"expires_at\":{until}}}"))
}

/// What a reader gets whom there is no room for: come back in so many milliseconds. A
/// browser does so after a response that ends, and only then.
#[must_use]
pub fn come_back(ms: u64) -> String {
    format!("retry: {ms}\n: too many\n")
}

/// A control event: it has no `id`, because it is no place in the log.
#[must_use]
pub fn control(kind: &str, data: &str) -> String {
    let mut out = String::new();
    write_fields(&mut out, kind, data);
    out.push('\n');
    out
}

/// Writes all but the `id` and the blank line.
fn write_fields(out: &mut String, kind: &str, data: &str) {
    if kind != DEFAULT_TYPE {
        out.push_str("event: ");
        out.push_str(kind);
        out.push('\n');
    }
    for line in lines(data) {
        out.push_str("data: ");
        out.push_str(line);
        out.push('\n');
    }
}

/// Splits at CRLF, LF and CR, as a parser of event streams does.
///
/// `str::lines` does not split at a lone CR and drops a last empty line; either
/// would let a payload break out of its field or come back changed.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let Some((line, after)) = current.split_once(['\r', '\n']) else {
            rest = None;
            return Some(current);
        };
        // CRLF is one line end.
        let at_cr = current.as_bytes().get(line.len()) == Some(&b'\r');
        rest = Some(match after.strip_prefix('\n') {
            Some(after_crlf) if at_cr => after_crlf,
            _ => after,
        });
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Data;

    fn encoded(kind: &str, data: Data) -> String {
        let record = Record {
            seq: 7,
            at: 0,
            kind: kind.into(),
            data,
            key: None,
            is_final: false,
        };
        let mut out = String::new();
        let cursor: crate::cursor::Cursor = "k3f9.1".parse().unwrap();
        write_record(&mut out, &cursor.epoch, &record);
        out
    }

    #[test]
    fn an_event_byte_by_byte() {
        assert_eq!(
            encoded("progress", Data::Json(r#"{"done":1}"#.into())),
            "event: progress\ndata: {\"done\":1}\nid: k3f9.7\n\n"
        );
    }

    #[test]
    fn the_type_message_is_not_written() {
        assert_eq!(
            encoded("message", Data::Json("1".into())),
            "data: 1\nid: k3f9.7\n\n"
        );
    }

    #[test]
    fn text_is_split_at_every_kind_of_line_end() {
        assert_eq!(
            encoded("message", Data::Text("a\r\nb\nc\rd\r\r\ne\n".into())),
            "data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\ndata: \nid: k3f9.7\n\n"
        );
    }

    #[test]
    fn empty_text_and_leading_spaces_survive() {
        assert_eq!(
            encoded("message", Data::Text(String::new())),
            "data: \nid: k3f9.7\n\n"
        );
        assert_eq!(
            encoded("message", Data::Text(" x".into())),
            "data:  x\nid: k3f9.7\n\n"
        );
    }

    #[test]
    fn a_gap_has_no_id() {
        let epoch = Epoch::from_random(0);
        let mut out = String::new();
        write_gap(
            &mut out,
            &Gap {
                requested: "old.3\n\"".into(),
                oldest: Some(epoch.at(5)),
                head: Some(epoch.at(9)),
                from: 5,
            },
        );
        assert_eq!(
            out,
            "event: gap\ndata: {\"requested\":\"old.3\\n\\\"\",\"oldest\":\"0000000000.5\",\"head\":\"0000000000.9\"}\n\n"
        );
    }

    #[test]
    fn what_is_said_instead_of_a_refusal() {
        assert_eq!(auth(5), "event: auth\ndata: {\"expires_at\":5}\n\n");
        assert_eq!(come_back(60_000), "retry: 60000\n: too many\n");
    }

    #[test]
    fn the_first_bytes() {
        assert_eq!(preamble(), "retry: 2000\n: tidings\n");
    }
}
