//! One-way streams: a log, the rules of publishing, and where readers begin.
//!
//! [`Stream`] is the whole behaviour of a stream without a clock or a socket: it
//! takes a call and the time, and returns what is to be answered and shown. The
//! Durable Object around it only carries bytes.

mod backup;
mod claim;
pub mod command;
pub mod config;
pub mod conflation;
pub mod crowd;
pub mod heat;
mod page;
mod position;
pub mod progress;
pub mod publish;
mod read;
mod reader;
mod view;
mod wire;

pub use page::PageRequest;
pub use position::Position;
pub use read::{Chunk, Then};
pub use reader::{Reader, Stage};
pub use view::{EventView, EventsView, Receipt, Snapshot};
pub use wire::Wire;

use crate::cursor::Epoch;
use crate::data::Data;
use crate::error::{Error, Result};
use crate::limit::ENDED_MS;
use crate::log::{Entry, Log, Record, Storage};
use crate::sorted::SortedMap;
use config::Config;
use conflation::Newest;
use progress::{Meter, PROGRESS};
use serde::{Deserialize, Serialize};

/// The type of the event that asks the producer to stop.
pub const CANCEL: &str = "cancel";
/// The type of the final event of a job that went wrong.
pub const FAILED: &str = "failed";

/// How long a job may be silent before it is taken for dead, in milliseconds.
///
/// A job publishes progress far more often than this even while it waits; what
/// is silent longer was killed, and its readers must not wait for ever.
pub const LEASE_MS: u64 = 30_000;

const META_CONFIG: &str = "config";
const META_CANCELLED: &str = "cancelled";

/// A job that has this stream for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lease {
    job: String,
    /// When it was claimed; or, where what the job has said since is not retained, when
    /// the job last said something.
    claimed_at: u64,
}

/// What became durable with one commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flush {
    /// The events, for every live reader.
    pub records: Vec<Record>,
    /// Whether the last of them ends the stream.
    pub ended: bool,
}

/// A stream in some storage. After an error, drop it and open it again.
#[derive(Debug)]
pub struct Stream<S> {
    log: Log<S>,
    config: Config,
    cancelled: bool,
    lease: Option<Lease>,
    /// When there was last a sign of life of a job, in milliseconds of Unix time.
    alive_at: u64,
    meter: Meter,
}

impl<S: Storage> Stream<S> {
    /// Opens the stream in `storage`; `fresh` is its epoch if it does not exist yet.
    pub fn open(storage: S, fresh: Epoch) -> Result<Self> {
        let config: Config = meta(&storage, META_CONFIG)?.unwrap_or_default();
        let log = Log::open(storage, fresh, config.retention())?;
        let last = log.latest(PROGRESS)?;
        let meter = last
            .as_ref()
            .map_or_else(Meter::default, |last| Meter::resume(&last.data, last.at));
        Ok(Self {
            alive_at: last.map_or(0, |last| last.at),
            cancelled: meta(log.storage(), META_CANCELLED)?.unwrap_or(false),
            lease: Lease::open(log.storage())?,
            config,
            log,
            meter,
        })
    }

    /// The identity of its log.
    #[must_use]
    pub const fn epoch(&self) -> &Epoch {
        self.log.epoch()
    }

