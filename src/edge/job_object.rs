//! The Durable Object in which a job goes on: a shell around [`Run`].
//!
//! It is driven by its alarm, one step an alarm: the platform sees to it that an
//! alarm goes off even if the process has died, and counts the requests of each
//! separately. Between two alarms nothing is in memory that matters.
//!
//! Each job has an object of its own, which nobody can name: what is left of a job
//! whose stream was deleted never meets the next one of that name.

use super::namespace::Namespace;
use super::promise;
use super::sqlite::Sqlite;
use super::stub::StreamStub;
use super::world::Platform;
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::job::run::{Next, Run, retry_after};
use crate::log::Storage;
use js_sys::Promise;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

/// Under which key the run is stored, in the table that a stream keeps its
/// settings in. Not by the key-value calls of the platform: those store a text
/// that is not Latin-1 at two bytes a character, and a run may be longer than
/// half of what a value may have.
const RUN: &str = "run";

/// The Durable Object of a job.
#[wasm_bindgen]
pub struct JobObject {
    owner: Rc<Owner>,
}

#[wasm_bindgen]
impl JobObject {
    /// Begins to be in memory.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let owner = Owner {
            state: state.into(),
            env,
            failures: Cell::default(),
        };
        Self {
            owner: Rc::new(owner),
        }
    }

    /// A run that is handed over.
    pub fn ask(&self, run: String) -> Promise {
        let owner = Rc::clone(&self.owner);
        promise::of_text(Box::pin(async move {
            owner.storage()?.set_meta(RUN, &run)?;
            owner.state.storage().set_alarm(Duration::ZERO).await?;
            Ok(Answer::no_content())
        }))
    }

    /// The alarm went off.
    pub fn alarm(&self) -> Promise {
        let owner = Rc::clone(&self.owner);
        promise::of_nothing(Box::pin(async move { owner.on_alarm().await }))
    }
}

/// What it does.
struct Owner {
    state: State,
    env: Env,
    /// How often in a row the platform has failed this instance.
    failures: Cell<u32>,
}

/// Hands a run to an object of its own.
pub(super) async fn start(env: &Env, run: &Run) -> Result<()> {
    let run = run.to_json()?;
    let taken = Namespace::of(env, "JOBS")?.ask_new(&run).await;
    if taken.is_ok_and(|answer| answer.ok().is_ok()) {
        return Ok(());
    }
    worker::console_error!("a job's object did not take the job");
    Err(Error::Unavailable(
        "The job could not be begun; try again under another name.".to_owned(),
    ))
}

impl Owner {
    async fn on_alarm(&self) -> Result<()> {
        let delay = match self.turn().await {
            Ok(Next::Again(ms)) => {
                self.failures.set(0);
                Some(ms)
            }
            Ok(Next::End) => None,
            Err(error) => {
                // The platform itself would try only six times.
                worker::console_error!("a job's turn failed: {error}");
                self.failures.set(self.failures.get().saturating_add(1));
                Some(retry_after(self.failures.get()))
            }
        };
        let storage = self.state.storage();
        if let Some(ms) = delay {
            storage.set_alarm(Duration::from_millis(ms)).await?;
        } else {
            // In this order: cut short in between, the alarm comes again and ends it.
            storage.delete_all().await?;
            storage.delete_alarm().await?;
        }
        Ok(())
    }

    /// Publishes what is pending and takes the next step.
    async fn turn(&self) -> Result<Next> {
        let mut storage = self.storage()?;
        let Some(json) = storage.meta(RUN)? else {
            // Forgotten, and its last alarm came twice.
            return Ok(Next::End);
        };
        let mut run = match Run::from_json(&json) {
            Ok(run) => run,
            Err(error) => {
                // Nor will it be readable later. The stream's lease runs out and says it.
                worker::console_error!("a job is given up: {error}");
                return Ok(Next::End);
            }
        };
        let stream = StreamStub::new(&self.env, run.stream()?)?;
        let cancelled = match stream.publish(&run.report()).await {
            Ok(cancelled) => cancelled,
            Err(Error::Conflict(_)) => return Ok(Next::End),
            Err(error) => return Err(error),
        };
        let next = run.advance(cancelled, &Platform).await?;
        if next != Next::End {
            storage.set_meta(RUN, &run.to_json()?)?;
        }
        Ok(next)
    }

    fn storage(&self) -> Result<Sqlite> {
        Sqlite::new(self.state.storage().sql(), &Rc::default())
    }
}
