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

/// So many messages a second, until then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    pub(crate) rate: f64,
    pub(crate) end: Instant,
}

/// Yields the moment at which each message is due, at that moment, in one phase after the
/// other.
///
/// A thread of its own, because the runtime's timers round to whole milliseconds.
pub(crate) fn start(mut begin: Instant, phases: Vec<Phase>) -> UnboundedReceiver<Instant> {
    let (ticks, due) = unbounded_channel();
    thread::spawn(move || {
        for Phase { rate, end } in phases {
            let dues = (0..).map(|n| begin + due_after(n, rate));
            for at in dues.take_while(|at| *at < end) {
                thread::sleep(at.saturating_duration_since(Instant::now()));
                if ticks.send(at).is_err() {
                    return;
                }
            }
            begin = begin.max(end);
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
        let end = begin + Duration::from_millis(20);
        let mut ticks = start(begin, vec![Phase { rate: 1_000.0, end }]);
        thread::sleep(Duration::from_millis(40));
        for n in 0..20 {
            assert_eq!(ticks.blocking_recv(), Some(begin + due_after(n, 1_000.0)));
        }
        assert_eq!(ticks.blocking_recv(), None);
    }

    #[test]
    fn a_phase_begins_where_the_last_has_ended() {
        let begin = Instant::now();
        let [middle, end] = [10, 30].map(|ms| begin + Duration::from_millis(ms));
        let (quick, slow) = (1_000.0, 100.0);
        let phases = [(quick, middle), (quick, begin), (slow, end)];
        let phases = phases.map(|(rate, end)| Phase { rate, end }).to_vec();
        let mut ticks = start(begin, phases);
        for n in 0..10 {
            assert_eq!(ticks.blocking_recv(), Some(begin + due_after(n, quick)));
        }
        for n in 0..2 {
            assert_eq!(ticks.blocking_recv(), Some(middle + due_after(n, slow)));
        }
        assert_eq!(ticks.blocking_recv(), None);
    }
}
