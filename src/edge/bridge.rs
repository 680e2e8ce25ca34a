//! An event-stream response, held by the stateless Worker and fed by a WebSocket
//! to the object that owns the stream.
//!
//! Why not let the object hold the response: a response that is being written
//! keeps a Durable Object awake, and awake is what costs. A hibernating WebSocket
//! does not. So heartbeats and rotation happen here, and the object sleeps until
//! something is published.
//!
//! Frames arrive as the bytes that the client is to get; they are passed on as
//! JavaScript values and never enter wasm memory. Text frames are words between the
//! two: [`MORE`], the object has more of the past to send and waits until it is
//! asked, so that a long replay never piles up in front of a slow reader;
//! [`CONFLATED`] and [`HOLD`] for streams whose slow readers skip what is stale.
//!
//! While much happens on a stream, its object does hold the response: it says [`POUR`],
//! and a body of its own takes the place of the socket until it ends. The platform
//! carries that body to the client; not a byte of it passes here ([`carrying`]).

mod carrying;

use self::carrying::AfterPour;
use super::bindings::{IdentityTransformStream, clear_timeout, set_timeout};
use super::readers::{CONFLATED, COOL, HOLD, MORE, POUR};
use super::stub::StreamStub;
use super::{clock, js_error, loss, promise};
use crate::close::Close;
use crate::error::Result;
use crate::sse::event;
use crate::sse::session::{Due, Pass, Session, Settings, Verdict};
use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, BinaryType, CloseEvent, MessageEvent, ReadableStream,
    WritableStream, WritableStreamDefaultWriter,
};
use worker::WebSocket;

/// How much may wait for the reader before nothing more is asked for, in bytes:
/// enough to keep the connection busy while the next page comes. Not more than
/// [`crate::limit::CONFLATED_BACKLOG_BYTES`], or what is held would be asked for at once.
const HIGH_WATER_MARK: u32 = 64 * 1024;

/// A response that is being written.
struct Bridge {
    session: RefCell<Session>,
    socket: WebSocket,
    /// Where bodies come from, for a stream.
    stream: Option<StreamStub>,
    /// What is written to it is read by the client.
    output: WritableStream,
    /// While it is written to from here.
    writer: RefCell<Option<WritableStreamDefaultWriter>>,
    /// How many writes the client has not taken yet.
    unwritten: Cell<u32>,
    timer: RefCell<Option<JsValue>>,
    /// The object has more, and has not been asked for it yet.
    more_to_ask: Cell<bool>,
    /// The body to ask for as soon as everything is written.
    pour_to_ask: Cell<Option<u32>>,
    /// Whether it has been asked for, and the answer is not there yet.
    is_asking: Cell<bool>,
    /// What follows on the body, where it is known that it is about to end.
    after_pour: Cell<Option<AfterPour>>,
    /// By what the body that is being carried is dropped.
    carrying: RefCell<Option<AbortController>>,
    /// The handlers, each holding this bridge; taking them breaks the cycle.
    handlers: RefCell<Option<Handlers>>,
}

#[expect(clippy::struct_field_names, reason = "that is what they are")]
struct Handlers {
    on_message: Closure<dyn FnMut(MessageEvent)>,
    on_close: Closure<dyn FnMut(CloseEvent)>,
    on_error: Closure<dyn FnMut(JsValue)>,
    on_timer: Closure<dyn FnMut()>,
    on_abort: Closure<dyn FnMut()>,
    on_written: Closure<dyn FnMut(JsValue)>,
    on_unwritable: Closure<dyn FnMut(JsValue)>,
}

/// How a response ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// What is queued is still delivered; then the client sees the end.
    Close,
    /// The client has gone: there is nobody to deliver anything to.
    Gone,
}

