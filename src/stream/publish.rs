//! What a publisher may send: `POST /v1/streams/{name}/events`.
//!
//! A body is read whole or refused whole: an error in the last event of a batch
//! stores none of it. This runs in the stateless Worker, so that bad input never
//! wakes an object.

use crate::content_type::media_type;
use crate::data::{Data, complaint, parse_object};
use crate::error::{Error, Result};
use crate::limit::{BATCH_BYTES, BATCH_EVENTS, EVENT_TYPE_CHARS, KEY_CHARS};
use crate::log::Entry;
use crate::sse::event::DEFAULT_TYPE;
use crate::stream::progress;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Types that a publisher may not use: the browser and this service speak them.
pub const RESERVED_TYPES: [&str; 5] = ["open", "error", "gap", "auth", "deleted"];

/// The media types of a publish request, for the error that names them.
const READ: &str = "application/json, application/x-ndjson or text/plain, in UTF-8";

/// One event as it is published.
#[derive(Debug, Serialize, Deserialize)]
struct Published<'a> {
    #[serde(rename = "type", default = "default_type")]
    kind: String,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    key: Option<String>,
    #[serde(rename = "final", default)]
    is_final: bool,
}

fn default_type() -> String {
    DEFAULT_TYPE.to_owned()
}

/// Reads the body of a publish request.
pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Vec<Entry>> {
    if body.len() > BATCH_BYTES {
        return Err(Error::TooLarge {
            what: "a publish request in bytes",
            limit: BATCH_BYTES,
        });
    }
    let media_type = media_type(content_type, READ)?;
    let text = std::str::from_utf8(body).map_err(|error| {
        Error::BadRequest(format!(
            "The body is not valid UTF-8 (first error after {} bytes).",
            error.valid_up_to()
        ))
    })?;
    let entries = match media_type.as_str() {
        "application/json" => from_json(text)?,
        "application/x-ndjson" => from_lines(text)?,
        "text/plain" => vec![Entry {
            kind: default_type(),
            data: Data::from_text(text.to_owned())?,
            key: None,
            is_final: false,
        }],
        _ => return Err(Error::UnsupportedMediaType(READ)),
    };
    if entries.is_empty() {
        return Err(Error::bad_request("There is no event in the body."));
    }
    Ok(entries)
}

fn from_json(text: &str) -> Result<Vec<Entry>> {
    if text.trim_start().starts_with('[') {
        let events: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| not_json(&error))?;
        check_count(events.len())?;
        let numbered = (1_usize..).zip(events);
        numbered
            .map(|(number, raw)| in_batch("event", number, entry(raw.get())))
            .collect()
    } else {
        Ok(vec![entry(text)?])
    }
}

fn from_lines(text: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if !line.trim().is_empty() {
            entries.push(in_batch("line", number, entry(line))?);
            check_count(entries.len())?;
        }
    }
    Ok(entries)
}

fn check_count(events: usize) -> Result<()> {
    if events > BATCH_EVENTS {
        return Err(Error::TooLarge {
            what: "a batch in events",
            limit: BATCH_EVENTS,
        });
    }
    Ok(())
}

/// Says which event of a batch an error is about.
pub(crate) fn in_batch<T>(what: &str, number: usize, entry: Result<T>) -> Result<T> {
    entry.map_err(|error| match error {
        Error::BadRequest(detail) => Error::BadRequest(format!("In {what} {number}: {detail}")),
        other => other,
    })
}

fn entry(json: &str) -> Result<Entry> {
    let published: Published<'_> = parse_object(json.as_bytes())
        .map_err(|error| Error::BadRequest(format!("The event is not valid: {error}.")))?;
    check_type(&published.kind)?;
    if let Some(key) = &published.key {
        check_key(key)?;
    }
    let data = match published.data {
        Some(raw) => Data::from_raw(raw)?,
        None => Data::Json("null".to_owned()),
    };
    if published.kind == progress::PROGRESS {
        progress::check(&data)?;
    }
    Ok(Entry {
        kind: published.kind,
        data,
        key: published.key,
        is_final: published.is_final,
    })
}

fn not_json(error: &serde_json::Error) -> Error {
    Error::BadRequest(format!("The body is not valid JSON: {}.", complaint(error)))
}

