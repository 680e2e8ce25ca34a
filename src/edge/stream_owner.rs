//! The owner of a stream: what its Durable Object does, around [`Stream`].
//!
//! It is reached only by the Worker, with a [`Command`]. Its readers, whatever
//! they speak to the outside, are hibernating WebSockets: while nothing happens
//! the object sleeps and costs nothing, and the sockets stay. What it must know of
//! a socket is in the socket's attachment; everything else is in SQLite, and
//! memory only caches it.
//!
//! What is published is not shown at once: it is put aside, and everything that
//! has arrived by the next turn of the event loop, or by a few more where they go on
//! bringing something, is written as one row and sent as one frame. Publishers are
//! answered after that.

use super::alarm::Alarm;
use super::greetings::Greetings;
use super::pours::Pours;
use super::readers::{self, Frame};
use super::reply::Response;
use super::sqlite::Sqlite;
use super::tally::{self, Tally};
use super::{bindings, clock, promise, reply, settings};
use crate::answer::Answer;
use crate::backup::Ask;
use crate::close::Close;
use crate::error::{Error, Result};
use crate::log::Entry;
use crate::pace::{Burst, Pace};
use crate::room::object::Object;
use crate::stream::command::{Command, Opening};
use crate::stream::crowd::Crowd;
use crate::stream::heat::Heat;
use crate::stream::{Flush, Reader, Receipt, Stage, Stream, Wire};
use futures_channel::oneshot;
use js_sys::Uint8Array;
use serde::Serialize;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use worker::{Env, State, WebSocket};

/// A stream with its storage, its readers and its timer.
pub(super) struct Owner {
    pub(super) state: State,
    pub(super) env: Env,
    /// When this instance was constructed: with it, its memory began.
    awake_since: u64,
    /// Loaded when first needed; dropped after an error, so that what is in
    /// memory is never ahead of what is stored.
    stream: RefCell<Option<Stream<Sqlite>>>,
    /// Publishers that wait for the next flush.
    waiting: RefCell<Vec<oneshot::Sender<Result<()>>>>,
    /// Since when, in milliseconds of Unix time,
    waiting_since: Cell<u64>,
    /// and whether more of them come.
    burst: Cell<Burst>,
    /// What a timer calls for them, one turn of the event loop after the first has come,
    /// and after each further one that is waited for.
    on_turn: Closure<dyn FnMut()>,
    pub(super) alarm: Alarm,
    /// What it has cost.
    pub(super) tally: Rc<Tally>,
    /// The most connections.
    pub(super) max_readers: usize,
    /// How often figures are reported, in milliseconds.
    pub(super) report_ms: Option<u64>,
    /// Whether a report is on its way.
    pub(super) reporting: Cell<bool>,
    /// When the last one was, in milliseconds of Unix time.
    pub(super) reported_at: Cell<u64>,
    /// How busy it is: whether what is written waits a little for more,
    pub(super) pace: Cell<Pace>,
    /// and whether the readers' responses are written here.
    pub(super) heat: Cell<Heat>,
    /// How many sockets there are, at the most.
    pub(super) crowd: Cell<Crowd>,
    pub(super) pours: Pours,
    /// What the newest readers are sent first,
    pub(super) greetings: Greetings,
    /// and whether what is sent now belongs to that.
    pub(super) is_greeting: Cell<bool>,
    /// What is durable and not shown yet.
    pub(super) unshown: RefCell<Flush>,
    /// Whether a timer is set to show it.
    pub(super) showing: Cell<bool>,
}

