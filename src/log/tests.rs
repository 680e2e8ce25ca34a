use super::*;
use crate::cursor::After;
use crate::limit::{KEYS_MS, REMEMBERED_KEYS, SNAPSHOT_TYPES};
use proptest::prelude::*;

const DAY: u64 = 24 * 60 * 60 * 1000;
const KEEP: Retention = Retention {
    events: 1_000,
    ms: DAY,
};
const ALL: PageLimit = PageLimit {
    events: usize::MAX,
    bytes: usize::MAX,
};

fn open(storage: MemoryStorage, retention: Retention) -> Log<MemoryStorage> {
    Log::open(storage, Epoch::from_random(7), retention).unwrap()
}

/// What a crash leaves: what was committed, and nothing of the memory.
fn reopened(log: &Log<MemoryStorage>) -> Log<MemoryStorage> {
    Log::open(log.storage().clone(), Epoch::from_random(99), log.retention).unwrap()
}

fn entry(kind: &str, data: &str) -> Entry {
    Entry {
        kind: kind.into(),
        data: Data::Text(data.into()),
        key: None,
        is_final: false,
    }
}

fn keyed(key: &str) -> Entry {
    Entry {
        key: Some(key.into()),
        ..entry("m", "")
    }
}

fn fill(log: &mut Log<MemoryStorage>, count: u64, now: u64) {
    for _ in 0..count {
        log.push(entry("m", "x"), now).unwrap();
        log.commit().unwrap();
    }
}

fn seqs(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.seq).collect()
}

fn read_all(log: &mut Log<MemoryStorage>, from: u64, now: u64) -> Vec<u64> {
    seqs(&log.read(from, ALL, now).unwrap().records)
}

fn gap(log: &mut Log<MemoryStorage>, after: &str, now: u64) -> (String, Option<u64>, Option<u64>) {
    let Since::Gap(gap) = log.since(&After::parse(after), now).unwrap() else {
        panic!("no gap after {after}");
    };
    let seq = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.seq);
    (gap.requested, seq(gap.oldest), seq(gap.head))
}

#[test]
fn numbers_begin_at_1_and_have_no_holes() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for seq in 1..=200 {
        assert_eq!(log.push(entry("m", "x"), seq).unwrap(), seq);
        if seq % 7 == 0 {
            log.commit().unwrap();
        }
    }
    log.commit().unwrap();
    assert_eq!(read_all(&mut log, 0, 200), (1..=200).collect::<Vec<_>>());
    assert_eq!(log.head(), 200);
}

#[test]
fn what_is_not_committed_is_not_seen_and_not_kept() {
    let mut log = open(MemoryStorage::default(), KEEP);
    fill(&mut log, 1, 0);
    log.push(entry("m", "x"), 0).unwrap();
    assert_eq!(read_all(&mut log, 1, 0), [1]);
    assert_eq!(reopened(&log).head(), 1);
}

#[test]
fn nothing_is_written_before_the_first_event() {
    let mut log = open(MemoryStorage::default(), KEEP);
    log.since(&After::Start, 0).unwrap();
    log.snapshot(0).unwrap();
    log.commit().unwrap();
    assert_eq!(log.storage().rows_written, 0);
    assert!(!log.exists());
}

#[test]
fn a_cursor_is_honoured_or_answered_with_a_gap() {
    let mut log = open(MemoryStorage::default(), KEEP);
    assert_eq!(gap(&mut log, "x.1", 0), ("x.1".into(), None, None));
    assert_eq!(log.since(&After::Start, 0).unwrap(), Since::UpToDate);
    fill(&mut log, 5, 0);
    let epoch = log.epoch().as_str().to_owned();
    let since = |log: &mut Log<_>, seq: &str| {
        log.since(&After::parse(&format!("{epoch}.{seq}")), 0)
            .unwrap()
    };
    assert_eq!(since(&mut log, "0"), Since::Replay(1));
    assert_eq!(since(&mut log, "3"), Since::Replay(4));
    assert_eq!(since(&mut log, "0003"), Since::Replay(4));
    assert_eq!(since(&mut log, "5"), Since::UpToDate);
    assert_eq!(log.since(&After::Start, 0).unwrap(), Since::Replay(1));
    for foreign in ["zzz.3", "junk", &format!("{epoch}.6")] {
        assert_eq!(
            gap(&mut log, foreign, 0),
            (foreign.into(), Some(1), Some(5))
        );
    }
}

#[test]
fn retention_by_count_is_exact_and_costs_one_row_for_many_events() {
    let keep = Retention {
        events: 100,
        ms: DAY,
    };
    let mut log = open(MemoryStorage::default(), keep);
    fill(&mut log, 1_000, 0);
    assert_eq!(read_all(&mut log, 0, 0), (901..=1_000).collect::<Vec<_>>());
    let epoch = log.epoch().clone();
    assert_eq!(
        gap(&mut log, &epoch.at(899).to_string(), 0),
        (epoch.at(899).to_string(), Some(901), Some(1_000))
    );
    assert_eq!(
        log.since(&After::Cursor(epoch.at(900)), 0).unwrap(),
        Since::Replay(901)
    );
    // Two to three segments hold what is kept; the rest is gone from storage too.
    assert!(log.storage().segments() <= 3);
    let rows = log.storage().rows_written;
    assert!(rows <= 1_032, "{rows} rows for 1000 events, one by one");
}