    /// Whether anything was ever stored.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.log.exists()
    }

    /// The number of the newest durable event; 0 before the first.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.log.head()
    }

    /// The number of the first event that is not durable yet: what a reader that
    /// has seen everything is due next.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.log.head().saturating_add(1)
    }

    /// Whether readers that are behind get the newest value of each key.
    #[must_use]
    pub const fn is_conflated(&self) -> bool {
        self.config.conflate.is_some()
    }

    /// Replaces the configuration; whether the stream is new.
    pub fn configure(&mut self, config: Config, now: u64) -> Result<bool> {
        let is_new = !self.log.exists();
        self.log.create()?;
        set_meta(self.log.storage_mut(), META_CONFIG, &config)?;
        self.log.set_retention(config.retention(), now)?;
        self.config = config;
        Ok(is_new)
    }

    /// Reserves the stream for a job; 409 where it is taken or has ended.
    pub fn claim(&mut self, job: String, now: u64) -> Result<()> {
        if self.log.closed() {
            return Err(Error::conflict(
                "This stream has ended. Choose another name, or delete the stream first.",
            ));
        }
        if let Some(Lease { job, .. }) = &self.lease {
            return Err(Error::Conflict(format!(
                "A job ({}) is running under this name. Choose another name, or cancel it.",
                // Without its identity.
                job.split('.').next().unwrap_or_default()
            )));
        }
        let lease = Lease {
            job,
            claimed_at: now,
        };
        self.log.create()?;
        lease.keep(self.log.storage_mut())?;
        self.lease = Some(lease);
        Ok(())
    }

    /// Takes a batch, all of it or nothing. It is neither durable nor visible
    /// before [`Stream::commit`], and must not be answered before.
    pub fn publish(&mut self, entries: Vec<Entry>, now: u64) -> Result<Receipt> {
        self.check_batch(&entries)?;
        let mut seq = self.log.head();
        let mut accepted = 0_usize;
        let mut duplicates = 0_usize;
        for mut entry in entries {
            let original = match &entry.key {
                Some(key) => self.log.find_key(key)?,
                None => None,
            };
            if let Some(original) = original {
                duplicates = duplicates.saturating_add(1);
                seq = original;
                continue;
            }
            if entry.kind == PROGRESS {
                let at = now.max(self.log.last_at());
                entry.data = self.meter.enrich(&entry.data, &self.config, at)?;
                self.alive_at = at;
            }
            accepted = accepted.saturating_add(1);
            seq = self.log.push(entry, now)?;
        }
        Ok(Receipt {
            cursor: self.log.epoch().at(seq),
            accepted,
            duplicates,
            cancelled: self.cancelled,
        })
    }

    /// Refuses a batch that has something after the end, before any of it is taken.
    fn check_batch(&mut self, entries: &[Entry]) -> Result<()> {
        let mut closed = self.log.closed();
        let mut keys = SortedMap::new();
        for entry in entries {
            if let Some(key) = &entry.key
                && (self.log.find_key(key)?.is_some() || keys.insert(key.as_str(), ()).is_some())
            {
                // Sent again because the answer was lost: fine even after the end.
                continue;
            }
            if closed {
                return Err(Error::conflict("Nothing can follow a final event."));
            }
            if entry.kind == PROGRESS {
                progress::check(&entry.data)?;
            }
            closed |= entry.is_final;
        }
        Ok(())
    }

    /// Asks the producer to stop. Asking twice is asking once.
    pub fn cancel(&mut self, now: u64) -> Result<()> {
        if !self.log.exists() {
            return Err(Error::NotFound("There is no such stream.".to_owned()));
        }
        if self.log.closed() {
            return Err(Error::conflict(
                "This stream has ended: there is nothing to stop.",
            ));
        }
        if !self.cancelled {
            set_meta(self.log.storage_mut(), META_CANCELLED, &true)?;
            self.cancelled = true;
            self.log.push(own(CANCEL, "{}", false), now)?;
        }
        Ok(())
    }

    /// Makes what was published durable, and returns it for the live readers.
    pub fn commit(&mut self) -> Result<Flush> {
        let records = self.log.commit()?;
        self.keep_sign_of_life()?;
        Ok(self.flush_of(records))
    }

    /// What the live readers get of events that are durable.
    fn flush_of(&self, mut records: Vec<Record>) -> Flush {
        let ended = records.last().is_some_and(|last| last.is_final);
        if let Some(member) = &self.config.conflate {
            let mut newest = Newest::by(member);
            for record in records {
                newest.push(record);
            }
            records = newest.into_records();
        }
        Flush { records, ended }
    }

    /// When [`Stream::on_time`] is to be called, in milliseconds of Unix time.
    pub fn next_deadline(&mut self, now: u64) -> Result<Option<u64>> {
        let lease = self.lease_ends();
        let expiry = self.log.next_expiry(now)?.or_else(|| self.forgotten_at());
        Ok(match (lease, expiry) {
            (Some(lease), Some(expiry)) => Some(lease.min(expiry)),
            (one, other) => one.or(other),
        })
    }

    /// Does what time brings: ends a job that has died, deletes what has expired.
    /// May push events: commit afterwards. Calling it early or twice is harmless.
    pub fn on_time(&mut self, now: u64) -> Result<()> {
        if let Some(late) = self.lease_ends().and_then(|at| now.checked_sub(at)) {
            self.end_lease(late, now)?;
        }
        if self
            .log
            .next_expiry(now)?
            .is_none_or(|expiry| expiry <= now)
        {
            self.log.expire(now)?;
            self.keep_sign_of_life()?;
        }
        Ok(())
    }

    /// Whether nothing is left that anybody could want: the stream has ended, which has
    /// been known for [`ENDED_MS`], and all of it has expired. Its storage can be wiped.
    pub fn is_spent(&mut self, now: u64) -> Result<bool> {
        let is_old = self.forgotten_at().is_some_and(|at| at <= now);
        Ok(is_old && self.log.next_expiry(now)?.is_none())
    }

    /// Until when it has to be known that the stream has ended.
    fn forgotten_at(&self) -> Option<u64> {
        let ended_at = self.log.ended().then(|| self.log.last_at());
        ended_at.map(|at| at.saturating_add(ENDED_MS))
    }
}

/// An event of the service's own.
fn own(kind: &str, data: &str, is_final: bool) -> Entry {
    Entry {
        kind: kind.to_owned(),
        data: Data::Json(data.to_owned()),
        key: None,
        is_final,
    }
}

fn meta<S: Storage, T: for<'de> Deserialize<'de>>(storage: &S, key: &str) -> Result<Option<T>> {
    let Some(text) = storage.meta(key)? else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| Error::Internal(format!("the stored {key} cannot be read: {error}")))
}

fn set_meta<S: Storage, T: Serialize>(storage: &mut S, key: &str, value: &T) -> Result<()> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::Internal(format!("{key} cannot be stored: {error}")))?;
    storage.set_meta(key, &text)
}

#[cfg(test)]
mod tests;
