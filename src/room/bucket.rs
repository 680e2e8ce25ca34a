//! A token bucket: so many a second, so many at once.
//!
//! Kept as one number, the time at which the bucket will be full again (the
//! "theoretical arrival time" of the generic cell rate algorithm), so that it fits
//! into an attachment and an idle one costs nothing.

use serde::{Deserialize, Serialize};

/// How much is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many a second; 0 for no limit.
    pub per_second: u32,
    /// How many at once, after a while of silence; at least 1.
    pub burst: u32,
}

/// What is left of a rate; full by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bucket {
    /// When it is full again, in microseconds of Unix time.
    full_at: u64,
}

impl Bucket {
    /// Takes one at `now` (milliseconds); where there is none, when there will be,
    /// in milliseconds from now.
    pub fn take(&mut self, rate: Rate, now: u64) -> Result<(), u64> {
        let Some(interval) = 1_000_000_u64.checked_div(u64::from(rate.per_second)) else {
            return Ok(());
        };
        let now = now.saturating_mul(1_000);
        let room = interval.saturating_mul(u64::from(rate.burst.max(1)));
        // Not further ahead than an empty bucket is: a clock that steps back must
        // not lock anybody out for as long as the step.
        self.full_at = self.full_at.clamp(now, now.saturating_add(room));
        let next = self.full_at.saturating_add(interval);
        let wait = next.saturating_sub(now.saturating_add(room));
        if wait > 0 {
            return Err(wait.div_ceil(1_000));
        }
        self.full_at = next;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 30,
    };

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::default();
        let mut taken = 0;
        while bucket.take(RATE, 1_000).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 30);
        assert_eq!(bucket.take(RATE, 1_000), Err(100));
        assert_eq!(bucket.take(RATE, 1_099), Err(1));
        assert_eq!(bucket.take(RATE, 1_100), Ok(()));
        assert_eq!(bucket.take(RATE, 1_100), Err(100));
    }

    #[test]
    fn zero_is_no_limit() {
        let rate = Rate {
            per_second: 0,
            burst: 0,
        };
        let mut bucket = Bucket::default();
        assert!((0..10_000).all(|_| bucket.take(rate, 5).is_ok()));
    }

    #[test]
    fn a_clock_that_steps_back_costs_no_more_than_an_empty_bucket() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.take(RATE, 1_000_000_000), Ok(()));
        assert_eq!(bucket.take(RATE, 1_000), Err(100));
        assert_eq!(bucket.take(RATE, 1_100), Ok(()));
    }

    proptest! {
        #[test]
        fn nobody_is_locked_out_whatever_the_clock_did(
            steps in proptest::collection::vec((any::<bool>(), 0..100_000_000_u64, 0..50_u32), 1..40),
            per_second in 1..100_u32,
            burst in 0..60_u32,
        ) {
            let rate = Rate { per_second, burst };
            let (mut bucket, mut now) = (Bucket::default(), 200_000_000);
            for (is_back, ms, takes) in steps {
                now = if is_back { 200_000_000 - ms } else { now + ms / 10_000 };
                for _ in 0..takes {
                    if let Err(wait) = bucket.take(rate, now) {
                        prop_assert!(wait <= 1_000);
                        now += wait;
                        prop_assert_eq!(bucket.take(rate, now), Ok(()), "it was promised");
                    }
                }
            }
        }

        #[test]
        fn never_more_than_the_rate_allows(steps in proptest::collection::vec(0..400_u64, 1..300)) {
            let (mut bucket, mut now, mut taken) = (Bucket::default(), 5_000, 0_u64);
            for step in steps {
                now += step;
                match bucket.take(RATE, now) {
                    Ok(()) => taken += 1,
                    Err(wait) => prop_assert!(bucket.take(RATE, now + wait).is_ok() && wait <= 100),
                }
                // What was tried ahead of time counts as taken too.
                bucket.full_at = bucket.full_at.max(now * 1_000);
            }
            prop_assert!(taken <= 30 + (now - 5_000) / 100 + 1);
        }
    }
}
