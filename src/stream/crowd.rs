//! How many connections an object has.
//!
//! The platform answers that with a list of all, in which each is an object made anew:
//! half a millisecond for a thousand. Asked for each who comes, that is the square of them
//! when all come back at once. So it is asked once, and those who come are counted.

/// The most connections that there can be, where it is known.
///
/// Never too low. Too high when some have gone, of whom nothing is counted: the platform
/// does not tell of each exactly once. The next list puts that right.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crowd {
    most: Option<usize>,
}

impl Crowd {
    /// Whether there are no more than `few`, for all that is known.
    #[must_use]
    pub fn is_within(self, few: usize) -> bool {
        self.most.is_some_and(|most| most <= few)
    }

    /// Whether there are `limit` or more; `list` counts them. Nobody is turned away for the
    /// sake of one who has gone: where that may be so, they are listed.
    pub fn is_full(&mut self, limit: usize, list: impl FnOnce() -> usize) -> bool {
        if self.most.is_none_or(|most| most >= limit) {
            self.on_listed(list());
        }
        self.most.is_some_and(|most| most >= limit)
    }

    /// One has come.
    pub fn on_come(&mut self) {
        self.most = self.most.map(|most| most.saturating_add(1));
    }

    /// They have been listed, and there are so many.
    pub fn on_listed(&mut self, count: usize) {
        self.most = Some(count);
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn they_are_listed_once_and_then_counted() {
        let mut crowd = Crowd::default();
        assert!(!crowd.is_full(6, || 3));
        for _ in 0..2 {
            crowd.on_come();
            // A list would say that there is no place left.
            assert!(!crowd.is_full(6, || 6));
        }
        assert!(crowd.is_within(5));
        assert!(!crowd.is_within(4));
    }

    #[test]
    fn nothing_is_known_of_those_who_came_before_anybody_was_listed() {
        let mut crowd = Crowd::default();
        assert!(!crowd.is_within(usize::MAX));
        crowd.on_come();
        assert!(!crowd.is_within(usize::MAX));
        crowd.on_listed(1);
        assert!(crowd.is_within(1));
    }

    #[test]
    fn nobody_is_turned_away_for_one_who_has_gone() {
        let mut crowd = Crowd::default();
        assert!(crowd.is_full(2, || 2));
        assert!(!crowd.is_full(2, || 1));
        crowd.on_come();
        assert!(crowd.is_full(2, || 2));
        assert!(crowd.is_full(0, || 0));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Come,
        Go,
        List,
        /// The object sleeps, and forgets.
        Sleep,
    }

    proptest! {
        #[test]
        fn it_is_never_too_low_and_full_only_when_it_is(
            limit in 0_usize..6,
            steps in prop::collection::vec(
                prop_oneof![Just(Step::Come), Just(Step::Go), Just(Step::List), Just(Step::Sleep)],
                0..60,
            ),
        ) {
            let (mut crowd, mut there) = (Crowd::default(), 0_usize);
            for step in steps {
                match step {
                    Step::Come => {
                        prop_assert_eq!(crowd.is_full(limit, || there), there >= limit);
                        there += 1;
                        crowd.on_come();
                    }
                    Step::Go => there = there.saturating_sub(1),
                    Step::List => crowd.on_listed(there),
                    Step::Sleep => crowd = Crowd::default(),
                }
                prop_assert!(there == 0 || !crowd.is_within(there - 1));
            }
        }
    }
}
