//! How soon what waits is sent.
//!
//! The first after silence leaves at once, in the same turn of the event loop as
//! whatever else is already on its way. A room or stream that is busy waits a little longer
//! (at most [`WINDOW_MS`]), so that more goes into one write and one frame: what a
//! delivery costs is mostly the frame. One that is so busy that much is waiting
//! already waits only as long as more comes with every turn of the event loop.

/// The longest that something waits for more, in milliseconds.
pub const WINDOW_MS: u64 = 10;
/// Below so many deliveries a second nothing waits ...
const CALM: u64 = 10_000;
/// ... and from so many on it waits as long as it may.
const BUSY: u64 = 25_000;
/// So many things that wait go as soon as nothing more comes.
const ENOUGH: usize = 24;
/// Over which time deliveries are counted, in milliseconds.
const MEMORY_MS: u64 = 1_000;

/// How busy a room or a stream is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// Deliveries in about the last second.
    level: u64,
    /// When that was.
    at: u64,
    /// Since when something waits.
    waiting_since: Option<u64>,
    /// Whether more of it comes.
    burst: Burst,
}

impl Pace {
    /// Something waits from `now` on.
    pub fn on_queued(&mut self, now: u64) {
        self.waiting_since.get_or_insert(now);
    }

    /// Everything was sent: so many things, each counted for each connection that got it.
    pub fn on_sent(&mut self, deliveries: usize, now: u64) {
        let deliveries = u64::try_from(deliveries).unwrap_or(u64::MAX);
        self.level = self.level(now).saturating_add(deliveries);
        self.at = now;
        self.waiting_since = None;
        self.burst = Burst::default();
    }

    /// Whether `items` things that wait are to be sent now: to be asked in every turn of
    /// the event loop in which they are due. Of much that is when the [`Burst`] is over: what
    /// is sent in its midst is two frames for everybody instead of one.
    pub fn is_time(&mut self, items: usize, now: u64) -> bool {
        let Some(since) = self.waiting_since else {
            return false;
        };
        if items >= ENOUGH {
            return self.burst.is_over(items, since, now);
        }
        // A clock that has stepped back does not say for how long it has waited.
        since > now || self.due(items, now).is_some_and(|at| at <= now)
    }

    /// When `items` things that wait are to be sent; `None` where nothing waits.
    #[must_use]
    pub fn due(&self, items: usize, now: u64) -> Option<u64> {
        let since = self.waiting_since?;
        if items >= ENOUGH {
            return Some(now);
        }
        // A clock that steps back must not hold anything.
        let since = since.min(now);
        Some(since.saturating_add(self.window(now)))
    }

    fn level(&self, now: u64) -> u64 {
        let passed = now.saturating_sub(self.at).min(MEMORY_MS);
        let left = MEMORY_MS.saturating_sub(passed);
        self.level.saturating_mul(left) / MEMORY_MS
    }

    fn window(&self, now: u64) -> u64 {
        let above = self.level(now).saturating_sub(CALM);
        let span = BUSY.saturating_sub(CALM);
        let window = WINDOW_MS.saturating_mul(above.min(span));
        window.checked_div(span).unwrap_or(WINDOW_MS)
    }
}

/// Several things that belong together, though it takes several turns of the event loop
/// until all have come in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Burst {
    /// How many they were when it was last asked.
    before: usize,
}

