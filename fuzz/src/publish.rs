//! What publishers send: from the body of a request to what readers get.

use crate::disk::Disk;
use crate::reader::{Buffer, Reader};
use crate::{NOW, head_and_body, json, refused};
use serde_json::Value;
use tidings::cursor::Epoch;
use tidings::data::Data;
use tidings::limit::{BATCH_EVENTS, EVENT_BYTES, JSON_DEPTH, KEY_CHARS};
use tidings::log::{Entry, Record};
use tidings::stream::command::Command;
use tidings::stream::config::Config;
use tidings::stream::progress::PROGRESS;
use tidings::stream::publish::{RESERVED_TYPES, parse};
use tidings::stream::{Flush, Position, Stream, Wire};

/// Checks an input of the `Content-Type` in its first line, and the body.
pub fn check(data: &[u8]) {
    let (content_type, body) = head_and_body(data);
    let entries = match parse(Some(&content_type), body) {
        Ok(entries) => entries,
        Err(error) => return refused::check(&error, &[400, 413, 415]),
    };
    assert!((1..=BATCH_EVENTS).contains(&entries.len()));
    for entry in &entries {
        is_right(entry);
    }
    is_what_was_sent(&content_type, body, &entries);
    let entries = as_it_travels(&entries);
    publish(&entries, &Config::default());
}

