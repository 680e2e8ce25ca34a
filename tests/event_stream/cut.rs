//! A response is cut anywhere and resumed: every event comes exactly once.

use crate::object::{Object, position};
use crate::payload::texts;
use crate::reader::{Buffer, Event, Reader};
use proptest::prelude::*;
use tidings::sse::event::HEARTBEAT;
use tidings::stream::Then;

/// Both ways to read the standard.
const BUFFERS: [Buffer; 2] = [Buffer::Kept, Buffer::Emptied];

/// The events that have a place in the log: all but those that tell of a gap.
fn logged(reader: &Reader) -> Vec<Event> {
    let events = reader.events.iter();
    events
        .filter(|event| event.kind != "gap")
        .cloned()
        .collect()
}

fn ids(events: &[Event]) -> Vec<Option<&str>> {
    events.iter().map(|event| event.id.as_deref()).collect()
}

fn read_whole(response: &str) -> Reader {
    let mut reader = Reader::new(Buffer::Emptied);
    reader.feed(response.as_bytes());
    reader
}

/// Reads `response` up to `cut`, comes back, and reads all of what it gets then.
fn cut_and_resumed(
    object: &mut Object,
    after: Option<&str>,
    (response, cut): (&str, usize),
    buffer: Buffer,
) -> Reader {
    let mut reader = Reader::new(buffer);
    reader.feed(&response.as_bytes()[..cut]);
    reader.reconnect();
    // A 204 has no body.
    let rest = object
        .respond(&position(&reader.last_event_id, after))
        .unwrap_or_default();
    reader.feed(rest.as_bytes());
    reader
}

/// A stream and a response of it with everything in it: a gap, a past, heartbeats,
/// and events as they came.
fn mixed() -> (Object, String) {
    let mut object = Object::new();
    let texts = texts();
    let (past, live) = texts.split_at(texts.len() / 2);
    object
        .publish_lines("{\"type\":\"progress\",\"data\":{\"done\":1,\"total\":3}}\n{\"data\":[]}");
    for text in past {
        object.publish_text(text);
    }
    let (mut response, then) = object.subscribe(&position("", Some("old.7"))).unwrap();
    assert_eq!(then, Then::Live);
    response.push_str(HEARTBEAT);
    for (number, text) in live.iter().enumerate() {
        response.push_str(&object.publish_text(text));
        if number % 5 == 0 {
            response.push_str(HEARTBEAT);
            response.push_str(HEARTBEAT);
        }
    }
    response.push_str(
        &object.publish_lines(
            "{\"data\":1}\n{\"type\":\"é\"}\n"
                .replace('é', "x")
                .as_str(),
        ),
    );
    response.push_str(HEARTBEAT);
    (object, response)
}

#[test]
fn cut_at_every_byte_and_resumed_every_event_comes_once() {
    let (object, response) = mixed();
    let whole = logged(&read_whole(&response));
    assert_eq!(whole.len(), texts().len() + 4);
    for cut in 0..=response.len() {
        // It is all the same to a reader whether the object has crashed meanwhile.
        let mut object = object.survivor();
        for buffer in BUFFERS {
            let reader = cut_and_resumed(&mut object, Some("old.7"), (&response, cut), buffer);
            assert_eq!(logged(&reader), whole, "cut after {cut} bytes, {buffer:?}");
        }
    }
}

#[test]
fn cut_a_second_time_before_anything_came_a_reader_keeps_its_place() {
    let (mut object, response) = mixed();
    let whole = logged(&read_whole(&response));
    let first_cut = response.find("looks like data").unwrap();
    for buffer in BUFFERS {
        let mut reader = Reader::new(buffer);
        reader.feed(&response.as_bytes()[..first_cut]);
        let again = position(&reader.last_event_id, Some("old.7"));
        let second = object.respond(&again).unwrap();
        for cut in 0..=second.len() {
            let mut reader = reader.clone();
            reader.reconnect();
            reader.feed(&second.as_bytes()[..cut]);
            reader.reconnect();
            let again = position(&reader.last_event_id, Some("old.7"));
            reader.feed(object.respond(&again).unwrap().as_bytes());
            assert_eq!(
                ids(&logged(&reader)),
                ids(&whole),
                "{cut} bytes, {buffer:?}"
            );
        }
    }
}

#[test]
fn in_silence_a_reader_keeps_its_place() {
    for buffer in BUFFERS {
        let (mut object, response) = mixed();
        let mut reader = Reader::new(buffer);
        reader.feed(response.as_bytes());
        let place = reader.last_event_id.clone();
        let silence = object.respond(&position(&place, None)).unwrap() + HEARTBEAT + HEARTBEAT;
        reader.reconnect();
        for byte in silence.as_bytes() {
            reader.feed(&[*byte]);
            assert_eq!(reader.last_event_id, place, "{buffer:?}");
        }
    }
}

