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

use super::bindings::{clear_timeout, set_timeout};
use super::readers::{CONFLATED, HOLD, MORE};
use super::{clock, js_error};
use crate::error::Result;
use crate::sse::event;
use crate::sse::session::{Due, Session, Settings, Verdict};
use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, BinaryType, CloseEvent, MessageEvent, ReadableByteStreamController, ReadableStream,
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
    controller: RefCell<Option<ReadableByteStreamController>>,
    timer: RefCell<Option<JsValue>>,
    /// When the token runs out that it was opened with.
    until: Option<u64>,
    /// The object has more, and has not been asked for it yet.
    more_to_ask: Cell<bool>,
    /// The handlers, each holding this bridge; taking them breaks the cycle.
    handlers: RefCell<Option<Handlers>>,
}

struct Handlers {
    on_message: Closure<dyn FnMut(MessageEvent)>,
    on_close: Closure<dyn FnMut(CloseEvent)>,
    on_error: Closure<dyn FnMut(JsValue)>,
    on_timer: Closure<dyn FnMut()>,
    on_abort: Closure<dyn FnMut()>,
    start: Closure<dyn FnMut(ReadableByteStreamController)>,
    pull: Closure<dyn FnMut()>,
    cancel: Closure<dyn FnMut()>,
}

/// How a response ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// What is queued is still delivered; then the client sees the end.
    Close,
    /// The client has gone: there is nobody to deliver anything to.
    Gone,
}

/// Begins to forward what `socket` brings; the body of the response. `until` is when
/// the token runs out that it was asked for with.
pub(super) fn open(
    socket: WebSocket,
    settings: Settings,
    until: Option<u64>,
    signal: Option<&AbortSignal>,
) -> Result<ReadableStream> {
    let bridge = Rc::new(Bridge {
        session: RefCell::new(Session::new(settings, until, clock::now(), clock::random())),
        until,
        socket,
        controller: RefCell::default(),
        timer: RefCell::default(),
        more_to_ask: Cell::default(),
        handlers: RefCell::default(),
    });
    let handlers = Handlers::new(&bridge);
    let body = handlers.readable_stream().map_err(|e| js_error(&e))?;
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
    bridge.enqueue(&Uint8Array::from(event::preamble().as_bytes()));
    bridge.set_timer();
    // From here on frames are delivered.
    bridge.socket.accept()?;
    Ok(body)
}

impl Handlers {
    fn new(bridge: &Rc<Bridge>) -> Self {
        let on = |handle: fn(&Bridge)| {
            let bridge = Rc::clone(bridge);
            Closure::<dyn FnMut()>::new(move || handle(&bridge))
        };
        let message = Rc::clone(bridge);
        let close = Rc::clone(bridge);
        let error = Rc::clone(bridge);
        let opened = Rc::clone(bridge);
        Self {
            on_message: Closure::new(move |event: MessageEvent| message.on_message(&event.data())),
            on_close: Closure::new(move |_: CloseEvent| close.finish(Ending::Close)),
            on_error: Closure::new(move |_: JsValue| error.finish(Ending::Close)),
            on_timer: on(Bridge::on_timer),
            on_abort: on(|bridge| bridge.finish(Ending::Gone)),
            start: Closure::new(move |controller: ReadableByteStreamController| {
                opened.controller.replace(Some(controller));
            }),
            pull: on(Bridge::ask_for_more),
            cancel: on(|bridge| bridge.finish(Ending::Gone)),
        }
    }

    /// A byte stream, whose queue is measured in bytes.
    fn readable_stream(&self) -> std::result::Result<ReadableStream, JsValue> {
        let source = Object::new();
        Reflect::set(&source, &"type".into(), &"bytes".into())?;
        Reflect::set(&source, &"start".into(), self.start.as_ref())?;
        Reflect::set(&source, &"pull".into(), self.pull.as_ref())?;
        Reflect::set(&source, &"cancel".into(), self.cancel.as_ref())?;
        let strategy = Object::new();
        Reflect::set(&strategy, &"highWaterMark".into(), &HIGH_WATER_MARK.into())?;
        ReadableStream::new_with_underlying_source_and_strategy(&source, strategy.unchecked_ref())
    }
}

impl Bridge {
    fn on_message(&self, data: &JsValue) {
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
            Verdict::EndSlow => self.finish(Ending::Close),
        }
    }

    /// Handles a word of the object.
    fn on_word(&self, word: &str) {
        match word {
            CONFLATED => self.session.borrow_mut().set_conflated(),
            MORE => {
                self.more_to_ask.set(true);
                if self.backlog() < HIGH_WATER_MARK as usize {
                    self.ask_for_more();
                }
            }
            _ => {}
        }
    }

    fn on_timer(&self) {
        self.timer.take();
        let due = self
            .session
            .borrow_mut()
            .on_timer(self.backlog(), clock::now());
        match due {
            Due::Nothing => {}
            Due::Heartbeat => self.enqueue(&Uint8Array::from(event::HEARTBEAT.as_bytes())),
            Due::EndOld => return self.finish(Ending::Close),
            Due::EndExpiring => {
                let auth = event::auth(self.until.unwrap_or_default());
                self.enqueue(&Uint8Array::from(auth.as_bytes()));
                return self.finish(Ending::Close);
            }
        }
        self.set_timer();
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

    fn enqueue(&self, bytes: &Uint8Array) {
        let failed = match &*self.controller.borrow() {
            Some(controller) => controller
                .enqueue_with_array_buffer_view(bytes.unchecked_ref())
                .is_err(),
            None => false,
        };
        if failed {
            self.finish(Ending::Gone);
        }
    }

    /// How many bytes wait for the reader.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    fn backlog(&self) -> usize {
        let room = self
            .controller
            .borrow()
            .as_ref()
            .and_then(ReadableByteStreamController::desired_size);
        room.map_or(0, |room| (f64::from(HIGH_WATER_MARK) - room) as usize)
    }

    fn set_timer(&self) {
        let handlers = self.handlers.borrow();
        let delay = self.session.borrow().next_timer(clock::now());
        if let Some((handlers, delay)) = handlers.as_ref().zip(delay) {
            #[expect(clippy::cast_precision_loss, reason = "minutes in milliseconds")]
            let id = set_timeout(handlers.on_timer.as_ref().unchecked_ref(), delay as f64);
            self.timer.replace(Some(id));
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
        if let Some(controller) = self.controller.take()
            && ending == Ending::Close
        {
            let _ = controller.close();
        }
        // Last: one of these may be what is running now.
        drop(handlers);
    }
}
