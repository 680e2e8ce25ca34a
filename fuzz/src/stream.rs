//! The life of a stream: publishers, readers, jobs and crashes in any order, under a
//! clock that may do anything, with alarms that come early, late, twice or never.

use crate::bulk::Bulk;
use crate::clock::Tick;
use crate::disk::Disk;
use crate::steps;
use crate::{NOW, refused};
use arbitrary::Arbitrary;
use std::collections::BTreeMap;
use tidings::cursor::{After, Epoch};
use tidings::data::Data;
use tidings::limit::{ENDED_MS, KEYS_MS};
use tidings::log::{Entry, Record};
use tidings::stream::config::Config;
use tidings::stream::progress::PROGRESS;
use tidings::stream::{LEASE_MS, Position, Stream, Then};

/// More steps find nothing more, and take longer.
const STEPS: usize = 30;

#[derive(Debug, Arbitrary)]
enum Step {
    /// Something is published: so many events, with or without keys.
    Publish {
        events: u8,
        key: Option<u8>,
        size: u8,
    },
    /// A progress event.
    Progress(u16),
    /// The last event.
    End,
    Commit,
    Clock(Tick),
    /// The memory is lost, and what was not committed.
    Crash,
    /// Somebody reads who has seen this event.
    Read(u8),
    /// Somebody reads who comes for the first time.
    Visit(Option<u8>),
    /// The alarm, at any time.
    Alarm,
    Cancel,
    Claim,
    Configure {
        events: u8,
        minutes: u8,
    },
}

/// Checks a life.
pub fn check(data: &[u8]) {
    let mut life = Life::begin(Bulk::of(data));
    for step in steps::<Step>(data, STEPS) {
        life.step(&step);
    }
    life.commit();
    life.read(&Position::After(After::Start));
    life.calms_down();
}

struct Life {
    disk: Disk,
    stream: Stream<Disk>,
    now: u64,
    /// The latest that the clock has ever said ...
    ever: u64,
    /// ... and when something was deleted, perhaps.
    latest: u64,
    /// The least that was to be kept at any time.
    least: (u64, u64),
    retention: (u64, u64),
    events: Vec<Record>,
    /// Keys of committed events, and of events that are not.
    keys: BTreeMap<String, u64>,
    pending: BTreeMap<String, u64>,
    bulk: Bulk,
}

/// Some large events make a past of several pages, and of several rows.
const LARGE: usize = 30_000;

fn open(disk: &Disk) -> Stream<Disk> {
    Stream::open(disk.clone(), Epoch::from_random(7)).expect("it opens")
}

impl Life {
    fn begin(bulk: Bulk) -> Self {
        let disk = Disk::default();
        let retention = (1_000, 24 * 60 * 60 * 1_000);
        Self {
            stream: open(&disk),
            disk,
            now: NOW,
            ever: NOW,
            latest: NOW,
            least: retention,
            retention,
            events: Vec::new(),
            keys: BTreeMap::new(),
            pending: BTreeMap::new(),
            bulk,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Publish { events, key, size } => {
                for n in 0..events % 8 {
                    let key = key.map(|key| format!("k{}", key.wrapping_add(n) % 16));
                    let data = Data::Text("x".repeat(self.bulk.bytes(*size, LARGE)));
                    self.publish("message", data, key, false);
                }
            }
            Step::Progress(done) => {
                let data = Data::Json(format!("{{\"done\":{done},\"total\":9}}"));
                self.publish(PROGRESS, data, None, false);
            }
            Step::End => self.publish("done", Data::Json("1".to_owned()), None, true),
            Step::Commit => self.commit(),
            Step::Clock(tick) => {
                self.now = tick.after(self.now);
                self.ever = self.ever.max(self.now);
            }
            Step::Crash => {
                self.disk = self.disk.survivor();
                self.stream = open(&self.disk);
                self.pending.clear();
            }
            Step::Read(seen) => {
                let seen = u64::from(*seen) % (self.stream.head() + 2);
                let place = self.stream.epoch().at(seen);
                self.read(&Position::After(After::Cursor(place)));
            }
            Step::Visit(tail) => {
                let tail = tail.map(|tail| Position::Tail(u64::from(tail)));
                self.read(&tail.unwrap_or(Position::Latest));
            }
            Step::Alarm => {
                self.stream.on_time(self.now).expect("it writes");
                self.latest = self.latest.max(self.now);
                self.commit();
            }
            Step::Cancel => match self.stream.cancel(self.now) {
                Ok(()) => self.commit(),
                Err(error) => refused::check(&error, &[404, 409]),
            },
            Step::Claim => match self.stream.claim("job.a".to_owned(), self.now) {
                Ok(()) => assert_eq!(self.stream.check_claim(Some("job.a")), Ok(())),
                Err(error) => refused::check(&error, &[409]),
            },
            Step::Configure { events, minutes } => {
                let (events, minutes) = (u64::from(*events).max(1), u64::from(*minutes).max(1));
                let config = format!(
                    "{{\"retain_events\":{events},\"retain_seconds\":{}}}",
                    minutes * 60
                );
                let config = Config::parse(config.as_bytes()).expect("it is one");
                self.stream
                    .configure(config, self.now)
                    .expect("it is configured");
                self.retention = (events, minutes * 60_000);
                self.least = (self.least.0.min(events), self.least.1.min(minutes * 60_000));
            }
        }
    }

