//! What all connections of a run count together.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use anyhow::Result;
use hdrhistogram::Histogram;
use tokio::sync::Notify;

use crate::marker::Marker;
use crate::order::Order;

/// One run's counters. Everything runs on one thread.
#[derive(Debug)]
pub(crate) struct Tally {
    begin: Instant,
    /// Whether senders in a closed loop go on.
    pub(crate) running: Cell<bool>,
    /// Messages that are due and wait for their sender.
    pub(crate) waiting: Cell<u64>,
    /// When those messages were due whose latencies are kept, in µs; the end excluded.
    measured: Cell<(u64, u64)>,
    /// Messages that receivers got, repetitions included.
    pub(crate) delivered: Cell<u64>,
    /// Messages sent, by sender.
    sent: RefCell<Vec<u64>>,
    /// From when a message was due until a receiver had it, in µs.
    latency: RefCell<Histogram<u64>>,
    /// What broke, in the order of its happening.
    failures: RefCell<Vec<String>>,
    /// Told when something broke.
    pub(crate) failed: Notify,
}

impl Tally {
    /// All at zero, for so many senders.
    pub(crate) fn new(senders: usize) -> Result<Self> {
        Ok(Self {
            begin: Instant::now(),
            running: Cell::new(true),
            waiting: Cell::new(0),
            measured: Cell::new((u64::MAX, u64::MAX)),
            delivered: Cell::new(0),
            sent: RefCell::new(vec![0; senders]),
            latency: RefCell::new(Histogram::new(3)?),
            failures: RefCell::default(),
            failed: Notify::new(),
        })
    }

    /// A moment in µs since the run began.
    pub(crate) fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.begin).as_micros()).unwrap_or(u64::MAX)
    }

    /// Keeps the latencies of messages that are due from now on.
    pub(crate) fn measure_from(&self, now: Instant) {
        self.measured.set((self.micros(now), u64::MAX));
    }

    /// Keeps them no more of those that are due from now on. Those that were due before
    /// count whenever they arrive: the latest must not be left out.
    pub(crate) fn measure_until(&self, now: Instant) {
        self.measured.set((self.measured.get().0, self.micros(now)));
    }

    /// Counts a message as sent and answers its marker.
    pub(crate) fn next(&self, sender: usize, due: Instant) -> Marker {
        let mut sent = self.sent.borrow_mut();
        let number = sent.get(sender).copied().unwrap_or(0);
        if let Some(count) = sent.get_mut(sender) {
            *count += 1;
        }
        Marker {
            sender,
            number,
            due: self.micros(due),
        }
    }

    /// Counts a message that `order`'s receiver got `now`.
    pub(crate) fn on_delivery(&self, order: &mut Order, marker: Marker, now: u64) {
        order.on_message(marker.sender, marker.number);
        self.delivered.set(self.delivered.get() + 1);
        let (from, to) = self.measured.get();
        if (from..to).contains(&marker.due) {
            // The histogram grows by itself and takes every value; one that saturates
            // would take everything for 2 µs, which is where it begins.
            let _ = self
                .latency
                .borrow_mut()
                .record(now.saturating_sub(marker.due));
        }
    }

    /// Takes note of something that broke.
    pub(crate) fn on_failure(&self, error: &anyhow::Error) {
        self.failures.borrow_mut().push(format!("{error:#}"));
        self.failed.notify_one();
    }

    /// Messages sent so far, by sender.
    pub(crate) fn sent(&self) -> Vec<u64> {
        self.sent.borrow().clone()
    }

    /// What broke so far.
    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.borrow().clone()
    }

    /// The latency in ms that so many per cent of the deliveries had at the most.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "latencies are far below 2^52 µs"
        )]
        let micros = self.latency.borrow().value_at_percentile(percent) as f64;
        micros / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_of_a_sender_have_no_holes() {
        let tally = Tally::new(2).unwrap();
        let now = Instant::now();
        let numbers: Vec<_> = [0, 1, 0]
            .map(|sender| tally.next(sender, now).number)
            .into();
        assert_eq!(numbers, [0, 0, 1]);
        assert_eq!(tally.sent(), [2, 1]);
    }

    #[test]
    fn latency_counts_from_when_a_message_was_due() {
        let tally = Tally::new(1).unwrap();
        let mut order = Order::default();
        let due = Instant::now();
        tally.measure_from(due);
        for late in [1, 2, 3, 100] {
            let marker = tally.next(0, due);
            tally.on_delivery(
                &mut order,
                marker,
                tally.micros(due + Duration::from_millis(late)),
            );
        }
        assert!((tally.percentile(50.0) - 2.0).abs() < 0.01);
        assert!((tally.percentile(100.0) - 100.0).abs() < 0.1);
        assert_eq!(tally.delivered.get(), 4);
    }

    #[test]
    fn what_was_due_while_it_was_measured_counts_however_late_it_comes() {
        let tally = Tally::new(1).unwrap();
        let mut order = Order::default();
        let begin = Instant::now();
        let after = |ms| begin + Duration::from_millis(ms);
        tally.measure_from(after(10));
        let [early, last] = [9, 19].map(|ms| tally.next(0, after(ms)));
        tally.on_delivery(&mut order, early, tally.micros(after(15)));
        tally.measure_until(after(20));
        let late = tally.next(0, after(20));
        tally.on_delivery(&mut order, last, tally.micros(after(119)));
        tally.on_delivery(&mut order, late, tally.micros(after(920)));
        for percent in [1.0, 100.0] {
            assert!((tally.percentile(percent) - 100.0).abs() < 0.1);
        }
        assert_eq!(tally.delivered.get(), 3);
    }

    #[test]
    fn what_is_not_measured_is_counted_all_the_same() {
        let tally = Tally::new(1).unwrap();
        let marker = tally.next(0, Instant::now());
        tally.on_delivery(&mut Order::default(), marker, 5_000_000);
        assert_eq!(
            (tally.delivered.get(), tally.percentile(100.0).to_bits()),
            (1, 0)
        );
    }
}
