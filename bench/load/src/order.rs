//! Whether a receiver got everything once and in order.
//!
//! A receiver keeps a `Sequence` for each sender. Numbers start at 0 and have no holes:
//! a jump leaves holes, a number that fills a hole came out of order, and a number that
//! was there already is a repetition. What is still a hole at the end was lost.

use std::collections::BTreeSet;

use serde::Serialize;

/// What went wrong, summed over receivers and senders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// Never arrived.
    pub(crate) lost: u64,
    /// Arrived more than once; every arrival but the first.
    pub(crate) repeated: u64,
    /// Arrived behind a later one of the same sender.
    pub(crate) reordered: u64,
}

impl Faults {
    /// Adds what another receiver counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.reordered += other.reordered;
    }
}

/// One sender's messages, as one receiver saw them.
#[derive(Debug, Default)]
struct Sequence {
    next: u64,
    holes: BTreeSet<u64>,
    repeated: u64,
    reordered: u64,
}

/// All senders' messages, as one receiver saw them.
#[derive(Debug, Default)]
pub(crate) struct Order {
    senders: Vec<Sequence>,
}

impl Order {
    /// Takes note of one message.
    pub(crate) fn on_message(&mut self, sender: usize, number: u64) {
        if self.senders.len() <= sender {
            self.senders.resize_with(sender + 1, Sequence::default);
        }
        if let Some(sequence) = self.senders.get_mut(sender) {
            sequence.on_number(number);
        }
    }

    /// How many distinct messages arrived.
    pub(crate) fn received(&self) -> u64 {
        self.senders
            .iter()
            .map(|of| of.next - of.holes.len() as u64)
            .sum()
    }

    /// The verdict, when sender `n` has sent `sent[n]` messages.
    pub(crate) fn faults(&self, sent: &[u64]) -> Faults {
        let mut faults = Faults::default();
        for (sender, sent) in sent.iter().enumerate() {
            let Some(of) = self.senders.get(sender) else {
                faults.lost += sent;
                continue;
            };
            faults.add(Faults {
                lost: sent.saturating_sub(of.next) + of.holes.len() as u64,
                repeated: of.repeated,
                reordered: of.reordered,
            });
        }
        faults
    }
}

impl Sequence {
    fn on_number(&mut self, number: u64) {
        if number >= self.next {
            self.holes.extend(self.next..number);
            self.next = number + 1;
        } else if self.holes.remove(&number) {
            self.reordered += 1;
        } else {
            self.repeated += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(numbers: &[u64], sent: u64) -> Faults {
        let mut order = Order::default();
        for number in numbers {
            order.on_message(0, *number);
        }
        order.faults(&[sent])
    }

    #[test]
    fn all_in_order_is_no_fault() {
        assert_eq!(faults(&[0, 1, 2, 3], 4), Faults::default());
    }

    #[test]
    fn a_loss_in_the_middle_and_at_the_end_is_seen() {
        assert_eq!(
            faults(&[0, 1, 3], 6),
            Faults {
                lost: 3,
                ..Faults::default()
            }
        );
        assert_eq!(
            faults(&[], 2),
            Faults {
                lost: 2,
                ..Faults::default()
            }
        );
    }

    #[test]
    fn a_repetition_is_seen() {
        assert_eq!(
            faults(&[0, 1, 1, 0, 2], 3),
            Faults {
                repeated: 2,
                ..Faults::default()
            }
        );
    }

    #[test]
    fn what_comes_late_is_out_of_order_and_not_lost() {
        assert_eq!(
            faults(&[0, 2, 3, 1], 4),
            Faults {
                reordered: 1,
                ..Faults::default()
            }
        );
        assert_eq!(
            faults(&[0, 2, 1, 1], 3),
            Faults {
                reordered: 1,
                repeated: 1,
                lost: 0
            }
        );
    }

    #[test]
    fn senders_are_told_apart() {
        let mut order = Order::default();
        for (sender, number) in [(2, 0), (0, 0), (2, 1), (0, 1), (2, 3)] {
            order.on_message(sender, number);
        }
        assert_eq!(order.received(), 5);
        assert_eq!(
            order.faults(&[2, 1, 4]),
            Faults {
                lost: 2,
                ..Faults::default()
            }
        );
    }
}
