//! A run against a real stream, in virtual time, with the lights going out.

use super::super::{Method, link_check};
use super::*;
use crate::cursor::{After, Epoch};
use crate::log::MemoryStorage;
use crate::stream::{LEASE_MS, Position, Stream, Then as Following};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Where the lights can go out in one turn of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dark {
    /// Before the events are published.
    BeforePublish,
    /// The stream has stored them; the answer is lost.
    AfterPublish,
    /// The step has asked the world; nothing of it is stored.
    AfterStep,
    /// It is stored; whoever woke the run never hears of it.
    AfterStore,
}

/// The world and everything in it; the time is the world's.
struct Fake {
    now: Cell<u64>,
    /// When those who wait want to be woken.
    timers: RefCell<Vec<u64>>,
    /// How often each URL has been requested: a second answer is another one.
    asked: RefCell<BTreeMap<String, u32>>,
    at_once: Cell<usize>,
    most_at_once: Cell<usize>,
}

impl Fake {
    fn new() -> Self {
        Self {
            now: Cell::new(1_000),
            timers: RefCell::default(),
            asked: RefCell::default(),
            at_once: Cell::default(),
            most_at_once: Cell::default(),
        }
    }

    async fn sleep(&self, ms: u64) {
        let until = self.now.get() + ms;
        poll_fn(|_| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            self.timers.borrow_mut().push(until);
            Poll::Pending
        })
        .await;
    }

    /// Runs a future; whenever it waits, time passes to what comes first.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            let timers = self.timers.take();
            let first = timers.into_iter().min();
            self.now.set(first.expect("it waits for nothing"));
        }
    }
}

