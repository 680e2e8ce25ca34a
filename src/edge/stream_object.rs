//! The Durable Object that owns a stream: a shell around [`Stream`].
//!
//! It is reached only by the Worker, with a [`Command`]. Its readers, whatever
//! they speak to the outside, are hibernating WebSockets: while nothing happens
//! the object sleeps and costs nothing, and the sockets stay. What it must know of
//! a socket is in the socket's attachment; everything else is in SQLite, and
//! memory only caches it.
//!
//! What is published is not shown at once: it is put aside, and everything that
//! has arrived by the next turn of the event loop is written as one row and sent
//! as one frame. Publishers are answered after that.

use super::sqlite::Sqlite;
use super::{clock, reply};
use crate::error::{Error, Result};
use crate::log::Entry;
use crate::query::Query;
use crate::sse::event;
use crate::stream::command::Command;
use crate::stream::{Chunk, Flush, Position, Receipt, Stream, Then};
use futures_util::future::FutureExt;
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use worker::{
    Delay, DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage,
    WebSocketPair, durable_object, wasm_bindgen,
};

/// What the Worker sends on a socket when its reader is ready for the next page.
pub(super) const MORE: &str = "more";

/// The Durable Object of a stream.
#[durable_object]
pub struct StreamObject {
    state: State,
    /// When this instance was constructed: with it, its memory began.
    awake_since: u64,
    /// Loaded when first needed; dropped after an error, so that what is in
    /// memory is never ahead of what is stored.
    stream: RefCell<Option<Stream<Sqlite>>>,
    outbox: Outbox,
    /// When the alarm goes off, as far as this instance knows.
    alarm_at: Cell<Option<u64>>,
}

/// Publishers that wait for the next flush.
#[derive(Default)]
struct Outbox {
    waiting: RefCell<Vec<futures_channel::oneshot::Sender<Result<()>>>>,
}

/// What is known of a reader, kept in its socket's attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Reader {
    /// Gets events as they come.
    #[serde(rename = "live")]
    Live,
    /// Is still reading the past, from this event on, and asks for more of it.
    #[serde(rename = "from")]
    CatchingUp(u64),
}