#[test]
fn a_reader_of_the_latest_misses_nothing_after_its_first_event() {
    let mut object = Object::new();
    object.publish_lines(include_str!("fixtures/published.ndjson"));
    let response = object.respond(&position("", None)).unwrap();
    let latest = read_whole(&response).events;
    assert!(latest.len() > 2);
    for cut in 0..=response.len() {
        for buffer in BUFFERS {
            let reader = cut_and_resumed(&mut object, None, (&response, cut), buffer);
            let seqs: Vec<u64> = reader.events.iter().map(seq).collect();
            assert!(
                seqs.is_sorted_by(|a, b| a < b),
                "cut after {cut} bytes: {seqs:?}"
            );
            for event in &latest {
                assert!(
                    reader.events.contains(event),
                    "cut after {cut} bytes: {seqs:?}"
                );
            }
        }
    }
}

#[test]
fn an_ended_stream_is_read_to_its_end_and_then_never_again() {
    let mut object = Object::new();
    object.publish_lines("{\"data\":1}\n{\"data\":2}\n{\"type\":\"succeeded\",\"final\":true}");
    let response = object.respond(&position("", Some("start"))).unwrap();
    let whole = read_whole(&response).events;
    for cut in 0..=response.len() {
        for buffer in BUFFERS {
            let reader = cut_and_resumed(&mut object, Some("start"), (&response, cut), buffer);
            assert_eq!(reader.events, whole, "cut after {cut} bytes");
            assert_eq!(object.respond(&position(&reader.last_event_id, None)), None);
        }
    }
}

/// Cuts a response at every byte and compares what follows with what is missing.
fn cut_everywhere(object: &mut Object) {
    let (_, then) = object.subscribe(&position("", Some("start"))).unwrap();
    assert!(matches!(then, Then::More(_)), "it takes several pages");
    let response = object.respond(&position("", Some("start"))).unwrap();
    let whole = read_whole(&response).events;
    // What follows depends on the cursor alone: asked for once a cursor.
    let mut reader = Reader::new(Buffer::Emptied);
    let mut asked: Option<String> = None;
    let mut rest = Vec::new();
    for byte in response.as_bytes() {
        if asked.as_ref() != Some(&reader.last_event_id) {
            let again = position(&reader.last_event_id, Some("start"));
            rest = read_whole(&object.respond(&again).unwrap()).events;
            asked = Some(reader.last_event_id.clone());
            assert_eq!(ids(&rest), ids(&whole[reader.events.len()..]));
        }
        assert_eq!(rest.len(), whole.len() - reader.events.len());
        reader.feed(&[*byte]);
    }
    assert_eq!(reader.events, whole);
}

#[test]
fn cut_at_every_byte_of_several_pages_of_many_events() {
    let mut object = Object::new();
    for n in 0..600 {
        object.publish_text(&n.to_string());
    }
    cut_everywhere(&mut object);
}

#[test]
fn cut_at_every_byte_of_several_pages_of_large_events() {
    let mut object = Object::new();
    for n in 0..6 {
        object.publish_text(&format!("{n}é\n").repeat(6_000));
    }
    cut_everywhere(&mut object);
}

/// The number in an event's cursor.
fn seq(event: &Event) -> u64 {
    let (_, seq) = event.id.as_ref().unwrap().split_once('.').unwrap();
    seq.parse().unwrap()
}

/// Fails unless every event came once, in order, up to `head`, and nothing is
/// missing between two of them that was not told of.
fn assert_told_of_what_is_missing(reader: &Reader, head: u64) {
    let mut last: Option<u64> = None;
    let mut oldest: Option<String> = None;
    for event in &reader.events {
        if event.kind == "gap" {
            let told: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            oldest = Some(told["oldest"].as_str().unwrap().to_owned());
            continue;
        }
        let seq = seq(event);
        match (last, oldest.take()) {
            (_, Some(oldest)) => assert_eq!(Some(oldest), event.id, "{:?}", reader.events),
            (Some(last), None) => assert_eq!(seq, last + 1, "{:?}", reader.events),
            (None, None) => {}
        }
        assert!(last.is_none_or(|last| last < seq), "{:?}", reader.events);
        last = Some(seq);
    }
    assert!(last.is_none_or(|last| last == head), "{last:?} of {head}");
}

#[test]
fn what_retention_took_while_the_reader_was_away_is_told() {
    let mut object = Object::retaining(10);
    for n in 0..10 {
        object.publish_text(&n.to_string());
    }
    let response = object.respond(&position("", Some("start"))).unwrap();
    for later in [0, 1, 5, 9, 10, 11, 200] {
        let mut later_object = object.survivor();
        for n in 0..later {
            later_object.publish_text(&n.to_string());
        }
        for cut in 0..=response.len() {
            let reader = cut_and_resumed(
                &mut later_object,
                Some("start"),
                (&response, cut),
                Buffer::Kept,
            );
            assert_told_of_what_is_missing(&reader, 10 + later);
            // Told once, and only to a reader that had begun and then missed something.
            let seen = logged(&reader);
            let begun = seq(&seen[0]) == 1;
            let missed = seen.len() as u64 != 10 + later;
            let expected_gaps = usize::from(begun && missed);
            let gaps = reader
                .events
                .iter()
                .filter(|event| event.kind == "gap")
                .count();
            assert_eq!(
                gaps, expected_gaps,
                "cut after {cut} bytes, {later} events later"
            );
        }
    }
}

