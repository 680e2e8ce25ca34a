//! How long somebody is waited for who does not take what waits for them.

/// One who is looked at again and again, as often as there is patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// With so many bytes waiting, or fewer, it is over.
    most: usize,
    /// Whether it is over as well with fewer than at the look before.
    any: bool,
    /// How many looks are left.
    left: u32,
}

/// What is to be done after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// There is room: no more looks.
    Room,
    /// Another look, after a pause.
    Again,
    /// They do not read: no more looks.
    Absent,
}

impl Patience {
    /// Until no more than `most` bytes wait, for so many looks.
    #[must_use]
    pub const fn until(most: usize, looks: u32) -> Self {
        Self {
            most,
            any: false,
            left: looks,
        }
    }

    /// Until anything of what waits is taken, for so many looks. Whoever reads is there,
    /// also where more comes than they read.
    #[must_use]
    pub const fn until_any(looks: u32) -> Self {
        Self {
            most: 0,
            any: true,
            left: looks,
        }
    }

    /// So many bytes wait now.
    pub fn look(&mut self, waiting: usize) -> Look {
        if waiting <= self.most {
            return Look::Room;
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Look::Absent;
        };
        self.left = left;
        if self.any {
            self.most = waiting.saturating_sub(1);
        }
        Look::Again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last look, and how many there were.
    fn looks(mut patience: Patience, waiting: &[usize]) -> (Look, usize) {
        let mut seen = (Look::Again, 0);
        for (n, bytes) in (1..).zip(waiting) {
            seen = (patience.look(*bytes), n);
            if seen.0 != Look::Again {
                break;
            }
        }
        seen
    }

    #[test]
    fn with_a_bound_only_the_bound_counts() {
        let patience = Patience::until(10, 3);
        assert_eq!(looks(patience, &[10]), (Look::Room, 1));
        assert_eq!(looks(patience, &[90, 50, 9]), (Look::Room, 3));
        assert_eq!(looks(patience, &[90, 50, 20, 11]), (Look::Absent, 4));
        assert_eq!(looks(patience, &[90, 50, 20, 10]), (Look::Room, 4));
    }

    #[test]
    fn without_one_whoever_takes_anything_is_there() {
        let patience = Patience::until_any(3);
        assert_eq!(looks(patience, &[0]), (Look::Room, 1));
        assert_eq!(looks(patience, &[7, 7, 7, 7]), (Look::Absent, 4));
        assert_eq!(looks(patience, &[7, 8, 9, 9]), (Look::Absent, 4));
        // More waits than at first, but some of it was taken.
        assert_eq!(looks(patience, &[7, 90, 60]), (Look::Room, 3));
        assert_eq!(looks(patience, &[7, 90, 95, 94]), (Look::Room, 4));
    }
}
