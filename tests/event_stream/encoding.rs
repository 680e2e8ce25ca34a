//! What was published is what is read.

use crate::object::{Object, position};
use crate::payload::{as_read, entry, texts};
use crate::reader::{Buffer, Event, Reader};
use proptest::prelude::*;
use sse_core::{SseDecoder, SseEvent};
use std::num::NonZeroUsize;
use tidings::log::Entry;
use tidings::sse::event;
use tidings::stream::publish;

/// The events of a response, by the independent parser, with the last event ID
/// as it stood at each.
fn decoded(response: &str) -> (Vec<(String, String, String)>, Vec<u32>) {
    // Enough for the largest event.
    let mut decoder = SseDecoder::with_limit(NonZeroUsize::new(1 << 20).unwrap());
    let mut bytes = response.as_bytes();
    let mut events = Vec::new();
    let mut retries = Vec::new();
    while let Some(event) = decoder.next(&mut bytes) {
        match event.unwrap() {
            SseEvent::Retry(ms) => retries.push(ms),
            SseEvent::Message(event) => events.push((
                event.event.into_owned(),
                event.data,
                event
                    .last_event_id
                    .map_or_else(String::new, |id| id.to_string()),
            )),
        }
    }
    (events, retries)
}

fn read(response: &str, chunk: usize) -> Reader {
    let mut reader = Reader::new(Buffer::Emptied);
    for chunk in response.as_bytes().chunks(chunk) {
        reader.feed(chunk);
    }
    reader
}

/// How many lines begin so.
fn count(response: &str, beginning: &str) -> usize {
    response
        .split('\n')
        .filter(|line| line.starts_with(beginning))
        .count()
}

#[test]
fn a_response_is_what_was_recorded_byte_for_byte() {
    let mut object = Object::new();
    let mut live = object.publish_lines(include_str!("fixtures/published.ndjson"));
    live.push_str(&object.publish_text(include_str!("fixtures/published.txt")));
    let recorded = include_str!("fixtures/response.txt");
    assert_eq!(
        object.respond(&position("", Some("start"))).unwrap(),
        recorded
    );
    assert_eq!(event::preamble() + &live, recorded);
}

#[test]
fn every_text_that_has_broken_encoders_comes_as_it_was() {
    for text in texts() {
        let mut object = Object::new();
        object.publish_text(&text);
        let reader = read(&object.respond(&position("", None)).unwrap(), 1);
        let expected = Event {
            kind: "message".to_owned(),
            data: text.replace("\r\n", "\n").replace('\r', "\n"),
            id: Some(object.cursor(1)),
        };
        assert_eq!(reader.events, [expected], "{text:?}");
    }
}

#[test]
fn a_bom_in_the_first_event_is_data() {
    let mut object = Object::new();
    object.publish_text("\u{feff}");
    for query in [None, Some("start"), Some("junk")] {
        let response = object.respond(&position("", query)).unwrap();
        assert!(response.starts_with("retry: 2000\n"));
        let reader = read(&response, 1);
        assert_eq!(reader.events.last().unwrap().data, "\u{feff}");
    }
}

#[test]
fn control_events_have_no_id_and_a_gap_repeats_what_was_asked_as_json() {
    let mut object = Object::new();
    object.publish_lines("{\"data\":1}");
    for requested in texts() {
        let requested = format!("?{requested}");
        let response = object.respond(&position(&requested, None)).unwrap();
        let reader = read(&response, 1);
        let [gap, one] = reader.events.as_slice() else {
            panic!("{requested:?}: {:?}", reader.events);
        };
        assert_eq!((gap.kind.as_str(), &gap.id), ("gap", &None));
        let told: serde_json::Value = serde_json::from_str(&gap.data).unwrap();
        let beginning: String = requested.chars().take(64).collect();
        assert_eq!(told["requested"], beginning);
        assert_eq!(told["oldest"], object.cursor(1));
        assert_eq!(told["head"], object.cursor(1));
        assert_eq!(one.id, Some(object.cursor(1)));
    }
    let reader = read(&event::deleted(), 1);
    assert_eq!(
        (reader.events[0].kind.as_str(), &reader.events[0].id),
        ("deleted", &None)
    );
}

