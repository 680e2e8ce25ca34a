//! How much waits to be sent to a connection, as far as one knows without looking.

use crate::limit::READER_BACKLOG_BYTES;

/// What a frame takes beside its payload, at the most
/// ([RFC 6455, 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)).
const HEADER_BYTES: usize = 14;

/// How many bytes wait for a connection at the most: what was waiting when one looked, and
/// what was sent since.
///
/// To look is a call of the platform, for every member and every frame, and tells nothing
/// new of those who read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog(usize);

impl Default for Backlog {
    /// Of a connection that nobody has looked at.
    fn default() -> Self {
        Self(usize::MAX)
    }
}

impl Backlog {
    /// Whether it may be more than [`READER_BACKLOG_BYTES`], so that one has to look.
    #[must_use]
    pub const fn may_be_long(self) -> bool {
        self.0 > READER_BACKLOG_BYTES
    }

    /// So many bytes wait: somebody has looked.
    #[must_use]
    pub const fn found(waiting: usize) -> Self {
        Self(waiting)
    }

    /// A frame with so long a payload was sent.
    #[must_use]
    pub const fn and_sent(self, payload_bytes: usize) -> Self {
        Self(
            self.0
                .saturating_add(payload_bytes)
                .saturating_add(HEADER_BYTES),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whom_nobody_has_looked_at_is_looked_at() {
        assert!(Backlog::default().may_be_long());
        assert!(Backlog::default().and_sent(1).may_be_long());
        assert!(!Backlog::found(READER_BACKLOG_BYTES).may_be_long());
        assert!(Backlog::found(READER_BACKLOG_BYTES + 1).may_be_long());
    }

    proptest! {
        /// Whatever the client takes, and when: nobody for whom much waits is passed over.
        #[test]
        fn a_long_backlog_is_always_looked_at(
            steps in prop::collection::vec((0..200_000_usize, 0..400_000_usize), 1..60),
        ) {
            let mut waiting = 0_usize;
            let mut backlog = Backlog::default();
            for (payload, taken) in steps {
                if backlog.may_be_long() {
                    backlog = Backlog::found(waiting);
                } else {
                    prop_assert!(waiting <= READER_BACKLOG_BYTES);
                }
                backlog = backlog.and_sent(payload);
                let sent = payload.saturating_add(HEADER_BYTES);
                waiting = waiting.saturating_add(sent).saturating_sub(taken);
            }
        }

        /// And whoever takes everything is looked at once in half a megabyte.
        #[test]
        fn who_reads_is_seldom_looked_at(payload in 1..2_000_usize) {
            let mut looks = 0_u32;
            let mut backlog = Backlog::default();
            for _ in 0..200 {
                if backlog.may_be_long() {
                    looks = looks.saturating_add(1);
                    backlog = Backlog::found(0);
                }
                backlog = backlog.and_sent(payload);
            }
            prop_assert_eq!(looks, 1);
        }
    }
}