#[test]
fn many_events_in_one_commit_are_one_row() {
    let mut log = open(MemoryStorage::default(), KEEP);
    log.create().unwrap();
    let before = log.storage().rows_written;
    for _ in 0..60 {
        log.push(entry("m", "x"), 0).unwrap();
    }
    log.commit().unwrap();
    assert_eq!(log.storage().rows_written - before, 1);
}

#[test]
fn a_commit_of_large_events_is_cut_into_rows_that_fit() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for _ in 0..20 {
        log.push(entry("m", &"x".repeat(60_000)), 0).unwrap();
    }
    log.commit().unwrap();
    let mut from = 1;
    while let Some(segment) = log.storage().holding(from).unwrap() {
        assert!(segment.body.len() <= SEGMENT_WRITE_BYTES);
        from = segment.last + 1;
    }
    assert_eq!(from, 21);
    assert_eq!(read_all(&mut reopened(&log), 1, 0).len(), 20);
}

#[test]
fn retention_by_age_is_exact() {
    let keep = Retention {
        events: 1_000,
        ms: 1_000,
    };
    let mut log = open(MemoryStorage::default(), keep);
    for at in [0, 100, 200, 300] {
        fill(&mut log, 1, at);
    }
    assert_eq!(read_all(&mut log, 0, 1_000), [1, 2, 3, 4]);
    assert_eq!(log.next_expiry(1_000).unwrap(), Some(1_001));
    assert_eq!(read_all(&mut log, 0, 1_001), [2, 3, 4]);
    assert_eq!(read_all(&mut log, 0, 1_250), [4]);
    assert_eq!(read_all(&mut log, 0, 1_301), Vec::<u64>::new());
    assert_eq!(log.next_expiry(1_301).unwrap(), None);
    // Expired is not forgotten: the next event has the next number.
    log.expire(DAY).unwrap();
    assert_eq!(log.storage().segments(), 0);
    let mut log = reopened(&log);
    assert_eq!((log.head(), log.last_at()), (4, 300));
    assert_eq!(log.push(entry("m", "x"), DAY).unwrap(), 5);
    log.commit().unwrap();
    assert_eq!(read_all(&mut reopened(&log), 0, DAY), [5]);
}

#[test]
fn keys_outlive_a_short_retention() {
    let keep = Retention { events: 2, ms: DAY };
    let mut log = open(MemoryStorage::default(), keep);
    log.push(keyed("first"), 0).unwrap();
    log.commit().unwrap();
    for n in 1..REMEMBERED_KEYS {
        log.push(keyed(&n.to_string()), 0).unwrap();
        log.commit().unwrap();
    }
    assert_eq!(log.find_key("first").unwrap(), Some(1));
    assert_eq!(reopened(&log).find_key("first").unwrap(), Some(1));
    log.push(keyed("one more"), KEYS_MS).unwrap();
    log.commit().unwrap();
    assert_eq!(log.find_key("first").unwrap(), Some(1), "for five minutes");
    assert_eq!(reopened(&log).find_key("first").unwrap(), Some(1));
    log.push(keyed("one too many"), KEYS_MS + 1).unwrap();
    log.commit().unwrap();
    assert_eq!(log.find_key("first").unwrap(), None);
    assert_eq!(log.find_key("1").unwrap(), None);
    assert_eq!(log.find_key("2").unwrap(), Some(3));
    let mut again = reopened(&log);
    assert_eq!(again.find_key("1").unwrap(), None);
    assert_eq!(again.find_key("2").unwrap(), Some(3));
    // And segments that hold neither events nor keys of interest do go.
    for n in 0..2 * REMEMBERED_KEYS {
        let now = KEYS_MS * (n as u64 + 2);
        log.push(keyed(&format!("later {n}")), now).unwrap();
        log.commit().unwrap();
    }
    assert!(log.storage().segments() <= REMEMBERED_KEYS / 64 + 2);
}

#[test]
fn a_snapshot_is_the_latest_of_each_type_in_order() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for n in 0..300_u32 {
        let kind = ["rare", "often"][usize::from(n % 100 != 50)];
        log.push(entry(kind, &n.to_string()), 0).unwrap();
        log.commit().unwrap();
    }
    assert_eq!(seqs(&log.snapshot(0).unwrap()), [251, 300]);
    assert_eq!(seqs(&reopened(&log).snapshot(0).unwrap()), [251, 300]);
    assert_eq!(log.latest("rare").unwrap().unwrap().seq, 251);
    assert_eq!(log.latest("never").unwrap(), None);
}