impl World for Fake {
    async fn status(&self, _: Method, url: &str, timeout_ms: u32) -> Result<u16, String> {
        let times = {
            let mut asked = self.asked.borrow_mut();
            let times = asked.entry(url.to_owned()).or_default();
            *times += 1;
            *times
        };
        self.at_once.set(self.at_once.get() + 1);
        let most = self.most_at_once.get().max(self.at_once.get());
        self.most_at_once.set(most);
        // Anything can happen, and something else the next time.
        let dice = url.bytes().fold(u64::from(times), |dice, byte| {
            (dice ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        }) >> 8;
        let takes = dice % 12_000;
        self.sleep(takes.min(u64::from(timeout_ms))).await;
        self.at_once.set(self.at_once.get() - 1);
        if takes > u64::from(timeout_ms) {
            return Err("No answer.".to_owned());
        }
        let statuses = [200, 404, 405, 501, 200];
        Ok(statuses[usize::try_from(dice % 5).unwrap()])
    }
}

/// What survives: the stream and the run, each in its storage.
struct Disk {
    stream: Stream<MemoryStorage>,
    run: Option<String>,
    cancel_after_turns: Option<usize>,
}

fn begin(urls: usize) -> Disk {
    let list: Vec<String> = (0..urls).map(|n| format!("http://{n}.example/")).collect();
    let kind = link_check::LinkCheck::KIND;
    let begun = Begun::from_body(kind, list.join("\n").as_bytes()).unwrap();
    let retain = begun.retain_events();
    let name = Name::parse("a").unwrap();
    let run = begun.run(kind, "x1", &name).unwrap();
    let mut stream = Stream::open(MemoryStorage::default(), Epoch::from_random(7)).unwrap();
    stream.claim(run.claim(), 1_000).unwrap();
    stream.retain_at_least(retain, 0).unwrap();
    Disk {
        stream,
        run: Some(run.to_json().unwrap()),
        cancel_after_turns: None,
    }
}

/// What the object does when its alarm goes off, up to the moment of darkness;
/// whether that came.
fn turn(disk: &mut Disk, world: &Fake, dark: Option<Dark>) -> bool {
    let Some(json) = &disk.run else { return false };
    let mut run = Run::from_json(json).unwrap();
    if dark == Some(Dark::BeforePublish) {
        return true;
    }
    let Command::Publish { events, job } = run.report() else {
        panic!("another command");
    };
    // The stream's own alarm: it has not taken the job for dead.
    disk.stream.on_time(world.now.get()).unwrap();
    let published = disk.stream.check_claim(job.as_deref()).and_then(|()| {
        let entries = events.into_iter().map(|event| event.try_into().unwrap());
        disk.stream.publish(entries.collect(), world.now.get())
    });
    disk.stream.commit().unwrap();
    let cancelled = match published {
        Ok(receipt) => receipt.cancelled,
        Err(Error::Conflict(_)) => {
            disk.run = None;
            return false;
        }
        Err(error) => panic!("{error}"),
    };
    if dark == Some(Dark::AfterPublish) {
        return true;
    }
    let next = world.block_on(run.advance(cancelled, world)).unwrap();
    if dark == Some(Dark::AfterStep) {
        return true;
    }
    match next {
        Next::End => disk.run = None,
        Next::Again(ms) => {
            disk.run = Some(run.to_json().unwrap());
            world.now.set(world.now.get() + ms);
        }
    }
    dark == Some(Dark::AfterStore)
}

/// Runs to the end; the first turns go dark as they are told.
fn run(disk: &mut Disk, world: &Fake, darks: &[Option<Dark>]) {
    let mut darks = darks.iter().copied();
    for turns in 1.. {
        if disk.run.is_none() {
            return;
        }
        turn(disk, world, darks.next().flatten());
        // The platform starts the object again within a second or so.
        world.now.set(world.now.get() + 300);
        if disk.cancel_after_turns == Some(turns) {
            let _ = disk.stream.cancel(world.now.get());
            disk.stream.commit().unwrap();
        }
        assert!(turns < 2_000, "it does not end");
    }
}

/// All events of the stream: their types, and their data.
fn events(disk: &mut Disk) -> Vec<(String, serde_json::Value)> {
    let start = Position::After(After::Start);
    let mut chunk = disk.stream.subscribe(&start, 2_000).unwrap().unwrap();
    let mut records = chunk.records;
    while let Following::More(from) = chunk.then {
        chunk = disk.stream.resume(from, 2_000).unwrap();
        records.append(&mut chunk.records);
    }
    let shown = records.into_iter();
    shown
        .map(|r| (r.kind, serde_json::from_str(r.data.as_str()).unwrap()))
        .collect()
}

fn assert_sound(disk: &mut Disk, urls: usize) {
    let events = events(disk);
    let of = |kind: &str| -> Vec<serde_json::Value> {
        let all = events.iter().filter(|(k, _)| k == kind);
        all.map(|(_, data)| data.clone()).collect()
    };
    let results = of("result");
    let seen: Vec<&str> = results.iter().map(|r| r["url"].as_str().unwrap()).collect();
    let cancelled = disk.cancel_after_turns.is_some() && of("succeeded").is_empty();
    let listed: Vec<String> = (0..if cancelled { seen.len() } else { urls })
        .map(|n| format!("http://{n}.example/"))
        .collect();
    assert_eq!(seen, listed, "each once, in order");
    let ok = results.iter().filter(|r| r["ok"] == true).count();
    let summary = serde_json::json!({"checked": seen.len(), "ok": ok, "broken": seen.len() - ok});
    let end = if cancelled { "cancelled" } else { "succeeded" };
    assert_eq!(events.last().unwrap(), &(end.to_owned(), summary));
    let ends = ["succeeded", "cancelled", "failed"].map(|kind| of(kind).len());
    assert_eq!(ends.iter().sum::<usize>(), 1);
    let done: Vec<u64> = of("progress")
        .iter()
        .map(|p| p["done"].as_u64().unwrap())
        .collect();
    assert!(done.is_sorted_by(|a, b| a < b), "{done:?}");
    assert_eq!(done[0], 0);
    assert!(disk.run.is_none(), "nothing is left of it");
}

fn dark() -> impl Strategy<Value = Option<Dark>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Dark::BeforePublish)),
        1 => Just(Some(Dark::AfterPublish)),
        1 => Just(Some(Dark::AfterStep)),
        1 => Just(Some(Dark::AfterStore)),
    ]
}

proptest! {
    #[test]
    fn whenever_the_lights_go_out_each_url_is_reported_once_and_the_counts_are_true(
        urls in 1_usize..40,
        darks in proptest::collection::vec(dark(), 0..30),
        cancel_after_turns in proptest::option::weighted(0.3, 1_usize..20),
    ) {
        // One crash after the other may take a job longer than its lease, which
        // then ends it rightly; that is not what is tested here.
        let mut in_a_row = 0;
        let darks: Vec<_> = darks.into_iter().map(|dark| {
            in_a_row = if dark.is_some() { in_a_row + 1 } else { 0 };
            dark.filter(|_| in_a_row % 2 == 1)
        }).collect();
        let (mut disk, world) = (begin(urls), Fake::new());
        disk.cancel_after_turns = cancel_after_turns;
        run(&mut disk, &world, &darks);
        assert_sound(&mut disk, urls);
        prop_assert!(world.most_at_once.get() <= link_check::SLICE);
    }
}

