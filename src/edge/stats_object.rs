//! The Durable Object that adds up the service's figures: the platform's side of
//! [`Stats`].

use super::namespace::Namespace;
use super::rows::rows;
use super::stub::StreamStub;
use super::{clock, promise};
use crate::answer::Answer;
use crate::data::Data;
use crate::error::{Error, Result};
use crate::log::Entry;
use crate::name::Name;
use crate::sorted::SortedMap;
use crate::stats::{Change, Figures, PUBLISH_MS, Report, STATS, STREAM, Stats};
use crate::stream::command::Command;
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Delay, Env, SqlStorageValue, State};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS figures (
    name TEXT PRIMARY KEY, readers INTEGER NOT NULL, events INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY, events INTEGER NOT NULL);
";

/// The one object that adds up the figures.
#[wasm_bindgen]
pub struct StatsObject {
    owner: Rc<Owner>,
}

#[wasm_bindgen]
impl StatsObject {
    /// Begins to be in memory.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        let owner = Owner {
            state: state.into(),
            env,
            stats: RefCell::default(),
            publishing: Cell::default(),
        };
        Self {
            owner: Rc::new(owner),
        }
    }

    /// A report of a stream.
    pub fn ask(&self, report: String) -> Promise {
        let owner = Rc::clone(&self.owner);
        promise::of_text(Box::pin(async move {
            owner.on_report(Report::from_json(&report)?).await?;
            Ok(Answer::no_content())
        }))
    }
}

/// What it does.
struct Owner {
    state: State,
    env: Env,
    stats: RefCell<Option<Stats>>,
    /// Whether the sums are going to be published anyway.
    publishing: Cell<bool>,
}

impl Owner {
    async fn on_report(&self, report: Report) -> Result<()> {
        let change = self.with(|stats| stats.on_report(report, clock::now()))?;
        self.store(change)?;
        // Those who report while the first waits are answered at once; what they
        // said is in what it publishes.
        if !self.publishing.replace(true) {
            Delay::from(Duration::from_millis(PUBLISH_MS)).await;
            self.publishing.set(false);
            self.publish().await?;
        }
        Ok(())
    }

    async fn publish(&self) -> Result<()> {
        let Some(sums) = self.with(|stats| stats.poll_publish(clock::now()))? else {
            return Ok(());
        };
        let entry = Entry {
            kind: STATS.to_owned(),
            data: Data::from_json(&sums)?,
            key: None,
            is_final: false,
        };
        let stream = StreamStub::new(&self.env, Name::parse(STREAM)?)?;
        stream.ask(&Command::publish(vec![entry])?).await.map(drop)
    }

    fn store(&self, change: Change) -> Result<()> {
        let sql = self.state.storage().sql();
        match change {
            Change::Keep(name, figures) => sql.exec(
                "INSERT INTO figures (name, readers, events, at) VALUES (?, ?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET
                     readers = excluded.readers, events = excluded.events, at = excluded.at",
                vec![
                    name.into(),
                    int(figures.readers),
                    int(figures.events),
                    int(figures.at),
                ],
            )?,
            Change::Forget(name, _) => {
                sql.exec("DELETE FROM figures WHERE name = ?", vec![name.into()])?
            }
        };
        let gone = self.with(|stats| stats.gone())?;
        if gone > 0 {
            sql.exec(
                "INSERT INTO gone (id, events) VALUES (1, ?)
                 ON CONFLICT (id) DO UPDATE SET events = excluded.events
                     WHERE events <> excluded.events",
                vec![int(gone)],
            )?;
        }
        Ok(())
    }

    /// Calls the figures, loading them where they are not in memory.
    fn with<T>(&self, call: impl FnOnce(&mut Stats) -> T) -> Result<T> {
        let mut slot = self.stats.borrow_mut();
        let stats = match slot.take() {
            Some(stats) => stats,
            None => self.load()?,
        };
        Ok(call(slot.insert(stats)))
    }

    /// Goes on from what is stored.
    fn load(&self) -> Result<Stats> {
        let sql = self.state.storage().sql();
        sql.exec(SCHEMA, None)?;
        let mut streams = SortedMap::new();
        for mut row in rows(
            &sql,
            "SELECT name, readers, events, at FROM figures",
            vec![],
        )? {
            let name = row.text()?;
            let figures = Figures {
                readers: row.number()?,
                events: row.number()?,
                at: row.number()?,
            };
            streams.insert(name, figures);
        }
        let mut gone = 0;
        for mut row in rows(&sql, "SELECT events FROM gone", vec![])? {
            gone = row.number()?;
        }
        Ok(Stats::new(streams, gone))
    }
}

fn int(value: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Sends a stream's figures to the object that adds them up. Best effort: the
/// next report says everything again.
pub(super) async fn report(env: &Env, report: &Report) -> Result<()> {
    let json = serde_json::to_string(report)
        .map_err(|error| Error::Internal(format!("a report did not serialise: {error}")))?;
    Namespace::of(env, "STATS")?
        .ask("stats", &json)
        .await
        .map(drop)
}
