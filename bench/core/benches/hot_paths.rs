//! How long the hot paths of the core take, natively: `cargo bench` in `bench/`.
//!
//! In the Worker they are WebAssembly, and slower. These figures compare versions of
//! the core on one machine, without the noise of sockets.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up has nothing to say"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tidings::cursor::Epoch;
use tidings_core_bench::{Past, Talk, encode};

fn main() {
    divan::main();
}

/// One message into a room, made durable, and its frame for everybody.
#[divan::bench(args = [1, 100, 1_000])]
fn a_message(bencher: Bencher<'_, '_>, members: u32) {
    let mut talk = Talk::of(members).expect("a room");
    bencher.bench_local(|| {
        let frame = talk.next_frame();
        talk.hear(&frame).expect("taken");
        black_box(talk.flush().expect("flushed"))
    });
}

/// So many messages that came within one window, for 100 members; time for each.
#[divan::bench(args = [8, 80])]
fn messages_of_one_window(bencher: Bencher<'_, '_>, messages: usize) {
    let mut talk = Talk::of(100).expect("a room");
    bencher.counter(ItemsCount::new(messages)).bench_local(|| {
        for _ in 0..messages {
            let frame = talk.next_frame();
            talk.hear(&frame).expect("taken");
        }
        black_box(talk.flush().expect("flushed"))
    });
}

/// One event into a log that has a past.
#[divan::bench(args = [0, 10_000])]
fn an_event(bencher: Bencher<'_, '_>, past: u64) {
    let mut past = Past::of(past).expect("a log");
    bencher.bench_local(|| black_box(past.publish().expect("published")));
}

/// A page of 100 events from anywhere in a log, as an event stream.
#[divan::bench(args = [1_000, 100_000])]
fn a_page_of_replay(bencher: Bencher<'_, '_>, past: u64) {
    let mut log = Past::of(past).expect("a log");
    bencher
        .counter(ItemsCount::new(100_usize))
        .bench_local(|| black_box(log.replay(past / 2, 100).expect("read")));
}

/// 100 events in the format of an event stream, into a buffer that is there.
#[divan::bench]
fn encoding(bencher: Bencher<'_, '_>) {
    let records = Past::of(100)
        .and_then(|mut log| log.records(100))
        .expect("a log");
    let (epoch, mut out) = (Epoch::from_random(1), String::new());
    bencher
        .counter(ItemsCount::new(records.len()))
        .bench_local(|| {
            out.clear();
            encode(&mut out, &epoch, &records);
            black_box(out.len())
        });
}