#[test]
fn the_longest_list_is_all_there_in_the_end_and_no_step_is_long() {
    let (mut disk, world) = (begin(link_check::URLS), Fake::new());
    let mut before = world.now.get();
    while disk.run.is_some() {
        turn(&mut disk, &world, None);
        let took = world.now.replace(world.now.get() + 1) - before;
        assert!(took <= super::super::STEP_MS, "{took} ms");
        before = world.now.get();
    }
    assert_sound(&mut disk, link_check::URLS);
}

#[test]
fn a_job_without_its_stream_ends_and_publishes_nothing() {
    // The stream is deleted, and another job has the name.
    let (mut disk, world) = (begin(20), Fake::new());
    turn(&mut disk, &world, None);
    disk.stream = Stream::open(MemoryStorage::default(), Epoch::from_random(8)).unwrap();
    disk.stream.claim("link-check.y2".into(), 2_000).unwrap();
    run(&mut disk, &world, &[]);
    assert_eq!(events(&mut disk), []);

    // Its lease has run out: the stream has said so, and hears no more.
    let (mut disk, world) = (begin(20), Fake::new());
    turn(&mut disk, &world, None);
    let published_at = 1_000;
    world.now.set(published_at + LEASE_MS);
    run(&mut disk, &world, &[]);
    let kinds: Vec<String> = events(&mut disk).into_iter().map(|(k, _)| k).collect();
    assert_eq!(kinds, ["progress", "failed"]);
}

#[test]
fn a_job_survives_a_night_in_which_everybody_slept() {
    let (mut disk, world) = (begin(20), Fake::new());
    turn(&mut disk, &world, None);
    world.now.set(world.now.get() + 8 * 60 * 60 * 1_000);
    // Whichever of the two wakes up first: here it is the stream.
    disk.stream.on_time(world.now.get()).unwrap();
    run(&mut disk, &world, &[]);
    assert_sound(&mut disk, 20);
}

#[test]
fn keys_are_the_runs_own_and_short_enough() {
    let kind = link_check::LinkCheck::KIND;
    let begun = Begun::from_body(kind, b"http://a.example/").unwrap();
    let name = Name::parse("a").unwrap();
    assert_eq!(
        begun.answer(&name),
        r#"{"stream":"/v1/streams/a","urls":1}"#
    );
    let mut run = begun.run(kind, &"z".repeat(16), &name).unwrap();
    run.told = u64::MAX - 1;
    run.tell(vec![entry("result", &1).unwrap()]).unwrap();
    let last: Entry = run.pending.pop().unwrap().try_into().unwrap();
    let key = last.key.unwrap();
    assert_eq!(key, format!("job.{}.{}", "z".repeat(16), u64::MAX));
    assert!(key.len() <= crate::limit::KEY_CHARS);
}

#[test]
fn a_job_that_cannot_go_on_fails_and_says_no_secrets() {
    let (mut disk, world) = (begin(3), Fake::new());
    let json = disk.run.take().unwrap();
    disk.run = Some(json.replace(r#""left""#, r#""lost""#));
    run(&mut disk, &world, &[]);
    let failed = events(&mut disk).pop().unwrap();
    let data = serde_json::json!({"message": "The job could not go on."});
    assert_eq!(failed, ("failed".to_owned(), data));

    let refused = Begun::from_body("no-such-job", b"").unwrap_err();
    assert_eq!(refused.status(), 500);
}

#[test]
fn retries_wait_longer_and_longer_and_never_end() {
    assert_eq!([1, 2, 3, 4].map(retry_after), [500, 1_000, 2_000, 4_000]);
    assert_eq!(retry_after(0), 500);
    assert!((8..2_000).all(|failures| retry_after(failures) == RETRY_MOST_MS));
    assert_eq!(retry_after(u32::MAX), RETRY_MOST_MS);
}
