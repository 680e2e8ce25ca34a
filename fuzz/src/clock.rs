//! A clock that may do what real ones have been seen to do.

use crate::NOW;
use arbitrary::Arbitrary;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// What the clock does next.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub(crate) enum Tick {
    /// It stands still, as it does within a turn.
    Still,
    /// It goes on.
    On(u16),
    /// A day passes, or as many minutes as this.
    Long(u16),
    /// It steps back a little.
    BackMs,
    /// It steps back by an hour.
    BackHour,
    /// It begins anew.
    Zero,
    /// It is right again.
    Right,
}

impl Tick {
    pub(crate) fn after(self, now: u64) -> u64 {
        match self {
            Self::Still => now,
            Self::On(ms) => now + u64::from(ms),
            Self::Long(0) => now + 24 * HOUR_MS,
            Self::Long(minutes) => now + u64::from(minutes) * 60_000,
            Self::BackMs => now.saturating_sub(1),
            Self::BackHour => now.saturating_sub(HOUR_MS),
            Self::Zero => 0,
            Self::Right => now.max(NOW),
        }
    }
}
