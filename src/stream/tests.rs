use super::*;
use crate::cursor::After;
use crate::log::MemoryStorage;

mod job;

fn open(storage: MemoryStorage) -> Stream<MemoryStorage> {
    Stream::open(storage, Epoch::from_random(7)).unwrap()
}

fn reopened(stream: &Stream<MemoryStorage>) -> Stream<MemoryStorage> {
    open(stream.log.storage().clone())
}

fn stream() -> Stream<MemoryStorage> {
    open(MemoryStorage::default())
}

fn entries(ndjson: &str) -> Vec<Entry> {
    publish::parse(Some("application/x-ndjson"), ndjson.as_bytes()).unwrap()
}

fn published(stream: &mut Stream<MemoryStorage>, ndjson: &str, now: u64) -> Receipt {
    let receipt = stream.publish(entries(ndjson), now).unwrap();
    stream.commit().unwrap();
    receipt
}

fn shown(chunk: &Chunk) -> Vec<(u64, &str)> {
    let records = chunk.records.iter();
    records.map(|r| (r.seq, r.data.as_str())).collect()
}

fn after(stream: &Stream<MemoryStorage>, seq: u64) -> Position {
    Position::After(After::Cursor(stream.epoch().at(seq)))
}

const START: Position = Position::After(After::Start);

#[test]
fn a_batch_is_all_or_nothing() {
    let mut stream = stream();
    let batch = "{\"data\":1}\n{\"final\":true}\n{\"data\":2}";
    assert_eq!(stream.publish(entries(batch), 0).unwrap_err().status(), 409);
    assert!(stream.commit().unwrap().records.is_empty());
    assert_eq!(published(&mut stream, "{}", 0).cursor.seq, 1);
}

#[test]
fn a_key_is_stored_once_also_after_the_end_and_after_a_crash() {
    let mut stream = stream();
    let batch = "{\"key\":\"a\"}\n{\"key\":\"b\"}\n{\"key\":\"a\"}";
    let first = published(&mut stream, batch, 0);
    assert_eq!(
        (first.cursor.seq, first.accepted, first.duplicates),
        (1, 2, 1)
    );
    let last = "{\"key\":\"end\",\"final\":true}";
    assert_eq!(published(&mut stream, last, 0).cursor.seq, 3);
    let mut stream = reopened(&stream);
    let again = published(&mut stream, last, 0);
    assert_eq!(
        (again.cursor.seq, again.accepted, again.duplicates),
        (3, 0, 1)
    );
    assert_eq!(stream.publish(entries("{}"), 0).unwrap_err().status(), 409);
}

#[test]
fn a_reader_that_comes_before_the_first_event_waits() {
    let mut stream = stream();
    let chunk = stream.subscribe(&Position::Latest, 0).unwrap().unwrap();
    assert_eq!((chunk.records.len(), chunk.then), (0, Then::Live));
}

#[test]
fn where_readers_begin() {
    let mut stream = stream();
    published(
        &mut stream,
        "{\"data\":1}\n{\"type\":\"x\",\"data\":2}\n{\"data\":3}\n{\"data\":4}",
        0,
    );
    let mut subscribe = |position: &Position| {
        let chunk = stream.subscribe(position, 0).unwrap().unwrap();
        assert_eq!((&chunk.gap, chunk.then), (&None, Then::Live));
        chunk.records.iter().map(|r| r.seq).collect::<Vec<_>>()
    };
    assert_eq!(subscribe(&Position::Latest), [2, 4]);
    assert_eq!(subscribe(&START), [1, 2, 3, 4]);
    assert_eq!(subscribe(&Position::Tail(2)), [3, 4]);
    assert_eq!(subscribe(&Position::Tail(0)), Vec::<u64>::new());
    assert_eq!(subscribe(&Position::Tail(u64::MAX)), [1, 2, 3, 4]);
    let position = after(&reopened(&stream), 3);
    let chunk = stream.subscribe(&position, 0).unwrap().unwrap();
    assert_eq!(shown(&chunk), [(4, "4")]);
}