pub(crate) fn check_type(kind: &str) -> Result<()> {
    let valid = (1..=EVENT_TYPE_CHARS).contains(&kind.len())
        && kind
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if !valid {
        return Err(Error::BadRequest(format!(
            "A type is 1 to {EVENT_TYPE_CHARS} characters of A-Z a-z 0-9 . _ -"
        )));
    }
    if RESERVED_TYPES.contains(&kind) {
        return Err(Error::BadRequest(format!(
            "The types {} are reserved.",
            RESERVED_TYPES.join(", ")
        )));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<()> {
    if (1..=KEY_CHARS).contains(&key.chars().count()) {
        Ok(())
    } else {
        Err(Error::BadRequest(format!(
            "A key is 1 to {KEY_CHARS} characters."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JSON: Option<&str> = Some("application/json");

    fn refused(content_type: Option<&str>, body: &[u8]) -> u16 {
        parse(content_type, body).unwrap_err().status()
    }

    #[test]
    fn one_event_an_array_lines_and_text() {
        let one = parse(
            JSON,
            br#" {"type":"a.b","data":{"x": 1},"key":"k","final":true} "#,
        )
        .unwrap();
        assert_eq!(
            one,
            [Entry {
                kind: "a.b".into(),
                data: Data::Json("{\"x\":1}".into()),
                key: Some("k".into()),
                is_final: true
            }]
        );
        assert_eq!(parse(JSON, br#"[{}, {"data":null}]"#).unwrap().len(), 2);
        let lines = parse(
            Some("application/x-ndjson"),
            b"{\"data\":1}\r\n\n{\"data\":2}",
        )
        .unwrap();
        assert_eq!(lines[1].data, Data::Json("2".into()));
        let text = parse(
            Some("text/plain; charset=UTF-8"),
            "a\r\n\u{1f980}".as_bytes(),
        )
        .unwrap();
        assert_eq!(text[0].data, Data::Text("a\r\n\u{1f980}".into()));
        assert_eq!(text[0].kind, "message");
    }

    #[test]
    fn media_types_and_charsets() {
        assert_eq!(refused(None, b"{}"), 415);
        assert_eq!(refused(Some("text/html"), b"{}"), 415);
        assert_eq!(refused(Some("text/plain; charset=latin1"), b"x"), 415);
        assert!(parse(Some("Application/JSON;charset=\"utf-8\""), b"{}").is_ok());
    }

    #[test]
    fn bad_input_gets_a_400_that_names_the_place() {
        for body in [
            "",
            " ",
            "{",
            "nope",
            "1",
            "\"x\"",
            "null",
            "[]",
            "[1]",
            "[{}",
            "{} {}",
            "{\"type\":1}",
            "{\"type\":\"\"}",
            "{\"type\":\"a b\"}",
            "{\"type\":\"a\\nid: 1\"}",
            "{\"type\":\"open\"}",
            "{\"type\":\"error\"}",
            "{\"type\":\"gap\"}",
            "{\"type\":\"auth\"}",
            "{\"key\":\"\"}",
            "{\"key\":5}",
            "{\"final\":1}",
            "{\"type\":\"progress\"}",
            "{\"type\":\"progress\",\"data\":{\"done\":-1}}",
        ] {
            assert_eq!(refused(JSON, body.as_bytes()), 400, "{body}");
        }
        let error = parse(JSON, br#"[{"data":1},{"type":"gap"}]"#).unwrap_err();
        assert!(error.to_string().starts_with("In event 2: "), "{error}");
        let error = parse(JSON, b"{\"data\":\"\xff\"}").unwrap_err();
        assert!(error.to_string().contains("after 9 bytes"), "{error}");
    }

    #[test]
    fn limits() {
        let many = format!("[{}]", vec!["{}"; 500].join(","));
        assert!(parse(JSON, many.as_bytes()).is_ok());
        let many = format!("[{}]", vec!["{}"; 501].join(","));
        assert_eq!(refused(JSON, many.as_bytes()), 413);
        assert_eq!(
            refused(Some("application/x-ndjson"), "{}\n".repeat(501).as_bytes()),
            413
        );
        assert_eq!(refused(JSON, &vec![b' '; BATCH_BYTES + 1]), 413);
        assert_eq!(refused(Some("text/plain"), &vec![b'x'; 65_537]), 413);
        assert!(parse(Some("text/plain"), &vec![b'x'; 65_536]).is_ok());
        let key = |n: usize| format!("{{\"key\":\"{}\"}}", "é".repeat(n));
        assert!(parse(JSON, key(64).as_bytes()).is_ok());
        assert_eq!(refused(JSON, key(65).as_bytes()), 400);
        let deep = format!(
            "{{\"data\":{}{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(refused(JSON, deep.as_bytes()), 400);
    }

    proptest! {
        #[test]
        fn never_panics(body in any::<Vec<u8>>(), kind in "(application/json|application/x-ndjson|text/plain|[ -~]{0,30})") {
            let _ = parse(Some(&kind), &body);
        }
    }
}