impl DurableObject for StreamObject {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            awake_since: clock::now(),
            stream: RefCell::default(),
            outbox: Outbox::default(),
            alarm_at: Cell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let response = match Self::command(&mut request).await {
            Ok(command) => self.handle(command).await,
            Err(error) => Err(error),
        };
        match response {
            Ok(response) => Ok(response),
            Err(error) => reply::problem(&error),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.alarm_at.set(None);
        let now = clock::now();
        self.with(|stream| stream.on_time(now))?;
        self.flush()?;
        if self.with(|stream| stream.is_spent(now))? {
            self.forget().await?;
        } else {
            self.arm().await?;
        }
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        let asks = matches!(&message, WebSocketIncomingMessage::String(text) if text == MORE);
        if asks && let Some(Reader::CatchingUp(from)) = reader(&socket)? {
            let chunk = self.with(|stream| stream.resume(from, clock::now()))?;
            self.show(&socket, &chunk)?;
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> worker::Result<()> {
        // The runtime does not answer a close by itself. The other end is our own
        // bridge: the code says nothing that it would need to hear back.
        let _ = socket.close(None, None::<&str>);
        Ok(())
    }

    async fn websocket_error(
        &self,
        _socket: WebSocket,
        _error: worker::Error,
    ) -> worker::Result<()> {
        // The socket is gone, and with it all that was known of the reader.
        Ok(())
    }
}

impl StreamObject {
    async fn command(request: &mut Request) -> Result<Command> {
        if request.headers().has("Upgrade")? {
            let url = request.inner().url();
            Command::from_json(Query::of_url(&url).get("command").unwrap_or_default())
        } else {
            Command::from_json(&request.text().await?)
        }
    }

    async fn handle(&self, command: Command) -> Result<Response> {
        let now = clock::now();
        match command {
            Command::Configure { config } => {
                let is_new = self.with(|stream| stream.configure(config))?;
                let snapshot = self.with(|stream| stream.snapshot(now))?;
                Ok(reply::json(if is_new { 201 } else { 200 }, &snapshot)?)
            }
            Command::Publish { events, job } => {
                self.with(|stream| stream.check_claim(job.as_deref()))?;
                let entries: Result<Vec<Entry>> = events.into_iter().map(Entry::try_from).collect();
                let entries = entries?;
                let receipt: Receipt = self.with(|stream| stream.publish(entries, now))?;
                self.flushed().await?;
                Ok(reply::json(200, &receipt)?)
            }
            Command::Claim { job, retain_events } => {
                self.with(|stream| stream.claim(job, now))?;
                self.with(|stream| stream.retain_at_least(retain_events))?;
                self.arm().await?;
                Ok(reply::no_content()?)
            }
            Command::Cancel => {
                self.with(|stream| stream.cancel(now))?;
                self.flushed().await?;
                let snapshot = self.with(|stream| stream.snapshot(now))?;
                Ok(reply::json(200, &snapshot)?)
            }
            Command::Snapshot => {
                #[derive(Serialize)]
                struct View<T: Serialize> {
                    #[serde(flatten)]
                    stream: T,
                    readers: usize,
                    awake_since: u64,
                }
                let stream = self.with(|stream| stream.snapshot(now))?;
                let view = View {
                    stream,
                    readers: self.state.get_websockets().len(),
                    awake_since: self.awake_since,
                };
                Ok(reply::json(200, &view)?)
            }
            Command::Subscribe { position } => self.subscribe(&position, now),
            Command::Delete => {
                self.with(|stream| stream.snapshot(now).map(drop))?;
                self.forget().await?;
                Ok(reply::no_content()?)
            }
        }
    }

    fn subscribe(&self, position: &Position, now: u64) -> Result<Response> {
        let Some(chunk) = self.with(|stream| stream.subscribe(position, now))? else {
            return Ok(reply::no_content()?);
        };
        let pair = WebSocketPair::new()?;
        self.state.accept_web_socket(&pair.server);
        self.show(&pair.server, &chunk)?;
        Ok(Response::from_websocket(pair.client)?)
    }

    /// Sends a chunk to one reader and notes where it stands.
    fn show(&self, socket: &WebSocket, chunk: &Chunk) -> Result<()> {
        let mut text = String::new();
        if let Some(gap) = &chunk.gap {
            event::write_gap(&mut text, gap);
        }
        self.with(|stream| {
            for record in &chunk.records {
                event::write_record(&mut text, stream.epoch(), record);
            }
            Ok(())
        })?;
        if !text.is_empty() {
            send(socket, &Uint8Array::from(text.as_bytes()));
        }
        match chunk.then {
            Then::Live => set_reader(socket, Reader::Live)?,
            Then::More(from) => {
                set_reader(socket, Reader::CatchingUp(from))?;
                // The bridge answers with the same word when it has room.
                let _ = socket.send_with_str(MORE);
            }
            Then::End => end(socket),
        }
        Ok(())
    }

    /// Waits until everything that was published so far is durable and shown.
    async fn flushed(&self) -> Result<()> {
        let (sender, receiver) = futures_channel::oneshot::channel();
        let is_first = {
            let mut waiting = self.outbox.waiting.borrow_mut();
            waiting.push(sender);
            waiting.len() == 1
        };
        if is_first {
            // One turn of the event loop: what is already on its way joins.
            Delay::from(Duration::ZERO).await;
            // Told through the channel, as everybody else.
            let _ = self.flush();
            self.arm().await?;
        }
        receiver
            .map(|told| told.unwrap_or_else(|_| Err(interrupted())))
            .await
    }

    /// Writes what was published as one, and sends it to every live reader.
    fn flush(&self) -> Result<()> {
        let result = self.with(|stream| {
            let flush = stream.commit()?;
            let mut text = String::new();
            for record in &flush.records {
                event::write_record(&mut text, stream.epoch(), record);
            }
            Ok((flush, text))
        });
        let waiting = std::mem::take(&mut *self.outbox.waiting.borrow_mut());
        let outcome = result.as_ref().map(|_| ()).map_err(|_| interrupted());
        let (flush, text) = result?;
        self.broadcast(&flush, &text)?;
        for sender in waiting {
            let _ = sender.send(outcome.clone());
        }
        Ok(())
    }

    fn broadcast(&self, flush: &Flush, text: &str) -> Result<()> {
        if flush.records.is_empty() {
            return Ok(());
        }
        // Copied out of wasm once; every socket gets the same bytes.
        let frame = Uint8Array::from(text.as_bytes());
        for socket in self.state.get_websockets() {
            if reader(&socket)? == Some(Reader::Live) {
                send(&socket, &frame);
                if flush.ended {
                    end(&socket);
                }
            }
        }
        Ok(())
    }

    /// Tells the readers, and forgets the stream with everything that is stored.
    async fn forget(&self) -> Result<()> {
        self.stream.borrow_mut().take();
        let frame = Uint8Array::from(event::deleted().as_bytes());
        for socket in self.state.get_websockets() {
            send(&socket, &frame);
            end(&socket);
        }
        self.alarm_at.set(None);
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // What was loaded while that was under way is of the former life.
        self.stream.borrow_mut().take();
        Ok(())
    }

    /// Sees to it that the alarm goes off when time brings something to do. Moving
    /// an alarm is a row written, so one that is early enough is left alone.
    async fn arm(&self) -> Result<()> {
        let Some(deadline) = self.with(|stream| stream.next_deadline(clock::now()))? else {
            return Ok(());
        };
        let storage = self.state.storage();
        if self.alarm_at.get().is_none() {
            let known = storage.get_alarm().await?;
            self.alarm_at
                .set(known.and_then(|at| u64::try_from(at).ok()));
        }
        if self.alarm_at.get().is_none_or(|at| at > deadline) {
            self.alarm_at.set(Some(deadline));
            let delay = deadline.saturating_sub(clock::now());
            storage.set_alarm(Duration::from_millis(delay)).await?;
        }
        Ok(())
    }

    /// Calls the stream, loading it where it is not in memory.
    fn with<T>(&self, call: impl FnOnce(&mut Stream<Sqlite>) -> Result<T>) -> Result<T> {
        let mut slot = self.stream.borrow_mut();
        let stream = match slot.take() {
            Some(stream) => stream,
            None => Stream::open(
                Sqlite::new(self.state.storage().sql())?,
                clock::fresh_epoch(),
            )?,
        };
        let result = call(slot.insert(stream));
        if matches!(result, Err(Error::Internal(_))) {
            slot.take();
            drop(slot);
            for sender in self.outbox.waiting.take() {
                let _ = sender.send(Err(interrupted()));
            }
        }
        result
    }
}

/// What a publisher is told whose events may not have been stored.
fn interrupted() -> Error {
    Error::Unavailable(
        "The events could not be stored. Send them again, with the same keys.".to_owned(),
    )
}

fn reader(socket: &WebSocket) -> Result<Option<Reader>> {
    let attachment: Option<String> = socket.deserialize_attachment()?;
    let Some(json) = attachment else {
        return Ok(None);
    };
    serde_json::from_str(&json)
        .map(Some)
        .map_err(|error| Error::Internal(format!("an attachment cannot be read: {error}")))
}

fn set_reader(socket: &WebSocket, reader: Reader) -> Result<()> {
    let json = serde_json::to_string(&reader)
        .map_err(|error| Error::Internal(format!("an attachment did not serialise: {error}")))?;
    Ok(socket.serialize_attachment(json)?)
}

/// Sends a frame; a socket that cannot take it is closing, and its reader comes back.
fn send(socket: &WebSocket, frame: &Uint8Array) {
    let _ = socket.as_ref().send_with_js_u8_array(frame);
}

fn end(socket: &WebSocket) {
    let _ = socket.close(Some(1000), Some("end"));
}