#[test]
fn the_end_is_shown_once_and_then_nothing_ever() {
    let mut stream = stream();
    published(
        &mut stream,
        "{\"data\":1}\n{\"type\":\"succeeded\",\"final\":true}",
        0,
    );
    for mut stream in [reopened(&stream), stream] {
        for position in [
            Position::Latest,
            START,
            after(&stream, 1),
            Position::Tail(1),
        ] {
            let chunk = stream.subscribe(&position, 0).unwrap().unwrap();
            assert_eq!(chunk.records.last().unwrap().seq, 2);
            assert_eq!(chunk.then, Then::End);
        }
        let position = after(&stream, 2);
        assert_eq!(stream.subscribe(&position, 0).unwrap(), None);
        assert_eq!(stream.subscribe(&Position::Tail(0), 0).unwrap(), None);
    }
}

#[test]
fn an_end_that_is_not_durable_ends_nothing() {
    let mut stream = stream();
    published(&mut stream, "{}", 0);
    stream.publish(entries("{\"final\":true}"), 0).unwrap();
    let position = after(&stream, 1);
    let chunk = stream.subscribe(&position, 0).unwrap().unwrap();
    assert_eq!((chunk.records.len(), chunk.then), (0, Then::Live));
    assert!(stream.commit().unwrap().ended);
}

#[test]
fn a_gap_comes_with_everything_that_is_left() {
    let mut stream = stream();
    published(&mut stream, "{\"data\":1}\n{\"data\":2}", 0);
    let lost = Position::After(After::parse("junk"));
    let chunk = stream.subscribe(&lost, 0).unwrap().unwrap();
    assert_eq!(chunk.gap.as_ref().unwrap().requested, "junk");
    assert_eq!(shown(&chunk), [(1, "1"), (2, "2")]);
    // The stream is deleted and begun anew: the old cursor is of another life.
    let old = after(&stream, 2);
    let mut stream = Stream::open(MemoryStorage::default(), Epoch::from_random(8)).unwrap();
    published(&mut stream, "{\"data\":\"new\"}", 0);
    let chunk = stream.subscribe(&old, 0).unwrap().unwrap();
    assert!(chunk.gap.is_some());
    assert_eq!(shown(&chunk), [(1, "\"new\"")]);
}

