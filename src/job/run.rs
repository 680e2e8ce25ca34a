//! A job under way: what happens between two steps, and what survives a crash.
//!
//! [`Run`] is what is stored. It holds the job's state *and* the events that the
//! last step has said, written together. Whoever wakes up with a run first
//! publishes those events, then takes the next step, then stores the run again:
//!
//! ```text
//! load ─▶ publish what is pending ─▶ step ─▶ store state and events ─▶ alarm
//! ```
//!
//! A crash before the store forgets the step: nobody has heard of it, and it is
//! taken again. A crash after it publishes the events a second time, with the same
//! idempotency keys, and the stream stores them once. So what was counted and what
//! was published never disagree, wherever the lights go out.

use super::{Job, Progress, Report, Then, World, registry};
use crate::data::Data;
use crate::error::{Error, Result};
use crate::log::Entry;
use crate::name::Name;
use crate::stream::FAILED;
use crate::stream::command::{Command, Event};
use crate::stream::progress::PROGRESS;
use serde::Serialize;
use serde_json::value::RawValue;

/// The longest pause between two signs of life, in milliseconds: well within
/// [`crate::stream::LEASE_MS`], even if the step after it takes long.
pub const WAIT_MS: u64 = 5_000;

/// The pause before the first retry after a fault of the platform, in
/// milliseconds; it doubles with every further one.
const RETRY_MS: u64 = 500;

/// The longest pause between two retries, in milliseconds.
const RETRY_MOST_MS: u64 = 60_000;

/// A job under way.
#[derive(Debug)]
pub struct Run {
    kind: String,
    /// Tells this run from every other, also of the same name: in its claim on
    /// the stream, and in its idempotency keys.
    id: String,
    stream: String,
    /// How many events the run has had so far, pending ones among them.
    told: u64,
    /// What may not have been published yet.
    pending: Vec<Event>,
    /// Whether the last of `pending` is the job's end.
    is_over: bool,
    state: Box<RawValue>,
}

/// What to do after a run's pending events have been published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Store the run, and come back after so many milliseconds.
    Again(u64),
    /// Forget it.
    End,
}

/// A job that has been begun and not stored yet.
#[derive(Debug)]
pub struct Begun {
    state: Box<RawValue>,
    progress: Progress,
    retain_events: u64,
}

/// What one step has changed.
#[derive(Debug)]
pub(super) struct Slice {
    state: Box<RawValue>,
    events: Vec<Entry>,
    then: Then,
}

impl Begun {
    pub(super) fn new<J: Job>(job: &J) -> Result<Self> {
        Ok(Self {
            state: state_of(job)?,
            progress: job.progress(),
            retain_events: job.retain_events(),
        })
    }

    /// Begins a job of this kind; the errors are those of [`Job::begin`].
    pub fn from_body(kind: &str, body: &[u8]) -> Result<Self> {
        registry::begin(kind, body)
    }

    /// How many events the job's stream is to retain, at the least.
    #[must_use]
    pub const fn retain_events(&self) -> u64 {
        self.retain_events
    }

    /// The answer to whoever has begun it: `{"stream": "/v1/streams/a", "urls": 3}`.
    #[must_use]
    pub fn answer(&self, stream: &Name) -> String {
        // Neither a name nor a unit has anything in it that JSON would escape.
        let Progress { total, unit, .. } = self.progress;
        let total = total.map_or_else(|| "null".to_owned(), |total| total.to_string());
        format!(r#"{{"stream":"/v1/streams/{stream}","{unit}":{total}}}"#)
    }

    /// The run, to be stored. `id` is of no other run, 1 to 16 characters of `0-9a-z`.
    pub fn run(self, kind: &str, id: &str, stream: &Name) -> Result<Run> {
        let mut run = Run {
            kind: kind.to_owned(),
            id: id.to_owned(),
            stream: stream.as_str().to_owned(),
            told: 0,
            pending: Vec::new(),
            is_over: false,
            state: self.state,
        };
        run.tell(vec![entry(PROGRESS, &self.progress)?])?;
        Ok(run)
    }
}

impl Run {
    /// The run as it is stored: an array, because reading an object by its
    /// members' names would be three times the code. Nobody else reads it.
    pub fn to_json(&self) -> Result<String> {
        let Self {
            kind,
            id,
            stream,
            told,
            pending,
            is_over,
            state,
        } = self;
        serde_json::to_string(&(kind, id, stream, told, pending, is_over, state))
            .map_err(|error| unexpected(&error))
    }

    /// Reads what was stored.
    pub fn from_json(json: &str) -> Result<Self> {
        let (kind, id, stream, told, pending, is_over, state) =
            serde_json::from_str(json).map_err(|error| unexpected(&error))?;
        Ok(Self {
            kind,
            id,
            stream,
            told,
            pending,
            is_over,
            state,
        })
    }

