//! The service's own figures: how many streams, readers and events there are.
//!
//! Every stream's object reports its own, absolute and not as differences, so that
//! a report that is lost or comes twice does no harm. One object adds them up and
//! publishes the sums to an ordinary stream, [`STREAM`], which is read like any
//! other.

use crate::data::Members;
use crate::error::{Error, Result};
use crate::sorted::SortedMap;
use serde::Serialize;

/// The stream that the figures are published to.
pub const STREAM: &str = "tidings.stats";

/// The type of the events on it.
pub const STATS: &str = "stats";

/// How often a stream reports while something happens on it, unless the operator
/// says otherwise, in milliseconds. Each report is a request and a row written.
pub const DEFAULT_REPORT_MS: u64 = 5_000;

/// How often the sums are published at the most, in milliseconds.
pub const PUBLISH_MS: u64 = 1_000;

/// For how long a stream's readers count without a new report, in milliseconds: 20
/// minutes. A response is rotated after 15 at the latest, and its reader comes
/// back; whoever is silent for longer was lost with its process.
pub const READERS_MS: u64 = 20 * 60 * 1_000;

/// What a stream says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its name.
    pub name: String,
    /// How many connections read it now.
    pub readers: u64,
    /// How many events were ever published to it, in this life of its name.
    pub events: u64,
    /// Whether it still exists.
    pub exists: bool,
}

impl Report {
    /// Reads a report.
    pub fn from_json(json: &str) -> Result<Self> {
        let read = || {
            let members = Members::parse(json)?;
            Ok(Self {
                name: members.read("name")?,
                readers: members.read("readers")?,
                events: members.read("events")?,
                exists: members.read("exists")?,
            })
        };
        read().map_err(|error: serde_json::Error| {
            Error::Internal(format!("a report cannot be read: {error}"))
        })
    }
}

/// What is known of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Open connections, as last reported.
    pub readers: u64,
    /// Events ever published.
    pub events: u64,
    /// When that was reported, in milliseconds of Unix time.
    pub at: u64,
}

/// The sums: the data of an event of type [`STATS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Streams that exist.
    pub streams: u64,
    /// Open connections to all of them.
    pub readers: u64,
    /// Events ever published, also to streams that are gone.
    pub events: u64,
}

/// The figures of all streams.
#[derive(Debug, Default)]
pub struct Stats {
    streams: SortedMap<String, Figures>,
    /// Events of streams that are gone.
    gone: u64,
    published: Option<Sums>,
}

/// What a report changes in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The stream has these figures now.
    Keep(String, Figures),
    /// The stream is gone; so many events are of streams that are gone now.
    Forget(String, u64),
}

impl Stats {
    /// Goes on from what was stored.
    #[must_use]
    pub const fn new(streams: SortedMap<String, Figures>, gone: u64) -> Self {
        Self {
            streams,
            gone,
            published: None,
        }
    }

    /// Takes a report; what is to be stored.
    pub fn on_report(&mut self, report: Report, now: u64) -> Change {
        let before = self.streams.get(&report.name).map_or(0, |f| f.events);
        if report.exists {
            if report.events < before {
                // Another life of the name: the former's events are of the past.
                self.gone = self.gone.saturating_add(before);
            }
            let figures = Figures {
                readers: report.readers,
                events: report.events,
                at: now,
            };
            self.streams.insert(report.name.clone(), figures);
            Change::Keep(report.name, figures)
        } else {
            self.streams.remove(&report.name);
            self.gone = self.gone.saturating_add(before.max(report.events));
            Change::Forget(report.name, self.gone)
        }
    }

    /// Events of streams that are gone.
    #[must_use]
    pub const fn gone(&self) -> u64 {
        self.gone
    }

    /// The sums, if they are others than were published last.
    pub fn poll_publish(&mut self, now: u64) -> Option<Sums> {
        let sums = self.sums(now);
        if self.published == Some(sums) {
            return None;
        }
        self.published = Some(sums);
        Some(sums)
    }

    fn sums(&self, now: u64) -> Sums {
        let mut sums = Sums {
            streams: u64::try_from(self.streams.len()).unwrap_or(u64::MAX),
            readers: 0,
            events: self.gone,
        };
        for figures in self.streams.values() {
            sums.events = sums.events.saturating_add(figures.events);
            if figures.at.saturating_add(READERS_MS) >= now {
                sums.readers = sums.readers.saturating_add(figures.readers);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, readers: u64, events: u64, exists: bool) -> Report {
        Report {
            name: name.into(),
            readers,
            events,
            exists,
        }
    }

    const fn sums(streams: u64, readers: u64, events: u64) -> Sums {
        Sums {
            streams,
            readers,
            events,
        }
    }

    #[test]
    fn reports_add_up_and_repeating_one_changes_nothing() {
        let mut stats = Stats::default();
        stats.on_report(report("a", 2, 10, true), 0);
        stats.on_report(report("b", 1, 5, true), 0);
        assert_eq!(stats.poll_publish(0), Some(sums(2, 3, 15)));
        stats.on_report(report("b", 1, 5, true), 0);
        assert_eq!(stats.poll_publish(0), None);
        stats.on_report(report("b", 0, 6, true), 0);
        assert_eq!(stats.poll_publish(0), Some(sums(2, 2, 16)));
    }

    #[test]
    fn events_of_streams_that_are_gone_still_count() {
        let mut stats = Stats::default();
        stats.on_report(report("a", 2, 10, true), 0);
        let change = stats.on_report(report("a", 0, 10, false), 0);
        assert_eq!(change, Change::Forget("a".into(), 10));
        assert_eq!(stats.poll_publish(0), Some(sums(0, 0, 10)));
        stats.on_report(report("a", 0, 1, true), 0);
        assert_eq!(stats.poll_publish(0), Some(sums(1, 0, 11)));
        // Deleted and begun anew between two reports.
        stats.on_report(report("b", 0, 5, true), 0);
        stats.on_report(report("b", 0, 2, true), 0);
        assert_eq!(stats.poll_publish(0), Some(sums(2, 0, 18)));
    }

    #[test]
    fn readers_that_nobody_vouches_for_stop_counting() {
        let mut stats = Stats::default();
        stats.on_report(report("a", 2, 1, true), 0);
        stats.on_report(report("b", 1, 1, true), 1);
        assert_eq!(stats.poll_publish(READERS_MS), Some(sums(2, 3, 2)));
        assert_eq!(stats.poll_publish(READERS_MS + 1), Some(sums(2, 1, 2)));
    }
}
