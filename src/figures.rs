//! What a stream or room has cost so far: the things that Cloudflare bills.

use crate::room::object::Object;

/// Counts since the object was made, or since all of its events had expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// How often the object was brought into memory: from then until it sleeps again it
    /// is billed by time.
    pub wakes: u64,
    /// Requests to it: calls, connections, alarms.
    pub requests: u64,
    /// Messages of WebSockets that it got. 20 are billed as one request; pings that the
    /// platform answers are none.
    pub messages: u64,
    /// Frames that it sent, one for each connection. Not billed.
    pub deliveries: u64,
    /// Rows written and deleted, and alarms set.
    pub rows_written: u64,
}

impl Figures {
    /// As they are stored: five numbers with spaces between them.
    #[must_use]
    pub fn to_text(&self) -> String {
        let numbers = self.numbers().map(|number| number.to_string());
        numbers.join(" ")
    }

    /// As they were stored; what is no number counts as 0.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let mut numbers = text.split(' ').map(|word| word.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            wakes: next(),
            requests: next(),
            messages: next(),
            deliveries: next(),
            rows_written: next(),
        }
    }

    /// Those of two times together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            wakes: self.wakes.saturating_add(other.wakes),
            requests: self.requests.saturating_add(other.requests),
            messages: self.messages.saturating_add(other.messages),
            deliveries: self.deliveries.saturating_add(other.deliveries),
            rows_written: self.rows_written.saturating_add(other.rows_written),
        }
    }

    /// As JSON. `storage_bytes` is how much is stored now, `awake_since` when the object
    /// was last brought into memory, in milliseconds of Unix time.
    #[must_use]
    pub fn to_json(&self, storage_bytes: u64, awake_since: u64) -> String {
        Object::new()
            .number("wakes", self.wakes)
            .number("requests", self.requests)
            .number("messages", self.messages)
            .number("deliveries", self.deliveries)
            .number("rows_written", self.rows_written)
            .number("storage_bytes", storage_bytes)
            .number("awake_since", awake_since)
            .end()
    }

    const fn numbers(&self) -> [u64; 5] {
        [
            self.wakes,
            self.requests,
            self.messages,
            self.deliveries,
            self.rows_written,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cannot_be_read_counts_as_nothing() {
        assert_eq!(Figures::from_text(""), Figures::default());
        let odd = Figures::from_text("1 x -3 4");
        assert_eq!(odd.numbers(), [1, 0, 0, 4, 0]);
        assert_eq!(
            odd.to_json(4096, 7),
            r#"{"wakes":1,"requests":0,"messages":0,"deliveries":4,"rows_written":0,"storage_bytes":4096,"awake_since":7}"#
        );
    }

    proptest! {
        #[test]
        fn stored_they_read_the_same_and_add_up(a in any::<[u64; 5]>(), text in any::<String>()) {
            let [wakes, requests, messages, deliveries, rows_written] = a;
            let figures = Figures { wakes, requests, messages, deliveries, rows_written };
            prop_assert_eq!(Figures::from_text(&figures.to_text()), figures);
            let other = Figures::from_text(&text);
            let sum = figures.plus(&other).numbers();
            for (n, sum) in sum.into_iter().enumerate() {
                prop_assert_eq!(sum, figures.numbers()[n].saturating_add(other.numbers()[n]));
            }
        }
    }
}