#[test]
fn a_long_past_comes_in_pages_and_retention_may_overtake_it() {
    let mut stream = stream();
    let config = Config::parse(br#"{"retain_events":2000}"#).unwrap();
    assert!(stream.configure(config, 0).unwrap());
    let batch = "{\"data\":1}\n".repeat(500);
    for _ in 0..3 {
        published(&mut stream, &batch, 0);
    }
    let chunk = stream.subscribe(&START, 0).unwrap().unwrap();
    assert_eq!((chunk.records.len(), chunk.then), (500, Then::More(501)));
    let chunk = stream.resume(501, 0).unwrap();
    assert_eq!((chunk.gap, chunk.then), (None, Then::More(1_001)));
    for _ in 0..3 {
        published(&mut stream, &batch, 0);
    }
    let chunk = stream.resume(501, 0).unwrap();
    assert_eq!(chunk.gap.unwrap().oldest.unwrap().seq, 1_001);
    assert_eq!(chunk.records[0].seq, 1_001);
    let chunk = stream.resume(3_001, 0).unwrap();
    assert_eq!((chunk.records.len(), chunk.then), (0, Then::Live));
}

#[test]
fn every_reader_that_follows_pages_and_flushes_sees_each_event_once() {
    let mut stream = stream();
    let batch = "{\"data\":1}\n".repeat(300);
    published(&mut stream, &batch, 0);
    published(&mut stream, &batch, 0);
    let first = stream.subscribe(&START, 0).unwrap().unwrap();
    let mut seen: Vec<u64> = first.records.iter().map(|r| r.seq).collect();
    let Then::More(mut from) = first.then else {
        panic!("one page");
    };
    // Published while the reader is still in the past: not its flush.
    published(&mut stream, "{}", 0);
    // And this one is pushed, but not yet durable, when it reads the last page.
    stream.publish(entries("{}"), 0).unwrap();
    loop {
        let chunk = stream.resume(from, 0).unwrap();
        seen.extend(chunk.records.iter().map(|r| r.seq));
        match chunk.then {
            Then::More(next) => from = next,
            Then::Live => break,
            Then::End => panic!("it has not ended"),
        }
    }
    seen.extend(stream.commit().unwrap().records.iter().map(|r| r.seq));
    assert_eq!(seen, (1..=602).collect::<Vec<_>>());
}

#[test]
fn cancelling_is_said_once_and_remembered() {
    let mut stream = stream();
    assert_eq!(stream.cancel(0).unwrap_err().status(), 404);
    assert!(!published(&mut stream, "{}", 0).cancelled);
    stream.cancel(0).unwrap();
    stream.cancel(0).unwrap();
    let flush = stream.commit().unwrap();
    assert_eq!(flush.records.len(), 1);
    assert_eq!(flush.records[0].kind, "cancel");
    let mut stream = reopened(&stream);
    assert!(published(&mut stream, "{}", 0).cancelled);
    published(&mut stream, "{\"final\":true}", 0);
    assert_eq!(stream.cancel(0).unwrap_err().status(), 409);
}

#[test]
fn what_has_ended_and_expired_is_spent() {
    let mut stream = stream();
    published(&mut stream, "{}", 0);
    let day = 24 * 60 * 60 * 1_000;
    assert_eq!(stream.next_deadline(0).unwrap(), Some(day + 1));
    stream.on_time(day + 1).unwrap();
    assert!(!stream.is_spent(day + 1).unwrap());
    assert_eq!(stream.next_deadline(day + 1).unwrap(), None);
    published(&mut stream, "{\"final\":true}", day + 1);
    assert!(!stream.is_spent(day + 2).unwrap());
    stream.on_time(2 * day + 2).unwrap();
    assert!(stream.is_spent(2 * day + 2).unwrap());
    // It has ended all the same, for those who still ask.
    let mut stream = reopened(&stream);
    assert_eq!(
        stream.subscribe(&Position::Latest, 2 * day + 2).unwrap(),
        None
    );
}

#[test]
fn an_end_is_known_for_a_day_however_soon_its_events_expire() {
    let mut stream = stream();
    let config = Config::parse(br#"{"retain_seconds":1}"#).unwrap();
    stream.configure(config, 0).unwrap();
    let last = published(&mut stream, r#"{"final":true,"key":"end"}"#, 0);
    let day = 24 * 60 * 60 * 1_000;
    stream.on_time(1_001).unwrap();
    assert!(!stream.is_spent(1_001).unwrap());
    assert_eq!(stream.next_deadline(1_001).unwrap(), Some(day));

    let mut stream = reopened(&stream);
    let position = after(&stream, last.cursor.seq);
    assert_eq!(stream.subscribe(&position, 60_000).unwrap(), None);
    let again = published(&mut stream, r#"{"final":true,"key":"end"}"#, 60_000);
    assert_eq!((again.duplicates, again.cursor), (1, last.cursor));
    let late = stream.publish(entries("{}"), 60_000);
    assert_eq!(late.unwrap_err().status(), 409);

    assert!(!stream.is_spent(day - 1).unwrap());
    stream.on_time(day).unwrap();
    assert!(stream.is_spent(day).unwrap());
}

#[test]
fn progress_is_measured_across_a_crash() {
    let mut stream = stream();
    let progress =
        |done: u32| format!("{{\"type\":\"progress\",\"data\":{{\"done\":{done},\"total\":100}}}}");
    published(&mut stream, &progress(0), 0);
    published(&mut stream, &progress(10), 1_000);
    let mut stream = reopened(&stream);
    published(&mut stream, &progress(20), 2_000);
    let chunk = stream.subscribe(&Position::Latest, 2_000).unwrap().unwrap();
    assert_eq!(
        shown(&chunk),
        [(
            3,
            r#"{"done":20,"total":100,"percent":20,"rate":10,"eta_seconds":8}"#
        )]
    );
}

#[test]
fn configuring_says_whether_the_stream_is_new() {
    let mut stream = stream();
    let config = |json: &str| Config::parse(json.as_bytes()).unwrap();
    assert!(stream.configure(config(r#"{"title":"T"}"#), 0).unwrap());
    assert!(
        !stream
            .configure(config(r#"{"title":"U","retain_events":1}"#), 0)
            .unwrap()
    );
    published(&mut stream, "{}\n{}", 0);
    let mut stream = reopened(&stream);
    let snapshot = serde_json::to_value(stream.snapshot(0).unwrap()).unwrap();
    assert_eq!(snapshot["title"], "U");
    assert_eq!(snapshot["retain_seconds"], 86_400);
    assert_eq!(snapshot["oldest"], stream.epoch().at(2).to_string());
}

#[test]
fn the_origin_is_a_place_to_come_back_to_before_the_first_event() {
    let mut stream = stream();
    let origin = After::Cursor(stream.events(&After::Start, 1, 0).unwrap().cursor);
    assert_eq!(origin.to_string(), "0.0");
    let back = Position::After(origin);
    let chunk = stream.subscribe(&back, 0).unwrap().unwrap();
    assert_eq!((chunk.gap, chunk.then), (None, Then::Live));
    published(&mut stream, "{\"data\":1}\n{\"data\":2}", 0);
    let chunk = stream.subscribe(&back, 0).unwrap().unwrap();
    assert_eq!(chunk.gap, None);
    assert_eq!(shown(&chunk), [(1, "1"), (2, "2")]);
    // What retention has taken is told, from the origin as from elsewhere.
    let config = Config::parse(br#"{"retain_events":1}"#).unwrap();
    stream.configure(config, 0).unwrap();
    let chunk = stream.subscribe(&back, 0).unwrap().unwrap();
    assert_eq!(chunk.gap.unwrap().requested, "0.0");
    assert_eq!(chunk.records[0].seq, 2);
}

#[test]
fn pages_go_on_where_the_last_ended() {
    let mut stream = stream();
    let page = |stream: &mut Stream<_>, after: &After| {
        let page = stream.events(after, 4, 0).unwrap();
        let seqs: Vec<u64> = page.events.iter().map(|event| event.cursor.seq).collect();
        (seqs, page.cursor, page.more, page.ended)
    };
    let (seqs, cursor, more, ended) = page(&mut stream, &After::Start);
    assert_eq!((seqs, more, ended), (vec![], false, false));
    published(&mut stream, &"{}\n".repeat(9), 0);
    let mut after = After::Cursor(cursor);
    let mut seen = Vec::new();
    for more_expected in [true, true, false] {
        let (seqs, cursor, more, _) = page(&mut stream, &after);
        seen.extend(seqs);
        assert_eq!(more, more_expected);
        after = After::Cursor(cursor);
    }
    assert_eq!(seen, (1..=9).collect::<Vec<_>>());
    published(&mut stream, "{\"final\":true}", 0);
    let (seqs, cursor, _, ended) = page(&mut stream, &after);
    assert_eq!((seqs, ended), (vec![10], true));
    assert!(page(&mut stream, &After::Cursor(cursor)).3);
    let page = stream.events(&After::parse("junk"), 4, 0).unwrap();
    assert_eq!(page.gap.unwrap().from, 1);
    assert_eq!(page.events.len(), 4);
}

#[test]
fn on_a_conflated_stream_who_is_behind_gets_the_newest_of_each_key() {
    let mut stream = stream();
    let config = br#"{"conflate":"symbol"}"#;
    stream.configure(Config::parse(config).unwrap(), 0).unwrap();
    let tick = |symbol: char, price: u64| {
        format!("{{\"type\":\"tick\",\"data\":{{\"symbol\":\"{symbol}\",\"price\":{price}}}}}\n")
    };
    let ticks: String = (1..=250).map(|n| tick('A', n) + &tick('B', n)).collect();
    published(&mut stream, &ticks, 0);
    published(&mut stream, &tick('A', 251), 0);
    for position in [Position::Latest, START, after(&stream, 10)] {
        let chunk = stream.subscribe(&position, 0).unwrap().unwrap();
        let seqs: Vec<u64> = chunk.records.iter().map(|r| r.seq).collect();
        assert_eq!((seqs, chunk.then), (vec![500, 501], Then::Live));
    }
    // What is flushed at once is conflated too.
    stream.publish(entries(&ticks), 0).unwrap();
    assert_eq!(stream.commit().unwrap().records.len(), 2);
    // A page is for those who want everything.
    assert_eq!(
        stream.events(&After::Start, 500, 0).unwrap().events.len(),
        500
    );
}