/// Begins to forward what `socket` brings; the body of the response. `stream` is what
/// else it can be brought from.
pub(super) fn open(
    socket: WebSocket,
    stream: Option<StreamStub>,
    settings: Settings,
    pass: Pass,
    signal: Option<&AbortSignal>,
) -> Result<ReadableStream> {
    let options = Object::new();
    Reflect::set(&options, &"highWaterMark".into(), &HIGH_WATER_MARK.into())
        .map_err(|e| js_error(&e))?;
    let pipe = IdentityTransformStream::new(&options);
    let bridge = Rc::new(Bridge {
        session: RefCell::new(Session::new(settings, pass, clock::now(), clock::random())),
        socket,
        stream,
        writer: RefCell::default(),
        output: pipe.writable(),
        unwritten: Cell::default(),
        timer: RefCell::default(),
        more_to_ask: Cell::default(),
        pour_to_ask: Cell::default(),
        is_asking: Cell::default(),
        after_pour: Cell::default(),
        carrying: RefCell::default(),
        handlers: RefCell::default(),
    });
    bridge.take_charge().map_err(|e| js_error(&e))?;
    let handlers = Handlers::new(&bridge);
    let socket = bridge.socket.as_ref();
    // A Blob by default, which could only be read asynchronously.
    socket.set_binary_type(BinaryType::Arraybuffer);
    socket.set_onmessage(Some(handlers.on_message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(handlers.on_close.as_ref().unchecked_ref()));
    socket.set_onerror(Some(handlers.on_error.as_ref().unchecked_ref()));
    if let Some(signal) = signal {
        signal.set_onabort(Some(handlers.on_abort.as_ref().unchecked_ref()));
    }
    bridge.handlers.replace(Some(handlers));
    bridge.write(event::preamble().as_bytes());
    bridge.set_timer();
    // From here on frames are delivered.
    bridge.socket.accept()?;
    Ok(pipe.readable())
}

impl Handlers {
    fn new(bridge: &Rc<Bridge>) -> Self {
        let message = Rc::clone(bridge);
        let close = Rc::clone(bridge);
        let error = Rc::clone(bridge);
        let timer = Rc::clone(bridge);
        let abort = Rc::clone(bridge);
        let written = Rc::clone(bridge);
        let unwritable = Rc::clone(bridge);
        Self {
            on_message: Closure::new(move |event: MessageEvent| message.on_message(&event.data())),
            on_close: Closure::new(move |event: CloseEvent| close.on_close(event.code())),
            // Comes after a close, too.
            on_error: Closure::new(move |_: JsValue| error.on_close(1006)),
            on_timer: Closure::new(move || timer.on_timer()),
            on_abort: Closure::new(move || abort.finish(Ending::Gone)),
            on_written: Closure::new(move |_: JsValue| written.on_written()),
            on_unwritable: Closure::new(move |_: JsValue| unwritable.finish(Ending::Gone)),
        }
    }
}

impl Bridge {
    fn on_message(self: &Rc<Self>, data: &JsValue) {
        let Some(bytes) = data.dyn_ref::<ArrayBuffer>() else {
            return self.on_word(&data.as_string().unwrap_or_default());
        };
        let verdict = self
            .session
            .borrow_mut()
            .on_frame(self.backlog(), clock::now());
        match verdict {
            Verdict::Forward => self.enqueue(&Uint8Array::new(bytes)),
            Verdict::ForwardAndHold => {
                self.enqueue(&Uint8Array::new(bytes));
                self.say(HOLD);
                self.more_to_ask.set(true);
            }
            Verdict::EndSlow => {
                let due = self.session.borrow().farewell();
                self.end(due);
            }
        }
    }

    /// Handles a word of the object.
    fn on_word(self: &Rc<Self>, word: &str) {
        if let Some(reader) = word.strip_prefix(POUR) {
            self.pour_to_ask.set(reader.parse().ok());
            return self.ask_for_pour();
        }
        match word {
            CONFLATED => self.session.borrow_mut().set_conflated(),
            COOL if self.after_pour.get().is_none()
                && (self.is_pouring() || self.is_asking.get()) =>
            {
                self.expect_end(AfterPour::Socket);
            }
            MORE => {
                self.more_to_ask.set(true);
                if self.backlog() < HIGH_WATER_MARK as usize {
                    self.ask_for_more();
                }
            }
            _ => {}
        }
    }

    fn on_close(&self, code: u16) {
        // After a fault the body that was asked for may have nobody who would end it.
        let is_told = code != Close::Fault.code();
        if is_told && (self.is_pouring() || self.is_asking.get()) {
            // What is on its way comes first: the object may have said its last in the
            // body that was asked for.
            self.expect_end(AfterPour::Close);
        } else {
            let is_over = code == Close::Done.code() || code == Close::Deleted.code();
            let farewell = self.session.borrow().farewell();
            self.end(if is_over { Due::EndOld } else { farewell });
        }
    }

    /// The client has taken something.
    fn on_written(self: &Rc<Self>) {
        self.unwritten.set(self.unwritten.get().saturating_sub(1));
        self.ask_for_pour();
        if self.more_to_ask.get() && self.backlog() < HIGH_WATER_MARK as usize {
            self.ask_for_more();
        }
    }

    fn on_timer(&self) {
        self.timer.take();
        if self.is_pouring() && self.after_pour.get().is_some() {
            return self.finish(Ending::Gone);
        }
        let due = self
            .session
            .borrow_mut()
            .on_timer(self.backlog(), clock::now());
        match due {
            Due::Nothing => self.set_timer(),
            Due::Heartbeat => {
                self.write(event::HEARTBEAT.as_bytes());
                self.set_timer();
            }
            Due::EndOld | Due::EndExpiring if self.is_pouring() => {
                // Between two events.
                self.say(COOL);
                self.expect_end(AfterPour::Due(due));
            }
            Due::EndOld | Due::EndExpiring => self.end(due),
        }
    }

    fn end(&self, due: Due) {
        if due == Due::EndExpiring {
            let at = self.session.borrow().expires_at(clock::now());
            self.write(event::auth(at).as_bytes());
        }
        self.finish(Ending::Close);
    }

    /// Writes the response from here.
    fn take_charge(&self) -> std::result::Result<(), JsValue> {
        let writer = self.output.get_writer()?;
        loss::end_by(&self.output, &writer);
        self.writer.replace(Some(writer));
        Ok(())
    }

    fn is_pouring(&self) -> bool {
        self.writer.borrow().is_none()
    }

    fn ask_for_more(&self) {
        if self.more_to_ask.replace(false) {
            self.session.borrow_mut().on_asked();
            self.say(MORE);
        }
    }

    fn say(&self, word: &str) {
        if self.socket.send_with_str(word).is_err() {
            self.finish(Ending::Close);
        }
    }

    fn write(&self, text: &[u8]) {
        self.enqueue(&Uint8Array::from(text));
    }

    fn enqueue(&self, bytes: &Uint8Array) {
        let writer = self.writer.borrow();
        let handlers = self.handlers.borrow();
        if let Some((writer, handlers)) = writer.as_ref().zip(handlers.as_ref()) {
            self.unwritten.set(self.unwritten.get().saturating_add(1));
            let written = writer.write_with_chunk(bytes);
            let _ = written.then2(&handlers.on_written, &handlers.on_unwritable);
        }
    }

    /// How many bytes wait for the reader. While a body is carried something is always
    /// on its way.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    fn backlog(&self) -> usize {
        let writer = self.writer.borrow();
        let Some(writer) = writer.as_ref() else {
            return 1;
        };
        let room = writer.desired_size().ok().flatten();
        room.map_or(0, |room| (f64::from(HIGH_WATER_MARK) - room) as usize)
    }

    fn set_timer(&self) {
        let delay = self.session.borrow().next_timer(clock::now());
        if let Some(delay) = delay {
            self.set_timer_in(delay);
        }
    }

    fn set_timer_in(&self, delay: u64) {
        let handlers = self.handlers.borrow();
        if let Some(handlers) = handlers.as_ref() {
            #[expect(clippy::cast_precision_loss, reason = "minutes in milliseconds")]
            let id = set_timeout(handlers.on_timer.as_ref().unchecked_ref(), delay as f64);
            if let Some(other) = self.timer.replace(Some(id)) {
                clear_timeout(&other);
            }
        }
    }

    /// Ends the response and lets go of everything. Doing it twice is doing it once.
    fn finish(&self, ending: Ending) {
        let Some(handlers) = self.handlers.take() else {
            return;
        };
        if let Some(timer) = self.timer.take() {
            clear_timeout(&timer);
        }
        let socket = self.socket.as_ref();
        socket.set_onmessage(None);
        socket.set_onclose(None);
        socket.set_onerror(None);
        let _ = self.socket.close(Some(1000), None::<&str>);
        // Last: one of these may be what is running now, and some are called when what is
        // queued has been written, or never will be.
        let Some(writer) = self.writer.take() else {
            if let Some(carrying) = self.carrying.take() {
                carrying.abort();
            }
            return drop(handlers);
        };
        let done = match ending {
            Ending::Close => writer.close(),
            Ending::Gone => writer.abort(),
        };
        promise::spawn(Box::pin(async move {
            // Whether the client was still there to see it is all the same.
            let _ = JsFuture::from(done).await;
            drop(handlers);
        }));
    }
}
