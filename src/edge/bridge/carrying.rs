//! The body of a hot stream's object, in the place of its socket.

use super::super::bindings::Source;
use super::super::readers::MORE;
use super::super::{loss, promise};
use super::{Bridge, Ending};
use crate::sse::event;
use crate::sse::session::Due;
use js_sys::{Object, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStream};

/// How long the last of a body may be on its way, in milliseconds: some 64 KiB, and what the
/// systems on the way hold. Whoever takes longer does not read, and would keep the object
/// awake.
const LAST_MS: u64 = 20_000;

/// What follows on a body that is about to end.
#[derive(Clone, Copy)]
pub(super) enum AfterPour {
    /// What comes over the socket.
    Socket,
    /// The end: the object has said all.
    Close,
    /// The end: the response is old enough, or its token is.
    Due(Due),
}

impl Bridge {
    /// Asks for the body that was offered, as soon as nothing is to be written before it.
    pub(super) fn ask_for_pour(self: &Rc<Self>) {
        if self.unwritten.get() > 0 || self.is_pouring() {
            return;
        }
        let Some((reader, stream)) = self.pour_to_ask.take().zip(self.stream.clone()) else {
            return;
        };
        let bridge = Rc::clone(self);
        bridge.is_asking.set(true);
        promise::spawn(Box::pin(async move {
            let body = stream.pour(reader).await;
            bridge.is_asking.set(false);
            match body {
                Ok(Some(body)) => bridge.carry(&body).await,
                Ok(None) | Err(_) => bridge.go_on(),
            }
        }));
    }

    /// Lets the platform carry a body to the client until it ends.
    async fn carry(&self, body: &ReadableStream) {
        let Some(writer) = self.writer.take() else {
            return;
        };
        writer.release_lock();
        let options = Object::new();
        // A plain object takes any member.
        let _ = Reflect::set(&options, &"preventClose".into(), &JsValue::TRUE);
        if let Ok(controller) = AbortController::new() {
            let _ = Reflect::set(&options, &"signal".into(), &controller.signal());
            loss::end_by(&self.output, &controller);
            self.carrying.replace(Some(controller));
        }
        let source: &Source = body.unchecked_ref();
        let carried = JsFuture::from(source.pipe_to(&self.output, &options)).await;
        self.carrying.take();
        if self.handlers.borrow().is_none() {
            return;
        }
        if carried.is_err() || self.take_charge().is_err() {
            return self.finish(Ending::Gone);
        }
        self.go_on();
    }

    /// Does what follows on a body.
    fn go_on(&self) {
        match self.after_pour.take() {
            Some(AfterPour::Close) => self.finish(Ending::Close),
            Some(AfterPour::Due(due)) => self.end(due),
            Some(AfterPour::Socket) | None => {
                // There may have been silence for a while, which nobody counted.
                self.write(event::HEARTBEAT.as_bytes());
                self.set_timer();
                self.say(MORE);
            }
        }
    }

    /// The body that is being carried, or asked for, is about to end.
    pub(super) fn expect_end(&self, then: AfterPour) {
        self.after_pour.set(Some(then));
        self.set_timer_in(LAST_MS);
    }
}