impl Owner {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new_cyclic(|weak: &Weak<Self>| Self {
            state,
            report_ms: settings::report_ms(&env),
            max_readers: settings::max_readers(&env),
            env,
            awake_since: clock::now(),
            stream: RefCell::default(),
            waiting: RefCell::default(),
            waiting_since: Cell::default(),
            burst: Cell::default(),
            on_turn: {
                let weak = Weak::clone(weak);
                Closure::new(move || {
                    if let Some(owner) = weak.upgrade() {
                        owner.turn();
                    }
                })
            },
            alarm: Alarm::default(),
            tally: Rc::new(Tally::woken()),
            reporting: Cell::default(),
            reported_at: Cell::default(),
            pace: Cell::default(),
            heat: Cell::default(),
            crowd: Cell::default(),
            pours: Pours::default(),
            greetings: Greetings::new(),
            is_greeting: Cell::default(),
            unshown: RefCell::default(),
            showing: Cell::default(),
        })
    }

    /// Opens a connection.
    pub(super) fn open(self: &Rc<Self>, opening: &str) -> Result<Response> {
        self.tally.request();
        match Opening::from_json(opening)? {
            Opening::Reader {
                position,
                wire,
                until,
                pours,
            } => {
                let stage = Stage::Live;
                let reader = Reader {
                    wire,
                    stage,
                    until,
                    pours,
                };
                self.subscribe(&position, reader, clock::now())
            }
            Opening::Pour(reader) => self.pour(reader),
        }
    }

    /// Answers a command.
    pub(super) async fn answer(self: &Rc<Self>, command: &str) -> Result<Answer> {
        self.tally.request();
        if command == tally::STATS {
            self.with(|stream| stream.snapshot(clock::now()).map(drop))?;
            return Ok(self.tally.answer(&self.state, self.awake_since));
        }
        if let Some(ask) = Ask::parse(command) {
            let mut flush = Flush::default();
            let answer = self.with(|stream| stream.backup(&ask, clock::now(), &mut flush))?;
            self.show_now();
            self.broadcast(&flush);
            self.arm().await?;
            return Ok(answer);
        }
        self.handle(Command::from_json(command)?).await
    }

    pub(super) async fn on_alarm(self: &Rc<Self>) -> Result<()> {
        self.tally.request();
        self.alarm.forget();
        let now = clock::now();
        self.close_expired(now);
        self.with(|stream| stream.on_time(now))?;
        self.flush()?;
        if self.with(|stream| stream.is_spent(now))? {
            self.forget().await
        } else {
            self.arm().await
        }
    }

    pub(super) fn on_close(self: &Rc<Self>, socket: &WebSocket, code: u16) {
        self.report_soon();
        self.forget_pour(socket);
        readers::answer_close(socket, code);
    }

    async fn handle(self: &Rc<Self>, command: Command) -> Result<Answer> {
        let now = clock::now();
        match command {
            Command::Configure { config } => {
                let is_new = self.with(|stream| stream.configure(config, now))?;
                self.arm().await?;
                let snapshot = self.with(|stream| stream.snapshot(now))?;
                answer(if is_new { 201 } else { 200 }, &snapshot)
            }
            Command::Publish { events, job } => {
                self.with(|stream| stream.check_claim(job.as_deref()))?;
                let entries: Result<Vec<Entry>> = events.into_iter().map(Entry::try_from).collect();
                let entries = entries?;
                #[cfg(feature = "panic-route")]
                let asked = format!("{entries:?}");
                let receipt: Receipt = self.with(|stream| stream.publish(entries, now))?;
                #[cfg(feature = "panic-route")]
                super::panic_route::pass("stream", &asked);
                self.flushed().await?;
                answer(200, &receipt)
            }
            Command::Claim { job, retain_events } => {
                self.with(|stream| stream.claim(job, now))?;
                self.with(|stream| stream.retain_at_least(retain_events, now))?;
                self.arm().await?;
                Ok(Answer::no_content())
            }
            Command::Cancel => {
                self.with(|stream| stream.cancel(now))?;
                self.flushed().await?;
                let snapshot = self.with(|stream| stream.snapshot(now))?;
                answer(200, &snapshot)
            }
            Command::Snapshot => {
                let stream = self.with(|stream| stream.snapshot(now))?;
                let readers = self.state.get_websockets().len();
                let view = Object::new()
                    .members_of(&reply::to_json(&stream)?)
                    .number("readers", u64::try_from(readers).unwrap_or(u64::MAX))
                    .number("awake_since", self.awake_since);
                Ok(Answer::json(200, &view.end()))
            }
            Command::Events { after, limit } => {
                let page = self.with(|stream| stream.events(&after, limit, now))?;
                answer(200, &page)
            }
            Command::Delete => {
                self.with(|stream| stream.snapshot(now).map(drop))?;
                self.forget().await?;
                Ok(Answer::no_content())
            }
        }
    }

    /// Waits until everything that was published so far is durable and shown.
    async fn flushed(self: &Rc<Self>) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.borrow_mut();
            waiting.push(sender);
            waiting.len() == 1
        };
        if is_first {
            self.waiting_since.set(clock::now());
            self.burst.take();
            self.await_turn();
        }
        receiver.await.unwrap_or_else(|_| Err(interrupted()))?;
        if !self.alarm.is_known() {
            self.arm().await?;
        }
        Ok(())
    }

    /// One turn of the event loop: what is already on its way joins.
    fn await_turn(&self) {
        bindings::set_timeout(self.on_turn.as_ref().unchecked_ref(), 0.0);
    }

    /// Writes what was published, unless more publishers than one wait and more of them come.
    fn turn(self: &Rc<Self>) {
        let publishers = self.waiting.borrow().len();
        let mut burst = self.burst.get();
        let since = self.waiting_since.get();
        let is_over = publishers <= 1 || burst.is_over(publishers, since, clock::now());
        self.burst.set(burst);
        if is_over {
            // Told to those who wait.
            let _ = self.flush();
        } else {
            self.await_turn();
        }
    }

    /// Writes what was published as one, and sends it to every live reader.
    fn flush(self: &Rc<Self>) -> Result<()> {
        let result = self.with(Stream::commit);
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        let outcome = result.as_ref().map(|_| ()).map_err(|_| interrupted());
        // Durable is durable: what happens to a reader is no publisher's business.
        for sender in waiting {
            let _ = sender.send(outcome.clone());
        }
        match result {
            Ok(flush) => {
                self.show_soon(flush);
                Ok(())
            }
            Err(error) => {
                // Some of it may have been written: all come back for what they have not seen.
                self.end_pours(Close::Fault);
                for socket in self.state.get_websockets() {
                    readers::close(&socket, Close::Fault);
                }
                Err(error)
            }
        }
    }

    /// Tells the readers, and forgets the stream with everything that is stored.
    async fn forget(self: &Rc<Self>) -> Result<()> {
        self.report_soon();
        self.show_now();
        self.greetings.release();
        self.stream.borrow_mut().take();
        let deleted = Wire::EventStream.deleted()?;
        self.pour_out(&Uint8Array::from(deleted.as_bytes()), false);
        self.end_pours(Close::Deleted);
        for socket in self.state.get_websockets() {
            // One that cannot be told is closed all the same.
            if let Ok(Some(Reader { wire, .. })) = readers::known(&socket) {
                Frame::new(wire, &wire.deleted()?).send(&socket);
            }
            readers::close(&socket, Close::Deleted);
        }
        self.alarm.forget();
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // What was loaded while that was under way is of the former life.
        self.stream.borrow_mut().take();
        Ok(())
    }

    /// As [`Owner::arm`], where nobody waits for it.
    pub(super) fn arm_soon(self: &Rc<Self>) {
        let owner = Rc::clone(self);
        let work = async move {
            if let Err(error) = owner.arm().await {
                worker::console_error!("the alarm could not be set: {error}");
            }
        };
        promise::in_background(&self.state, Box::pin(work));
    }

    /// Sees to it that the alarm goes off when time brings something to do.
    pub(super) async fn arm(&self) -> Result<()> {
        let deadline = self.with(|stream| stream.next_deadline(clock::now()))?;
        let times = [deadline, self.next_token_end()];
        match times.into_iter().flatten().min() {
            Some(deadline) => {
                let is_set = self.alarm.set_for(deadline, &self.state.storage()).await?;
                self.tally.wrote(u64::from(is_set));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Calls the stream, loading it where it is not in memory.
    pub(super) fn with<T>(&self, call: impl FnOnce(&mut Stream<Sqlite>) -> Result<T>) -> Result<T> {
        // All that does not depend on `T` is code that is there once.
        let mut stream = self.enter()?;
        let result = call(&mut stream);
        drop(stream);
        self.leave(result.as_ref().err());
        result
    }

    fn enter(&self) -> Result<RefMut<'_, Stream<Sqlite>>> {
        let mut slot = self.stream.borrow_mut();
        if slot.is_none() {
            let sqlite = Sqlite::new(self.state.storage().sql(), &self.tally)?;
            *slot = Some(Stream::open(sqlite, clock::fresh_epoch())?);
        }
        RefMut::filter_map(slot, Option::as_mut)
            .map_err(|_| Error::Internal("a stream was not loaded".to_owned()))
    }

    fn leave(&self, failure: Option<&Error>) {
        if matches!(failure, Some(Error::Internal(_))) {
            self.stream.take();
            for sender in self.waiting.take() {
                let _ = sender.send(Err(interrupted()));
            }
        }
    }
}

fn answer<T: Serialize>(status: u16, value: &T) -> Result<Answer> {
    Ok(Answer::json(status, &reply::to_json(value)?))
}

/// What a publisher is told whose events may not have been stored.
fn interrupted() -> Error {
    Error::Unavailable(
        "The events could not be stored. Send them again, with the same keys.".to_owned(),
    )
}
