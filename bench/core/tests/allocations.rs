//! How often the hot paths of the core allocate. In wasm an allocation is some 50 ns and
//! memory that is never given back, so more of them is a choice and not an accident.
//!
//! Each figure is of the core natively, in a state that is warm: buffers have grown.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use allocation_counter::measure;
use tidings::cursor::Epoch;
use tidings_core_bench::{Past, Talk, encode};

/// For so many repetitions, that the growth of buffers weighs little.
const ROUNDS: u32 = 1_000;

/// Allocations a round, after a hundred that warm up.
fn per_round(mut round: impl FnMut()) -> f64 {
    (0..100).for_each(|_| round());
    let counted = measure(|| (0..ROUNDS).for_each(|_| round())).count_total;
    let each = u32::try_from(counted).map_or(f64::INFINITY, f64::from) / f64::from(ROUNDS);
    println!("{each} allocations");
    each
}

fn message(members: u32) -> f64 {
    let mut talk = Talk::of(members).unwrap();
    let mut frames: Vec<String> = (0..ROUNDS + 100).map(|_| talk.next_frame()).collect();
    frames.reverse();
    per_round(|| {
        let frame = frames.pop().unwrap();
        talk.hear(&frame).unwrap();
        drop(talk.flush().unwrap());
        drop(frame);
    })
}

#[test]
fn a_message_allocates_the_same_for_a_hundred_members_and_for_a_thousand() {
    let (small, large) = (message(100), message(1_000));
    assert!(small <= 44.0, "{small} for 100 members");
    assert!(
        (small - large).abs() < 4.0,
        "{small} for 100 members, {large} for 1,000"
    );
}

#[test]
fn what_comes_in_one_window_shares_its_frames() {
    let mut talk = Talk::of(100).unwrap();
    let each = per_round(|| {
        for _ in 0..80 {
            let frame = talk.next_frame();
            talk.hear(&frame).unwrap();
        }
        drop(talk.flush().unwrap());
    }) / 80.0;
    assert!(each <= 22.0, "{each} for each of 80 messages");
}

#[test]
fn an_event_of_a_stream() {
    let mut past = Past::of(10_000).unwrap();
    let each = per_round(|| drop(past.publish().unwrap()));
    assert!(each <= 9.5, "{each}");
}

#[test]
fn encoding_into_a_buffer_that_is_large_enough_allocates_nothing() {
    let records = Past::of(100).and_then(|mut log| log.records(100)).unwrap();
    let (epoch, mut out) = (Epoch::from_random(1), String::new());
    let each = per_round(|| {
        out.clear();
        encode(&mut out, &epoch, &records);
    });
    assert!(each <= 0.0, "{each} for 100 events");
}

#[test]
fn replay_allocates_for_what_it_reads_and_not_for_what_lies_before() {
    let mut short = Past::of(1_000).unwrap();
    let mut long = Past::of(100_000).unwrap();
    let after_few = per_round(|| drop(short.replay(500, 100).unwrap())) / 100.0;
    let after_many = per_round(|| drop(long.replay(50_000, 100).unwrap())) / 100.0;
    assert!(after_few <= 2.5, "{after_few} for each of 100 events");
    assert!(
        (after_few - after_many).abs() < 1.0,
        "{after_few} and {after_many}"
    );
}
