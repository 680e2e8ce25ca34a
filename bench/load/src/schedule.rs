//! A fixed schedule: when each message is due, whatever became of those before it.
//!
//! A generator that waits for answers sends less while the server is slow, and so leaves
//! out the very moments that it should measure (coordinated omission). This one sends when
//! a message is due; one that goes out late is still measured from when it was due.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Message `n` of `rate` a second is due so long after the first.
pub(crate) fn due_after(n: u64, rate: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 messages")]
    Duration::from_secs_f64(n as f64 / rate)
}

/// Yields the moment at which each message is due, at that moment, until `end`.
///
/// A thread of its own, because the runtime's timers round to whole milliseconds.
pub(crate) fn start(rate: f64, begin: Instant, end: Instant) -> UnboundedReceiver<Instant> {
    let (ticks, due) = unbounded_channel();
    thread::spawn(move || {
        for n in 0.. {
            let at = begin + due_after(n, rate);
            if at >= end {
                return;
            }
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if ticks.send(at).is_err() {
                return;
            }
        }
    });
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_due_at_equal_distances() {
        assert_eq!(due_after(0, 50.0), Duration::ZERO);
        assert_eq!(due_after(1, 50.0), Duration::from_millis(20));
        assert_eq!(due_after(500, 50.0), Duration::from_secs(10));
    }

    #[test]
    fn a_receiver_that_is_late_gets_the_times_as_they_were_due() {
        let begin = Instant::now();
        let mut ticks = start(1_000.0, begin, begin + Duration::from_millis(20));
        thread::sleep(Duration::from_millis(40));
        for n in 0..20 {
            assert_eq!(ticks.blocking_recv(), Some(begin + due_after(n, 1_000.0)));
        }
        assert_eq!(ticks.blocking_recv(), None);
    }
}
