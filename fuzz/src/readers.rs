//! What a stream keeps of a reader with its socket, and reads when it wakes up.

use crate::disk::Disk;
use crate::{NOW, text};
use tidings::cursor::Epoch;
use tidings::data::Data;
use tidings::limit::BATCH_EVENTS;
use tidings::log::Entry;
use tidings::stream::config::Config;
use tidings::stream::{Reader, Stage, Stream, Then};

/// So many events there are for readers that are behind.
const EVENTS: usize = BATCH_EVENTS + 20;

/// Checks a text of lines: a configuration first, then attachments.
pub fn check(data: &[u8]) {
    let text = text(data);
    let mut lines = text.lines();
    let config = lines.next().unwrap_or_default();
    let readers = lines.filter_map(|line| match Reader::from_json(line) {
        Ok(reader) => Some(reader),
        Err(error) => {
            assert_eq!(error.status(), 500, "an attachment is our own");
            None
        }
    });
    let readers: Vec<Reader> = readers.take(20).collect();
    for reader in &readers {
        let json = reader.to_json().expect("a reader is JSON");
        assert!(json.len() < 128, "{json}");
        assert_eq!(Reader::from_json(&json).as_ref(), Ok(reader));
    }
    if !readers.is_empty() {
        wakes(config, &readers);
    }
}

thread_local! {
    /// What is stored of a stream with more events than there are on a page.
    static PUBLISHED: Disk = published();
}

fn published() -> Disk {
    let disk = Disk::default();
    let mut stream = Stream::open(disk.clone(), Epoch::from_random(1)).expect("it opens");
    for n in 0..EVENTS {
        let entry = Entry {
            kind: "message".into(),
            data: Data::Json(format!("{{\"k\":{}}}", n % 5)),
            key: None,
            is_final: false,
        };
        stream.publish(vec![entry], NOW).expect("it is taken");
    }
    stream.commit().expect("it is written");
    disk
}

/// A stream that wakes up with these readers brings each to the head.
fn wakes(config: &str, readers: &[Reader]) {
    let mut stream =
        Stream::open(PUBLISHED.with(Disk::survivor), Epoch::from_random(2)).expect("it opens");
    if let Ok(config) = Config::parse(config.as_bytes()) {
        stream.configure(config, 0).expect("it is configured");
    }
    for reader in readers {
        let Stage::From(mut from) = reader.stage else {
            continue;
        };
        let mut last = None;
        // A page has at least one event, or is the last.
        for _ in 0..=EVENTS {
            let chunk = stream.resume(from, NOW).expect("it reads");
            for record in &chunk.records {
                assert!(last < Some(record.seq), "an event comes once, in order");
                last = Some(record.seq);
            }
            let frame = reader
                .wire
                .chunk(stream.epoch(), &chunk)
                .expect("it is text");
            let is_empty = chunk.gap.is_none() && chunk.records.is_empty();
            assert_eq!(frame.is_empty(), is_empty);
            match chunk.then {
                Then::More(next) => {
                    // One that comes from the future begins again at the oldest.
                    let began = chunk.gap.map_or(from, |gap| gap.from);
                    assert!(next > began, "it goes on");
                    from = next;
                }
                Then::Live | Then::End => {
                    from = u64::MAX;
                    break;
                }
            }
        }
        assert_eq!(from, u64::MAX, "it comes to the head");
    }
}
