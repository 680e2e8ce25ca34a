//! What a job has of the stream that it has claimed.

use super::progress::PROGRESS;
use super::{FAILED, LEASE_MS, Lease, Stream, own};
use crate::data::Members;
use crate::error::{Error, Result};
use crate::limit::RETAIN_EVENTS;
use crate::log::Storage;
use crate::room::object::Object;

/// How late an alarm must be to say that this object itself was not there, in
/// milliseconds: the machine slept, or was down.
const LATE_MS: u64 = 5_000;

const META_JOB: &str = "job";

impl Lease {
    /// The one that is stored.
    pub(super) fn open(storage: &impl Storage) -> Result<Option<Self>> {
        let Some(json) = storage.meta(META_JOB)? else {
            return Ok(None);
        };
        Self::parse(&json)
            .map(Some)
            .map_err(|error| Error::Internal(format!("the stored lease cannot be read: {error}")))
    }

    fn parse(json: &str) -> serde_json::Result<Self> {
        let members = Members::parse(json)?;
        Ok(Self {
            job: members.read("job")?,
            claimed_at: members.read("claimed_at")?,
        })
    }

    /// Stores it.
    pub(super) fn keep(&self, storage: &mut impl Storage) -> Result<()> {
        let json = Object::new()
            .text("job", &self.job)
            .number("claimed_at", self.claimed_at);
        storage.set_meta(META_JOB, &json.end())
    }
}

impl<S: Storage> Stream<S> {
    /// Refuses a job that this stream is not claimed by; 409 also where the stream
    /// has been deleted since, so that nothing of the job brings it back. Whoever
    /// is no job may publish to any stream.
    pub fn check_claim(&self, job: Option<&str>) -> Result<()> {
        let holder = self.lease.as_ref().map(|lease| lease.job.as_str());
        if job.is_some() && job != holder {
            return Err(Error::conflict("This stream is not this job's any more."));
        }
        Ok(())
    }

    /// Retains at least so many events from now on.
    pub fn retain_at_least(&mut self, events: u64, now: u64) -> Result<()> {
        if events > self.config.retention().events {
            let mut config = self.config.clone();
            config.retain_events = Some(events.min(RETAIN_EVENTS));
            self.configure(config, now)?;
        }
        Ok(())
    }

    /// When the job is taken for dead, unless it says something; `None` where there is none.
    pub(super) fn lease_ends(&self) -> Option<u64> {
        let lease = self.lease.as_ref().filter(|_| !self.log.closed())?;
        let sign = self.alive_at.max(lease.claimed_at);
        Some(sign.saturating_add(LEASE_MS))
    }

    /// Remembers when the job last said something, where that is no longer to be seen in
    /// the log: its events may be retained for less than the time between two of them.
    pub(super) fn keep_sign_of_life(&mut self) -> Result<()> {
        if let Some(lease) = &mut self.lease
            && lease.claimed_at < self.alive_at
            && !self.log.may_hold_latest(PROGRESS)
        {
            lease.claimed_at = self.alive_at;
            lease.keep(self.log.storage_mut())?;
        }
        Ok(())
    }

    /// Takes a job for dead. Not so where this comes late: whoever was not there
    /// itself cannot have heard the job, and one that goes on where it was has to
    /// have the time to.
    pub(super) fn end_lease(&mut self, late: u64, now: u64) -> Result<()> {
        if late < LATE_MS {
            let data = r#"{"message":"The job stopped answering."}"#;
            self.log.push(own(FAILED, data, true), now)?;
        } else if let Some(lease) = &mut self.lease {
            lease.claimed_at = now;
            lease.keep(self.log.storage_mut())?;
        }
        Ok(())
    }
}