#[test]
fn a_heartbeat_and_the_preamble_are_no_events_and_leave_no_trace() {
    let mut object = Object::new();
    let event = object.publish_text("x");
    let heartbeats = event::HEARTBEAT.repeat(3);
    let with = format!(
        "{}{heartbeats}{event}{heartbeats}{event}",
        event::preamble()
    );
    let reader = read(&with, 1);
    assert_eq!(reader.events, read(&event.repeat(2), 1).events);
    assert_eq!(reader.retry, Some(2_000));
}

proptest! {
    #[test]
    fn what_was_published_is_what_both_parsers_read(
        batches in proptest::collection::vec(proptest::collection::vec(entry(), 1..6), 1..6),
        chunk in 1_usize..5_000,
    ) {
        let mut object = Object::new();
        let mut live = String::new();
        for batch in &batches {
            live.push_str(&object.publish(batch.clone()));
        }
        let response = object.respond(&position("", Some("start"))).unwrap();
        // A reader that was there all the time and one that comes late get the same.
        prop_assert_eq!(&response, &(event::preamble() + &live));

        let published: Vec<Entry> = batches.concat();
        let expected: Vec<Event> = (1..).zip(&published).map(|(seq, entry)| Event {
            kind: entry.kind.clone(),
            data: as_read(&entry.data),
            id: Some(object.cursor(seq)),
        }).collect();
        let reader = read(&response, chunk);
        prop_assert_eq!(reader.retry, Some(2_000));
        prop_assert_eq!(reader.last_event_id, expected.last().and_then(|e| e.id.clone()).unwrap_or_default());
        prop_assert_eq!(&reader.events, &expected);

        let (events, retries) = decoded(&response);
        let expected: Vec<_> = expected.into_iter()
            .map(|event| (event.kind, event.data, event.id.unwrap())).collect();
        prop_assert_eq!(&events, &expected);
        prop_assert_eq!(retries, [2_000]);

        // No byte is there that a parser must interpret, and no field that the
        // events do not account for.
        prop_assert!(!response.contains('\r'));
        prop_assert!(response.starts_with("retry: 2000\n"));
        prop_assert!(response.ends_with('\n'));
        let named = published.iter().filter(|entry| entry.kind != "message").count();
        let lines: usize = expected.iter().map(|(_, data, _)| data.split('\n').count()).sum();
        prop_assert_eq!(count(&response, "id: "), published.len());
        prop_assert_eq!(count(&response, "event: "), named);
        prop_assert_eq!(count(&response, "data: "), lines);
        prop_assert_eq!(count(&response, "retry: "), 1);
        prop_assert_eq!(count(&response, ": "), 1);
        let blank = response.split('\n').filter(|line| line.is_empty()).count();
        let blank_of_preamble = event::preamble().split('\n').filter(|line| line.is_empty()).count() - 1;
        prop_assert_eq!(blank, published.len() + blank_of_preamble + 1);
        prop_assert_eq!(
            response.split('\n').count(),
            published.len() * 2 + named + lines + 2 + blank_of_preamble + 1
        );
    }

    /// Longer than 128 bytes, or with one of a few characters in it, an id would
    /// make a browser ask for permission each time it reconnects to another origin.
    #[test]
    fn an_id_never_needs_a_preflight(bits in any::<u64>(), seq in any::<u64>()) {
        let id = tidings::cursor::Epoch::from_random(bits).at(seq).to_string();
        prop_assert!(id.len() <= 128);
        prop_assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.'));
    }

    #[test]
    fn a_type_is_refused_or_comes_as_it_was(kind in "(\\PC{0,4}|[A-Za-z0-9._:\r\n\0\u{feff} -]{0,8})") {
        let body = serde_json::json!({ "type": kind, "data": 1 }).to_string();
        if let Ok(entries) = publish::parse(Some("application/json"), body.as_bytes()) {
            let mut object = Object::new();
            object.publish(entries);
            let reader = read(&object.respond(&position("", None)).unwrap(), 1);
            prop_assert_eq!(reader.events, [Event { kind, data: "1".into(), id: Some(object.cursor(1)) }]);
        }
    }
}