fn is_right(entry: &Entry) {
    let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let kind = entry.kind.as_str();
    assert!(
        (1..=64).contains(&kind.len()) && kind.chars().all(known),
        "{kind}"
    );
    assert!(!RESERVED_TYPES.contains(&kind));
    if let Some(key) = &entry.key {
        assert!((1..=KEY_CHARS).contains(&key.chars().count()));
    }
    assert!(entry.data.as_str().len() <= EVENT_BYTES);
    if let Data::Json(json) = &entry.data {
        assert!(!json.contains(['\n', '\r']), "it is on one line");
        assert!(json::tree(json).is_none_or(|value| depth(&value) <= JSON_DEPTH));
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What was read is what stands in the body, read as a tree.
fn is_what_was_sent(content_type: &str, body: &[u8], entries: &[Entry]) {
    let text = std::str::from_utf8(body).expect("it was read");
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let sent: Vec<Option<Value>> = if media_type.eq_ignore_ascii_case("text/plain") {
        assert_eq!(entries, [message(Data::Text(text.to_owned()))]);
        return;
    } else if media_type.eq_ignore_ascii_case("application/json") {
        match json::tree(text) {
            Some(Value::Array(events)) => events.into_iter().map(Some).collect(),
            Some(one) => vec![Some(one)],
            None => return,
        }
    } else {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(json::tree).collect()
    };
    assert_eq!(sent.len(), entries.len());
    for (sent, entry) in sent.iter().zip(entries) {
        let Some(sent) = sent else {
            continue;
        };
        let data = json::tree(entry.data.as_str()).expect("it is what was sent");
        assert_eq!(sent.get("data").unwrap_or(&Value::Null), &data);
        assert_eq!(
            sent.get("type")
                .map_or("message", |kind| kind.as_str().expect("it is one")),
            entry.kind
        );
        assert_eq!(
            sent.get("key").and_then(Value::as_str),
            entry.key.as_deref()
        );
        assert_eq!(
            sent.get("final").and_then(Value::as_bool).unwrap_or(false),
            entry.is_final
        );
    }
}

fn message(data: Data) -> Entry {
    Entry {
        kind: "message".to_owned(),
        data,
        key: None,
        is_final: false,
    }
}

/// To the object and read there.
fn as_it_travels(entries: &[Entry]) -> Vec<Entry> {
    let command = Command::publish(entries.to_vec()).expect("it is a command");
    let read = Command::from_json(&command.to_json().expect("it is JSON")).expect("it reads");
    assert_eq!(read, command);
    let Command::Publish { events, .. } = read else {
        panic!("it is another command");
    };
    let back = events
        .into_iter()
        .map(|event| Entry::try_from(event).expect("it reads"));
    let back: Vec<Entry> = back.collect();
    assert_eq!(back, entries);
    back
}

/// Published on a new stream, shown to a reader, and sent again.
pub(crate) fn publish(entries: &[Entry], config: &Config) {
    let epoch = Epoch::from_random(3);
    let disk = Disk::default();
    let mut stream = Stream::open(disk.clone(), epoch.clone()).expect("it opens");
    stream
        .configure(config.clone(), 0)
        .expect("it is configured");
    let receipt = match stream.publish(entries.to_vec(), NOW) {
        Ok(receipt) => receipt,
        Err(error) => {
            refused::check(&error, &[409]);
            assert_eq!(
                stream.commit().expect("nothing is stored"),
                Flush::default()
            );
            return;
        }
    };
    assert_eq!(receipt.accepted + receipt.duplicates, entries.len());
    let Flush { records, ended } = stream.commit().expect("it is stored");
    assert_eq!(records.len(), receipt.accepted);
    assert!(
        records
            .iter()
            .map(|record| record.seq)
            .eq(1..=stream.head())
    );
    assert_eq!(ended, entries.iter().any(|entry| entry.is_final));
    shows(&epoch, &records);
    for progress in records.iter().filter(|record| record.kind == PROGRESS) {
        let data = json::tree(progress.data.as_str()).unwrap_or_default();
        let percent = data.get("percent").map(Value::as_f64);
        assert!(percent.is_none_or(|p| p.is_some_and(|p| (0.0..=100.0).contains(&p))));
    }
    let mut stored = Stream::open(disk, Epoch::from_random(4)).expect("it opens");
    assert_eq!((stored.epoch(), stored.head()), (&epoch, stream.head()));
    let position = Position::Tail(u64::MAX);
    let chunk = stored
        .subscribe(&position, NOW)
        .expect("it reads")
        .expect("there is something");
    let past = chunk.records.as_slice();
    assert_eq!(past, records.get(..past.len()).expect("it is the past"));
    // Whoever sends it again gets the originals' place.
    let keyed: Vec<Entry> = entries
        .iter()
        .filter(|entry| entry.key.is_some())
        .cloned()
        .collect();
    if !keyed.is_empty() {
        let receipt = stored.publish(keyed.clone(), NOW).expect("it is known");
        assert_eq!((receipt.accepted, receipt.duplicates), (0, keyed.len()));
        assert!((1..=stored.head()).contains(&receipt.cursor.seq));
    }
}

/// What readers of either wire get of these events.
pub(crate) fn shows(epoch: &Epoch, records: &[Record]) {
    let frame = Wire::EventStream
        .records(epoch, records)
        .expect("it is encoded");
    let mut reader = Reader::new(Buffer::Emptied);
    reader.feed(frame.as_bytes());
    assert_eq!(reader.events.len(), records.len());
    for (event, record) in reader.events.iter().zip(records) {
        assert_eq!(event.kind, record.kind);
        assert_eq!(event.id, Some(epoch.at(record.seq).to_string()));
        let data = record.data.as_str();
        assert_eq!(event.data, data.replace("\r\n", "\n").replace('\r', "\n"));
    }
    let frame = Wire::Json.records(epoch, records).expect("it is encoded");
    if records.is_empty() {
        assert_eq!(frame, "", "nothing is no frame");
        return;
    }
    let Some(tree) = json::tree(&frame) else {
        return;
    };
    let events = match tree {
        Value::Array(events) => events,
        one => vec![one],
    };
    assert_eq!(events.len(), records.len());
    for (event, record) in events.iter().zip(records) {
        assert_eq!(event["type"], record.kind);
        assert_eq!(event["cursor"], epoch.at(record.seq).to_string());
        match &record.data {
            Data::Text(text) => assert_eq!(event["data"], *text),
            Data::Json(json) => {
                let data = json::tree(json).expect("it is a part of the frame");
                assert_eq!(event["data"], data);
            }
        }
    }
}