#[test]
fn what_retention_took_between_two_pages_is_told_in_the_middle() {
    let mut object = Object::retaining(20);
    for _ in 0..20 {
        object.publish_text(&"x".repeat(20_000));
    }
    let (mut response, then) = object.subscribe(&position("", Some("start"))).unwrap();
    let Then::More(next) = then else {
        panic!("it takes several pages");
    };
    for n in 0..15 {
        object.publish_text(&n.to_string());
    }
    let (more, then) = object.resume(next);
    assert_eq!(then, Then::Live);
    response.push_str(&more);
    let whole = read_whole(&response);
    assert_eq!(
        whole
            .events
            .iter()
            .filter(|event| event.kind == "gap")
            .count(),
        1
    );
    assert_told_of_what_is_missing(&whole, 35);

    // At every byte; what follows depends on what has been dispatched alone.
    let mut reader = Reader::new(Buffer::Kept);
    let mut dispatched = None;
    for byte in response.as_bytes() {
        if dispatched.replace(reader.events.len()) != Some(reader.events.len()) {
            let mut reader = reader.clone();
            reader.reconnect();
            let again = position(&reader.last_event_id, Some("start"));
            reader.feed(object.respond(&again).unwrap().as_bytes());
            assert_told_of_what_is_missing(&reader, 35);
        }
        reader.feed(&[*byte]);
    }
    assert_eq!(reader.events, whole.events);
}

/// What happens to a reader and its stream.
#[derive(Debug, Clone)]
enum Step {
    /// So many events are published while the reader is away.
    Publish(u8),
    /// The reader connects, gets so many events live, and is cut after so much of it.
    Read(u8, proptest::sample::Index),
    /// Events are taken that never become durable, and the object crashes.
    Crash,
    /// So many hours pass; events are kept for a day.
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (1_u8..12).prop_map(Step::Publish),
        5 => (0_u8..5, any::<proptest::sample::Index>()).prop_map(|(live, cut)| Step::Read(live, cut)),
        1 => Just(Step::Crash),
        1 => (1_u8..30).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn cut_again_and_again_every_event_comes_once(
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 1..6),
        buffer in proptest::sample::select(BUFFERS.to_vec()),
    ) {
        let (mut object, mut response) = mixed();
        let whole = logged(&read_whole(&response));
        let mut reader = Reader::new(buffer);
        for cut in cuts {
            reader.feed(&response.as_bytes()[..cut.index(response.len() + 1)]);
            reader.reconnect();
            object.crash();
            response = object.respond(&position(&reader.last_event_id, Some("old.7"))).unwrap();
        }
        reader.feed(response.as_bytes());
        let seen = logged(&reader);
        prop_assert_eq!(ids(&seen), ids(&whole));
        prop_assert!(seen == whole);
    }

    #[test]
    fn whatever_happens_every_event_comes_once_or_the_gap_is_told(
        steps in proptest::collection::vec(step(), 1..40),
        retained in 1_u64..40,
    ) {
        let mut object = Object::retaining(retained);
        let mut published = 0;
        let mut publish = |object: &mut Object| {
            published += 1;
            object.publish_text(&format!("{published}\n{}", "x".repeat(published % 50)))
        };
        let mut reader = Reader::new(Buffer::Kept);
        for step in steps {
            match step {
                Step::Publish(count) => {
                    for _ in 0..count {
                        publish(&mut object);
                    }
                }
                Step::Read(live, cut) => {
                    let position = position(&reader.last_event_id, Some("start"));
                    let mut response = object.respond(&position).unwrap();
                    for _ in 0..live {
                        response.push_str(&publish(&mut object));
                        response.push_str(HEARTBEAT);
                    }
                    reader.feed(&response.as_bytes()[..cut.index(response.len() + 1)]);
                    reader.reconnect();
                }
                Step::Crash => {
                    let lost = br#"{"data":"never durable"}"#;
                    let parsed = tidings::stream::publish::parse(Some("application/json"), lost);
                    object.take(parsed.unwrap());
                    object.crash();
                }
                Step::Wait(hours) => object.now += u64::from(hours) * 3_600_000,
            }
        }
        // One more, so that there is something to come back for.
        publish(&mut object);
        let response = object.respond(&position(&reader.last_event_id, Some("start"))).unwrap();
        reader.feed(response.as_bytes());
        let head = u64::try_from(published).unwrap();
        prop_assert_eq!(reader.events.last().map(seq), Some(head));
        assert_told_of_what_is_missing(&reader, head);
        for event in logged(&reader) {
            let begins_with_number = event.data.split('\n').next() == Some(&seq(&event).to_string());
            prop_assert!(begins_with_number);
        }
    }
}
