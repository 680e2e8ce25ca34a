//! The work that the service does itself, its progress a stream.
//!
//! [`digest`] lives as long as the request that it reads. Everything else is a
//! [`Job`]: it outlives its request, and goes on where it was after a crash, a
//! restart or a deploy. `POST /v1/jobs/{kind}/{name}` begins one and answers at
//! once; a Durable Object of its own then takes one bounded [`Job::step`] after
//! the other, and everything that the job says goes to the stream `{name}`.
//!
//! # Writing one
//!
//! Say what has to be remembered, and what one step is. This one counts down:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tidings::error::{Error, Result};
//! use tidings::job::{Job, Progress, Report, Step, World};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Countdown { from: u64, left: u64 }
//!
//! impl Job for Countdown {
//!     const KIND: &'static str = "countdown";
//!
//!     fn begin(body: &[u8]) -> Result<Self> {
//!         let from = std::str::from_utf8(body).ok().and_then(|text| text.trim().parse().ok());
//!         let from = from.ok_or_else(|| Error::bad_request("The body is a number."))?;
//!         Ok(Self { from, left: from })
//!     }
//!     async fn step<W: World>(&mut self, _world: &W) -> Result<Step> {
//!         self.left = self.left.saturating_sub(1);
//!         let reports = vec![Report::new("left", &self.left)?];
//!         Ok(if self.left == 0 { Step::done(reports) } else { Step::wait(reports, 1_000) })
//!     }
//!     fn progress(&self) -> Progress {
//!         Progress { done: self.from.saturating_sub(self.left), total: Some(self.from), unit: "seconds" }
//!     }
//!     fn summary(&self) -> impl Serialize { self }
//! }
//! # assert_eq!(Countdown::begin(b"3\n").unwrap().progress().total, Some(3));
//! # assert_eq!(Countdown::begin(b"x").err().unwrap().status(), 400);
//! ```
//!
//! Then add its name to the list at the top of `src/job/registry.rs`. That is all:
//! the address, the object, the retries and the events follow.
//!
//! # Layout
//!
//! [`link_check`] is the job that comes with the service; `registry` the list of
//! all; [`run`] what happens between two steps; [`together`] runs several futures
//! at once.

pub mod digest;
pub mod link_check;
mod registry;
pub mod run;
pub mod together;

pub use registry::KINDS;

use crate::data::Data;
use crate::error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// A job that survives the process which it runs in.
///
/// The value is its memory: after each step it is serialised and stored. Give a
/// member that a later version adds `#[serde(default)]`, for the jobs that are
/// under way when you deploy.
pub trait Job: Serialize + DeserializeOwned {
    /// The kind of job, as it stands in the address: at most 32 characters of
    /// `a-z 0-9 -`.
    const KIND: &'static str;

    /// Begins a job with the body of the request, which is at most
    /// [`crate::limit::BATCH_BYTES`] long. An error is what the request is
    /// answered with.
    ///
    /// Serialised, the job may have 2 MB: that is what one value in the storage
    /// of a Durable Object may have.
    fn begin(body: &[u8]) -> Result<Self>;

    /// Does the next part of the work.
    ///
    /// It must end within [`STEP_MS`]. What it says is published once, what it
    /// has changed in `self` is stored with it, both or neither; but after a
    /// crash the step itself may be run again, from the same state, and ask the
    /// world a second time.
    ///
    /// An error ends the job: its stream gets a final `failed` event with the
    /// error's text.
    fn step<W: World>(&mut self, world: &W) -> impl Future<Output = Result<Step>>;

    /// How far it is. Published after each step.
    fn progress(&self) -> Progress;

    /// What is to be known in the end, a JSON object: the data of the final
    /// event, be it `succeeded` or `cancelled`.
    fn summary(&self) -> impl Serialize;

    /// How many events it is going to publish, where a reader who comes late is
    /// to find all of them: its stream retains at least as many.
    fn retain_events(&self) -> u64 {
        0
    }
}

/// How long a step may take, in milliseconds. The stream takes a job that is
/// silent for [`crate::stream::LEASE_MS`] for dead; this leaves time for the
/// object to be moved or started again.
pub const STEP_MS: u64 = 20_000;

/// What a job can do to the world. The service lends it the platform's, a test
/// one of its own.
pub trait World {
    /// Requests `url`, following redirects, and returns the status of the answer;
    /// its body is not read. An error is a sentence for people: the server cannot
    /// be reached, or has not answered in `timeout_ms` milliseconds.
    fn status(
        &self,
        method: Method,
        url: &str,
        timeout_ms: u32,
    ) -> impl Future<Output = Result<u16, String>>;
}

/// How a URL is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The headers only.
    Head,
    /// The whole.
    Get,
}

impl Method {
    /// The method as HTTP spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::Get => "GET",
        }
    }
}

/// What a step has come to.
#[derive(Debug)]
pub struct Step {
    /// What is to be published, in order: at most a few dozen events.
    pub reports: Vec<Report>,
    /// What comes next.
    pub then: Then,
}

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The next step, after so many milliseconds; or sooner, so that the stream
    /// has a sign of life: look at what you wait for, and wait again.
    Wait(u64),
    /// Nothing: the job has succeeded.
    Done,
}

impl Step {
    /// There is more to do, at once.
    #[must_use]
    pub const fn go_on(reports: Vec<Report>) -> Self {
        Self::wait(reports, 0)
    }

    /// There is more to do, after so many milliseconds.
    #[must_use]
    pub const fn wait(reports: Vec<Report>, ms: u64) -> Self {
        let then = Then::Wait(ms);
        Self { reports, then }
    }

    /// The job has succeeded.
    #[must_use]
    pub const fn done(reports: Vec<Report>) -> Self {
        let then = Then::Done;
        Self { reports, then }
    }
}

/// An event that a job publishes.
#[derive(Debug)]
pub struct Report {
    kind: &'static str,
    data: Data,
}

impl Report {
    /// An event of this type, with anything that serialises to at most
    /// [`crate::limit::EVENT_BYTES`] as its data.
    pub fn new<T: Serialize + ?Sized>(kind: &'static str, data: &T) -> Result<Self> {
        let data = Data::from_json(&data)?;
        Ok(Self { kind, data })
    }
}

/// How far a job is: the data of a `progress` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// How much has been done.
    pub done: u64,
    /// Of how much, where that is known: at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Of what: `urls`, `rows`. It also is the name under which the answer to the
    /// request says the total.
    pub unit: &'static str,
}