    /// The stream that it publishes to.
    pub fn stream(&self) -> Result<Name> {
        Name::parse(&self.stream)
    }

    /// Under which name it has claimed the stream.
    #[must_use]
    pub fn claim(&self) -> String {
        format!("{}.{}", self.kind, self.id)
    }

    /// Publishes what is pending, which is taken out of the run. The answer goes to
    /// [`Run::advance`]; a conflict means that the stream has ended or is no more,
    /// and so has the job.
    #[must_use]
    pub fn report(&mut self) -> Command {
        Command::Publish {
            events: std::mem::take(&mut self.pending),
            job: Some(self.claim()),
        }
    }

    /// Goes on after what was pending has been published; `cancelled` is what the
    /// stream has answered.
    ///
    /// Errors only where an event does not serialise: what goes wrong in the job
    /// ends the job.
    pub async fn advance<W: World>(&mut self, cancelled: bool, world: &W) -> Result<Next> {
        if self.is_over {
            return Ok(Next::End);
        }
        let slice = if cancelled {
            registry::cancel(&self.kind, &self.state)
        } else {
            registry::step(&self.kind, &self.state, world).await
        };
        let Slice {
            state,
            events,
            then,
        } = match slice {
            Ok(slice) => slice,
            Err(error) => {
                self.end(failed(&error)?)?;
                return Ok(Next::Again(0));
            }
        };
        self.state = state;
        match then {
            Then::Wait(ms) => {
                self.tell(events)?;
                Ok(Next::Again(ms.min(WAIT_MS)))
            }
            Then::Done => {
                self.end(events)?;
                Ok(Next::Again(0))
            }
        }
    }

    fn end(&mut self, events: Vec<Entry>) -> Result<()> {
        self.is_over = true;
        self.tell(events)
    }

    /// Puts events aside, each with a key that it will have every time.
    fn tell(&mut self, events: Vec<Entry>) -> Result<()> {
        for mut entry in events {
            self.told = self.told.saturating_add(1);
            entry.key = Some(format!("job.{}.{}", self.id, self.told));
            self.pending.push(Event::try_from(entry)?);
        }
        Ok(())
    }
}

impl Slice {
    pub(super) async fn step<J: Job, W: World>(state: &RawValue, world: &W) -> Result<Self> {
        let mut job: J = job_of(state)?;
        let step = job.step(world).await?;
        let reports = step.reports.into_iter();
        let mut events: Vec<Entry> = reports.map(Entry::from).collect();
        events.push(entry(PROGRESS, &job.progress())?);
        if step.then == Then::Done {
            events.push(last("succeeded", &job.summary())?);
        }
        Ok(Self {
            state: state_of(&job)?,
            events,
            then: step.then,
        })
    }

    pub(super) fn cancel<J: Job>(state: &RawValue) -> Result<Self> {
        let job: J = job_of(state)?;
        Ok(Self {
            state: state_of(&job)?,
            events: vec![last("cancelled", &job.summary())?],
            then: Then::Done,
        })
    }
}

/// How long to wait before the `failures`th retry, in milliseconds. There is no
/// last one: a stream that has been reachable again takes the job for dead, and
/// its answer then ends the run.
#[must_use]
pub fn retry_after(failures: u32) -> u64 {
    let factor = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(0);
    match RETRY_MS.saturating_mul(factor) {
        0 => RETRY_MOST_MS,
        ms => ms.min(RETRY_MOST_MS),
    }
}

impl From<Report> for Entry {
    fn from(report: Report) -> Self {
        Self {
            kind: report.kind.to_owned(),
            data: report.data,
            key: None,
            is_final: false,
        }
    }
}

fn entry<T: Serialize>(kind: &'static str, data: &T) -> Result<Entry> {
    Report::new(kind, data).map(Entry::from)
}

fn last<T: Serialize>(kind: &'static str, data: &T) -> Result<Entry> {
    let mut last = entry(kind, data)?;
    last.is_final = true;
    Ok(last)
}

fn failed(error: &Error) -> Result<Vec<Entry>> {
    #[derive(Serialize)]
    struct Message<'a> {
        message: &'a str,
    }
    let message = match error {
        // What broke inside is not for strangers.
        Error::Internal(_) => "The job could not go on.",
        other => &other.to_string(),
    };
    Ok(vec![last(FAILED, &Message { message })?])
}

fn state_of<J: Job>(job: &J) -> Result<Box<RawValue>> {
    Data::from_json(job)?.to_raw()
}

fn job_of<J: Job>(state: &RawValue) -> Result<J> {
    serde_json::from_str(state.get()).map_err(|error| unexpected(&error))
}

fn unexpected(error: &serde_json::Error) -> Error {
    Error::Internal(format!("a job cannot be stored or read: {error}"))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
