//! Cursors, and what a reader gets that comes with one.

use crate::reader::{Buffer, Reader};
use crate::{NOW, text};
use std::cell::RefCell;
use tidings::cursor::{After, Cursor, Epoch};
use tidings::data::Data;
use tidings::limit::REQUESTED_CHARS;
use tidings::log::{Entry, MemoryStorage};
use tidings::stream::config::Config;
use tidings::stream::{Position, Stream, Then, Wire};

/// How many events the stream has that is read, of which the first have expired.
const EVENTS: u64 = 12;
const RETAINED: u64 = 8;

thread_local! {
    /// Built once: reading changes nothing.
    static STREAM: RefCell<Stream<MemoryStorage>> = RefCell::new(stream());
}

/// Checks a text as a cursor.
pub fn check(data: &[u8]) {
    let text = text(data);
    let parsed = text.parse::<Cursor>();
    assert_eq!(parsed.is_ok(), is_cursor(&text), "{text:?}");
    if let Ok(cursor) = &parsed {
        let canonical = cursor.to_string();
        assert_eq!(canonical.parse().as_ref(), Ok(cursor));
        assert!(canonical.len() <= text.len() && canonical.is_ascii());
    }
    let after = After::parse(&text);
    match &after {
        After::Start => assert_eq!(text, "start"),
        After::Cursor(cursor) => assert_eq!(Ok(cursor), parsed.as_ref()),
        After::Malformed(kept) => assert!(parsed.is_err() && text.starts_with(kept.as_str())),
    }
    let shown = after.to_string();
    assert!(shown.chars().count() <= REQUESTED_CHARS);
    assert_eq!(After::parse(&shown), after);
    let position = Position::After(after.clone());
    let json = serde_json::to_string(&position).expect("a position is JSON");
    assert_eq!(serde_json::from_str::<Position>(&json).ok(), Some(position));
    STREAM.with_borrow_mut(|stream| read(stream, &after));
}

/// `[0-9a-z]{1,16}\.[0-9]{1,16}`, by other means than the parser.
fn is_cursor(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [epoch, seq] = parts.as_slice() else {
        return false;
    };
    let is = |text: &str, of: &str| {
        let length = text.chars().count();
        (1..=16).contains(&length) && text.chars().all(|c| of.contains(c))
    };
    is(epoch, "0123456789abcdefghijklmnopqrstuvwxyz") && is(seq, "0123456789")
}

fn stream() -> Stream<MemoryStorage> {
    let epoch = Epoch::from_random(7);
    let mut stream = Stream::open(MemoryStorage::default(), epoch).expect("it opens");
    let config = format!("{{\"retain_events\":{RETAINED}}}");
    let config = Config::parse(config.as_bytes()).expect("it is one");
    stream.configure(config, 0).expect("it is configured");
    for n in 1..=EVENTS {
        let entry = Entry {
            kind: "message".to_owned(),
            data: Data::Json(n.to_string()),
            key: None,
            is_final: false,
        };
        stream.publish(vec![entry], NOW).expect("it is taken");
        stream.commit().expect("it is stored");
    }
    stream
}

/// Whatever the cursor: everything after it, or a gap and everything that is there.
fn read(stream: &mut Stream<MemoryStorage>, after: &After) {
    let oldest = EVENTS - RETAINED + 1;
    let epoch = stream.epoch().clone();
    let (gap, from) = match after {
        After::Start => (false, oldest),
        After::Cursor(cursor) if cursor.epoch == epoch && cursor.seq <= EVENTS => {
            let next = cursor.seq + 1;
            (next < oldest, next.max(oldest))
        }
        After::Cursor(_) | After::Malformed(_) => (true, oldest),
    };
    let position = Position::After(after.clone());
    let chunk = stream
        .subscribe(&position, NOW)
        .expect("a cursor is no error");
    let chunk = chunk.expect("the stream goes on");
    assert_eq!(chunk.gap.is_some(), gap, "{after}");
    assert_eq!(chunk.then, Then::Live);
    let seqs = chunk.records.iter().map(|record| record.seq);
    assert!(seqs.eq(from..=EVENTS), "{after}");
    let mut reader = Reader::new(Buffer::Emptied);
    reader.feed(
        Wire::EventStream
            .chunk(&epoch, &chunk)
            .expect("it is encoded")
            .as_bytes(),
    );
    let mut events = reader.events.iter();
    if gap {
        let told = events.next().expect("a gap is told");
        assert_eq!((told.kind.as_str(), told.id.as_ref()), ("gap", None));
        let told: serde_json::Value = serde_json::from_str(&told.data).expect("a gap is JSON");
        assert_eq!(told["requested"], after.to_string());
        assert_eq!(told["oldest"], epoch.at(oldest).to_string());
    }
    let ids = events.map(|event| event.id.clone());
    assert!(ids.eq((from..=EVENTS).map(|seq| Some(epoch.at(seq).to_string()))));
}