impl Burst {
    /// Whether all `items` of which the first came at `since` are there: since it was last
    /// asked, a turn of the event loop ago, none was added. Nor is waited longer than
    /// [`WINDOW_MS`], or by a clock that has stepped back and does not say for how long.
    pub fn is_over(&mut self, items: usize, since: u64, now: u64) -> bool {
        let before = std::mem::replace(&mut self.before, items);
        items <= before || since > now || since.saturating_add(WINDOW_MS) <= now
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How long each of a second's messages waits, in milliseconds.
    fn waits(per_second: u64, readers: usize) -> Vec<u64> {
        let mut pace = Pace::default();
        let mut waits = Vec::new();
        let mut queued: Vec<u64> = Vec::new();
        for now in 10_000..13_000 {
            if pace.due(queued.len(), now).is_some_and(|at| at <= now) {
                waits.extend(queued.drain(..).map(|at| now - at));
                pace.on_sent(waits.len().min(1) * readers, now);
            }
            if (now * per_second) % 1_000 < per_second {
                pace.on_queued(now);
                queued.push(now);
                if pace.due(queued.len(), now) == Some(now) {
                    waits.extend(queued.drain(..).map(|at| now - at));
                    pace.on_sent(readers, now);
                }
            }
        }
        waits
    }

    #[test]
    fn nothing_waits_that_need_not() {
        assert!(waits(50, 100).iter().all(|wait| *wait == 0));
        assert!(waits(5, 1_000).iter().all(|wait| *wait == 0));
        assert!(waits(1, 1).iter().all(|wait| *wait == 0));
    }

    #[test]
    fn a_busy_room_waits_and_never_longer_than_the_window() {
        let waits = waits(500, 100);
        assert!(waits.iter().any(|wait| *wait > 0));
        assert!(waits.iter().all(|wait| *wait <= WINDOW_MS));
    }

    #[test]
    fn much_does_not_wait_for_more() {
        let mut pace = Pace::default();
        pace.on_sent(1_000_000, 0);
        pace.on_queued(1);
        assert_eq!(pace.due(1, 1), Some(1 + WINDOW_MS));
        assert_eq!(pace.due(ENOUGH, 1), Some(1));
        assert_eq!(pace.due(1, 5_000), Some(1));
    }

    #[test]
    fn a_burst_is_over_when_nothing_was_added() {
        let mut burst = Burst::default();
        assert!(!burst.is_over(2, 100, 100));
        assert!(!burst.is_over(3, 100, 101));
        assert!(burst.is_over(3, 100, 101));
        assert!(!burst.is_over(4, 100, 109));
        assert!(
            burst.is_over(5, 100, 100 + WINDOW_MS),
            "it has waited long enough"
        );
        assert!(burst.is_over(6, 100, 99), "the clock has stepped back");
    }

    #[test]
    fn what_keeps_coming_goes_together() {
        let mut pace = Pace::default();
        pace.on_queued(1);
        assert!(!pace.is_time(ENOUGH, 1), "more may come with the next turn");
        assert!(!pace.is_time(ENOUGH + 1, 2), "it did");
        assert!(pace.is_time(ENOUGH + 1, 2), "it did not");
        pace.on_sent(1_000_000, 2);
        pace.on_queued(3);
        assert!(!pace.is_time(ENOUGH, 3), "what was sent is forgotten");
    }

    #[test]
    fn what_never_stops_coming_goes_after_the_window() {
        let mut pace = Pace::default();
        pace.on_queued(1);
        let mut turns = 1..;
        let sent = turns.find(|now| {
            let items = usize::try_from(*now).unwrap() * ENOUGH;
            assert_eq!(
                pace.due(items, *now),
                Some(*now),
                "it is asked in every turn"
            );
            pace.is_time(items, *now)
        });
        assert_eq!(sent, Some(1 + WINDOW_MS));
    }

    #[test]
    fn little_goes_when_it_is_due_whatever_else_comes() {
        let mut pace = Pace::default();
        pace.on_queued(1);
        assert!(pace.is_time(1, 1));
        assert!(pace.is_time(ENOUGH - 1, 1));
    }

    proptest! {
        #[test]
        fn whatever_the_clock_did_nothing_waits_longer_than_the_window(
            steps in proptest::collection::vec((any::<bool>(), 0..10_000_000_u64, 0..30_usize, 0..2_000_usize), 1..60),
        ) {
            let mut pace = Pace::default();
            let mut now = 20_000_000;
            for (is_back, ms, items, readers) in steps {
                now = if is_back { 20_000_000 - ms } else { now + ms / 10_000 };
                pace.on_queued(now);
                let due = pace.due(items, now).unwrap();
                prop_assert!(due <= now + WINDOW_MS);
                pace.is_time(items, now);
                prop_assert!(pace.is_time(items, due.max(now)), "nothing was added");
                if items % 2 == 0 {
                    pace.on_sent(items * readers, due.max(now));
                    prop_assert_eq!(pace.due(0, now), None);
                }
            }
        }
    }

    #[test]
    fn a_clock_that_steps_back_holds_nothing() {
        let mut pace = Pace::default();
        pace.on_queued(1_000_000);
        assert!(pace.due(1, 5).is_some_and(|at| at <= 5 + WINDOW_MS));
    }
}