    fn publish(&mut self, kind: &str, data: Data, key: Option<String>, is_final: bool) {
        let entry = Entry {
            kind: kind.to_owned(),
            data,
            key: key.clone(),
            is_final,
        };
        let receipt = match self.stream.publish(vec![entry], self.now) {
            Ok(receipt) => receipt,
            Err(error) => return refused::check(&error, &[409]),
        };
        let seq = receipt.cursor.seq;
        let Some(key) = key else {
            assert_eq!((receipt.accepted, receipt.duplicates), (1, 0));
            return;
        };
        let known = self.pending.get(&key).or(self.keys.get(&key)).copied();
        if receipt.duplicates == 1 {
            assert_eq!(known, Some(seq), "it is the original's place");
            return;
        }
        // Within the five minutes it is known whatever the clock says.
        let at = known.and_then(|seq| self.event(seq)).map(|event| event.at);
        assert!(!self.pending.contains_key(&key));
        assert!(at.is_none_or(|at| at + KEYS_MS < self.latest_of_all()));
        self.pending.insert(key, seq);
    }

    fn latest_of_all(&self) -> u64 {
        self.latest
            .max(self.now)
            .max(self.events.last().map_or(0, |event| event.at))
    }

    fn event(&self, seq: u64) -> Option<&Record> {
        self.events.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    fn commit(&mut self) {
        let flush = self.stream.commit().expect("it is stored");
        let before = self.events.last().map_or(0, |event| event.at);
        assert!(flush.records.iter().all(|event| event.at >= before));
        assert!(flush.records.is_sorted_by_key(|event| event.at));
        self.events.extend(flush.records);
        let seqs = self.events.iter().map(|event| event.seq);
        assert!(seqs.eq(1..=self.stream.head()));
        self.keys.append(&mut self.pending);
        self.latest = self
            .latest
            .max(self.now)
            .max(self.events.last().map_or(0, |e| e.at));
    }

    fn read(&mut self, position: &Position) {
        let now = self.now;
        let Some(mut chunk) = self.stream.subscribe(position, now).expect("it reads") else {
            assert!(self.has_ended());
            return;
        };
        let had_gap = chunk.gap.is_some();
        let mut read = std::mem::take(&mut chunk.records);
        let in_order = *position != Position::Latest;
        assert!(!in_order || is_whole(&read));
        let head = self.stream.head();
        let mut ends_in_hole = false;
        while let Then::More(from) = chunk.then {
            assert_eq!(read.last().map(|last| last.seq + 1), Some(from));
            chunk = self.stream.resume(from, now).expect("it reads");
            // A hole is there where rows were only kept for their keys; it is told, also
            // where nothing follows it.
            let expected = chunk.gap.as_ref().map_or(from, |gap| gap.from);
            let first = chunk.records.first().map(|first| first.seq);
            ends_in_hole = first.is_none();
            assert_eq!(first.unwrap_or(head + 1), expected);
            assert!(is_whole(&chunk.records));
            read.append(&mut chunk.records);
        }
        let is_over = self.has_ended();
        assert_eq!(chunk.then == Then::End, is_over);
        let last = read.last().map(|last| last.seq);
        assert!(!in_order || ends_in_hole || last.is_none_or(|last| last == head));
        for record in &read {
            assert_eq!(self.event(record.seq), Some(record), "as it was published");
        }
        self.keeps(position, &read, had_gap);
    }

    /// What is shown is within the retention, and what is not shown is not.
    fn keeps(&self, position: &Position, read: &[Record], had_gap: bool) {
        let head = self.stream.head();
        let (most, ms) = self.retention;
        for record in read {
            assert!(record.seq + most > head && record.at >= self.now.saturating_sub(ms));
        }
        let Position::After(after) = position else {
            return;
        };
        let first = read.first().map_or(head + 1, |first| first.seq);
        let due = match after {
            After::Cursor(cursor) if cursor.seq <= head && cursor.epoch == *self.stream.epoch() => {
                cursor.seq + 1
            }
            _ => 1,
        };
        assert!(first >= due || had_gap);
        if let After::Cursor(_) = after
            && first > due
        {
            assert!(had_gap || !self.stream.exists(), "a gap is never silence");
        }
        if first > due
            && let Some(missing) = self.event(first - 1)
        {
            let (most, ms) = self.least;
            let is_too_many = missing.seq + most <= head;
            assert!(is_too_many || missing.at < self.latest_of_all().saturating_sub(ms));
        }
    }

    fn has_ended(&self) -> bool {
        self.events.last().is_some_and(|last| last.is_final)
    }

    /// Alarms that come when they are asked for do not come for ever.
    fn calms_down(&mut self) {
        for _ in 0..200 {
            let Some(at) = self.stream.next_deadline(self.now).expect("it reads") else {
                return;
            };
            self.now = self.now.max(at);
            self.stream.on_time(self.now).expect("it writes");
            self.commit();
            if self.stream.is_spent(self.now).expect("it reads") {
                let ended_at = self.events.last().map_or(0, |last| last.at);
                assert!(self.has_ended() && self.now >= ended_at + ENDED_MS);
                return;
            }
            let next = self.stream.next_deadline(self.now).expect("it reads");
            assert!(
                next.is_none_or(|next| next > self.now),
                "the same alarm again"
            );
            if let Some(next) = next {
                let known = if self.has_ended() { ENDED_MS } else { 0 };
                let most = self.retention.1.max(LEASE_MS).max(known) + 1;
                assert!(
                    next <= self.now.max(self.ever) + most,
                    "an alarm that nobody lives to see"
                );
            }
        }
        assert!(self.events.len() > 100, "it does not calm down");
    }
}

fn is_whole(records: &[Record]) -> bool {
    let first = records.first().map_or(0, |first| first.seq);
    records
        .iter()
        .zip(first..)
        .all(|(record, seq)| record.seq == seq)
}
