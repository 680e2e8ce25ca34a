//! Whether a stream is busy enough for its object to hold its readers' responses itself.
//!
//! A bridge (the stateless Worker writes the response, and a hibernating WebSocket feeds
//! it) lets the object sleep, but each event crosses from the object to every bridge: about
//! twice the CPU time. Where events keep coming the object does not sleep anyway.
//! Then it is *hot*, and pours events into the responses of its readers directly; when it
//! has grown cold, it goes back to the bridges and may sleep again. The more readers a stream
//! has the fewer frames a second make it hot: what bridges cost grows with their number, what
//! being awake costs does not.

/// So many frames in a second are the most of a stream of few readers that stays cold.
const LEAK_PER_SECOND: u64 = 5;
/// Of so many readers half as many are, of twice as many a third ...
const CROWD: usize = 300;
/// ... and of any number not less than this part. So it takes some 800 deliveries a second, for
/// which the Worker's CPU time costs what being awake does (`docs/costs.md`).
const LEAST_PART: u64 = 4;
/// So many frames above that make it hot: to change over costs each reader a request, and
/// that about what twenty frames over its bridge do.
const HOT: u64 = 30;
/// So many are remembered at the most.
const MOST: u64 = 50;
/// It is cold again after so much silence, in milliseconds: before any heartbeat is due, and
/// before it would have hibernated.
const SILENCE_MS: u64 = 10_000;

/// In parts that all leaks are whole numbers of: 5, 5/2, 5/3 and 5/4 frames a second.
const FRAME: u64 = 12_000;

/// How much leaks in a millisecond, of a frame to so many readers.
fn leak(readers: usize) -> u64 {
    let crowds = u64::try_from(readers / CROWD).unwrap_or(LEAST_PART);
    let part = crowds.saturating_add(1).min(LEAST_PART);
    (LEAK_PER_SECOND * FRAME / 1_000)
        .checked_div(part)
        .unwrap_or_default()
}

/// How hot a stream is: a bucket that frames fill and time empties.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heat {
    level: u64,
    /// How much of it leaks in a millisecond.
    leak: u64,
    /// When that was, in milliseconds.
    at: u64,
    /// For how many milliseconds there had been no frame then.
    silent: u64,
    hot: bool,
}

impl Heat {
    /// A frame was sent at `now` to so many readers who have bridges or are poured to.
    pub fn on_frame(&mut self, readers: usize, now: u64) {
        self.settle(now);
        let level = self.level.saturating_add(FRAME);
        self.level = level.min(MOST.saturating_mul(FRAME));
        self.leak = leak(readers);
        self.silent = 0;
        self.hot |= self.level >= HOT.saturating_mul(FRAME);
    }

    /// Whether it is hot at `now`.
    pub fn is_hot(&mut self, now: u64) -> bool {
        self.settle(now);
        self.hot
    }

    /// Whether it was hot when a frame was sent last, or it was last asked for.
    #[must_use]
    pub const fn was_hot(&self) -> bool {
        self.hot
    }

    /// How long a hot stream stays hot without another frame, in milliseconds from the
    /// last call.
    #[must_use]
    pub fn lasts(&self) -> u64 {
        let level = self.level.div_ceil(self.leak.max(1));
        level.min(SILENCE_MS.saturating_sub(self.silent))
    }

    fn settle(&mut self, now: u64) {
        // A clock that steps back leaks nothing.
        let passed = now.saturating_sub(self.at);
        self.at = now;
        self.silent = self.silent.saturating_add(passed);
        self.level = if self.silent < SILENCE_MS {
            self.level.saturating_sub(passed.saturating_mul(self.leak))
        } else {
            0
        };
        self.hot &= self.level > 0;
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000_000;

    /// After how many seconds of so many frames a minute to so many readers it is hot, if
    /// it ever is.
    fn hot_after(per_minute: u64, readers: usize) -> Option<u64> {
        let mut heat = Heat::default();
        (0..600_000).step_by(10).find_map(|ms| {
            if (ms * per_minute) % 60_000 < 10 * per_minute {
                heat.on_frame(readers, NOW + ms);
            }
            heat.is_hot(NOW + ms).then_some(ms / 1_000)
        })
    }

    #[test]
    fn only_what_goes_on_is_hot() {
        for readers in [0, 1, 299] {
            assert_eq!(hot_after(5 * 60, readers), None);
            let seconds = hot_after(8 * 60, readers);
            assert!(seconds.is_some_and(|seconds| (8..13).contains(&seconds)));
            assert_eq!(hot_after(50 * 60, readers), Some(0));
        }
    }

    #[test]
    fn a_crowd_makes_it_hot_sooner() {
        assert_eq!(hot_after(2 * 60, 599), None);
        assert!(hot_after(2 * 60, 1_000).is_some_and(|seconds| seconds < 45));
        assert!(hot_after(4 * 60, 1_000).is_some_and(|seconds| seconds < 15));
    }

    #[test]
    fn of_no_crowd_do_a_few_frames_or_rare_ones_make_it_hot() {
        for readers in [1_000, 32_768, usize::MAX] {
            assert_eq!(hot_after(75, readers), None);
            let mut heat = Heat::default();
            for frame in 1..=HOT {
                heat.on_frame(readers, NOW);
                assert_eq!(heat.is_hot(NOW), frame == HOT, "{frame}");
            }
        }
    }

    #[test]
    fn it_cools_before_a_heartbeat_is_due_however_hot_it_was() {
        let mut heat = Heat::default();
        for readers in [1, 5_000] {
            for _ in 0..10_000 {
                heat.on_frame(readers, NOW);
            }
            assert!(heat.is_hot(NOW));
            assert_eq!(heat.lasts(), 10_000);
            assert!(heat.is_hot(NOW + 9_999));
            assert_eq!(heat.lasts(), 1);
            assert!(!heat.is_hot(NOW + 10_000));
            // And it takes as much as before to become hot again.
            heat.on_frame(readers, NOW + 10_001);
            assert!(!heat.is_hot(NOW + 10_001));
            heat = Heat::default();
        }
    }

    proptest! {
        #[test]
        fn whatever_the_clock_did_it_is_cold_after_ten_seconds_of_silence(
            steps in proptest::collection::vec((any::<bool>(), 0..4_000_000_u64, 0..60_usize, 0..5_000_usize), 1..40),
        ) {
            let mut heat = Heat::default();
            let mut now = NOW;
            for (is_back, ms, frames, readers) in steps {
                now = if is_back { NOW - ms } else { now + ms / 1_000 };
                for _ in 0..frames {
                    heat.on_frame(readers, now);
                }
                let _ = heat.is_hot(now);
                prop_assert!(heat.lasts() <= 10_000);
                let mut later = heat;
                prop_assert!(!later.is_hot(now + heat.lasts()));
                prop_assert!(frames < 60 || heat.was_hot(), "much at once is hot");
            }
        }
    }

    #[test]
    fn a_clock_that_steps_back_does_no_harm() {
        let mut heat = Heat::default();
        for _ in 0..40 {
            heat.on_frame(1, NOW);
        }
        assert!(heat.is_hot(NOW - 5_000));
        assert!(!heat.is_hot(NOW + 60_000));
    }
}