#[test]
fn a_snapshot_has_a_bounded_number_of_types() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for n in 0..SNAPSHOT_TYPES + 50 {
        log.push(entry(&format!("t{n}"), ""), 0).unwrap();
    }
    log.commit().unwrap();
    let snapshot = log.snapshot(0).unwrap();
    assert_eq!(snapshot.len(), SNAPSHOT_TYPES);
    assert_eq!(snapshot[0].kind, "t50");
}

#[test]
fn a_clock_that_steps_back_does_not_turn_the_log_around() {
    let mut log = open(MemoryStorage::default(), KEEP);
    fill(&mut log, 1, 5_000);
    fill(&mut log, 1, 1_000);
    let page = log.read(1, ALL, 0).unwrap();
    assert_eq!(page.records[1].at, 5_000);
}

#[test]
fn a_page_has_at_least_one_event_and_ends_where_it_says() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for _ in 0..10 {
        log.push(entry("m", "12345"), 0).unwrap();
    }
    log.commit().unwrap();
    let mut sizes = Vec::new();
    let mut from = 1;
    while from <= log.head() {
        let limit = PageLimit {
            events: 4,
            bytes: 12,
        };
        let page = log.read(from, limit, 0).unwrap();
        sizes.push(page.records.len());
        from = page.next;
    }
    assert_eq!(sizes, [2, 2, 2, 2, 2]);
    let tiny = PageLimit {
        events: 1,
        bytes: 0,
    };
    assert_eq!(seqs(&log.read(3, tiny, 0).unwrap().records), [3]);
}

#[test]
fn what_is_kept_for_its_keys_does_not_turn_the_count_back() {
    let keep = Retention {
        events: 10,
        ms: 1_000,
    };
    let mut log = open(MemoryStorage::default(), keep);
    let keyed = Entry {
        key: Some("k".to_owned()),
        ..entry("m", &"x".repeat(SEGMENT_BYTES))
    };
    log.push(keyed, 0).unwrap();
    log.commit().unwrap();
    fill(&mut log, 1, 0);
    log.expire(2_000).unwrap();
    let mut log = reopened(&log);
    assert_eq!(log.head(), 2);
    assert_eq!(log.find_key("k").unwrap(), Some(1));
    fill(&mut log, 1, 3_000);
    assert_eq!(seqs(&log.read(0, ALL, 3_000).unwrap().records), [3]);
    assert_eq!(reopened(&log).head(), 3);
}

#[derive(Debug, Clone)]
enum Step {
    Push { key: Option<u8>, bytes: usize },
    Commit,
    Crash,
    Wait(u64),
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (proptest::option::of(0..40_u8), prop_oneof![9 => 0..50_usize, 1 => 5_000..20_000_usize])
            .prop_map(|(key, bytes)| Step::Push { key, bytes }),
        6 => Just(Step::Commit),
        1 => Just(Step::Crash),
        1 => (0..400_u64).prop_map(Step::Wait),
        1 => Just(Step::Expire),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens, the log is what a plain list with the same rules would be.
    #[test]
    fn it_is_a_list(steps in proptest::collection::vec(step(), 1..400), events in 1..150_u64) {
        let keep = Retention { events, ms: 1_000 };
        let mut log = open(MemoryStorage::default(), keep);
        let mut committed: Vec<(u64, u64, usize)> = Vec::new();
        let mut pending: Vec<(u64, u64, usize)> = Vec::new();
        let mut epoch = None;
        let mut now = 10_000;
        for step in steps {
            match step {
                Step::Push { key, bytes } => {
                    let key = key.map(|key| key.to_string());
                    if let Some(key) = &key && log.find_key(key).unwrap().is_some() {
                        continue;
                    }
                    let seq = log.push(Entry { key, ..entry("m", &"x".repeat(bytes)) }, now).unwrap();
                    pending.push((seq, now, bytes));
                }
                Step::Commit => {
                    let shown = seqs(&log.commit().unwrap());
                    prop_assert_eq!(shown, pending.iter().map(|p| p.0).collect::<Vec<_>>());
                    committed.append(&mut pending);
                }
                Step::Crash => {
                    pending.clear();
                    log = reopened(&log);
                }
                Step::Wait(ms) => now += ms,
                Step::Expire => log.expire(now).unwrap(),
            }
            if log.exists() {
                // Once there is a log, its identity never changes.
                let known = epoch.get_or_insert_with(|| log.epoch().clone());
                prop_assert_eq!(&*known, log.epoch());
            }
            let head = committed.last().map_or(0, |last| last.0);
            prop_assert_eq!(log.head(), head);
            let expected: Vec<(u64, usize)> = committed
                .iter()
                .filter(|(seq, at, _)| seq + events > head && at + 1_000 >= now)
                .map(|(seq, _, bytes)| (*seq, *bytes))
                .collect();
            let read: Vec<(u64, usize)> = log.read(0, ALL, now).unwrap().records
                .iter()
                .map(|record| (record.seq, record.data.as_str().len()))
                .collect();
            prop_assert_eq!(&read, &expected);
            let oldest = expected.first().map_or(head + 1, |first| first.0);
            prop_assert_eq!(log.oldest(now).unwrap(), oldest);
        }
    }
}

mod amend;
mod kept;
