//! The Durable Object that owns a stream: the platform's side of [`Owner`].
//!
//! Exported by hand, here and in its siblings, and not by worker's `#[durable_object]`:
//! that makes a future and a promise of every handler, also of those that never wait,
//! and reads all there is to a request beforehand.

use super::stream_owner::Owner;
use super::{loss, promise, readers, reply, stub};
use crate::close::Close;
use js_sys::Promise;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, WebSocket};

/// The Durable Object of a stream.
#[wasm_bindgen]
pub struct StreamObject {
    owner: Rc<Owner>,
}

#[wasm_bindgen]
impl StreamObject {
    /// Begins to be in memory, which must be cheap: what is stored is loaded when it is
    /// needed.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        loss::watch(&state);
        Self {
            owner: Owner::new(state.into(), env),
        }
    }

    /// A command of the Worker.
    pub fn ask(&self, command: String) -> Promise {
        let owner = Rc::clone(&self.owner);
        promise::of_text(Box::pin(async move { owner.answer(&command).await }))
    }

    /// A connection that the Worker wants.
    pub fn fetch(&self, request: &web_sys::Request) -> Result<web_sys::Response, JsError> {
        let answer = self.owner.open(&stub::command_of(request));
        Ok(answer.or_else(|error| reply::problem(&error))?)
    }

    /// The alarm went off.
    pub fn alarm(&self) -> Promise {
        let owner = Rc::clone(&self.owner);
        promise::of_nothing(Box::pin(async move { owner.on_alarm().await }))
    }

    /// A reader's socket brings something.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn web_socket_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        let socket = WebSocket::from(socket);
        let word = readers::word_of(message);
        if let Err(error) = self.owner.on_message(&socket, &word) {
            // It would wait for what it has asked for.
            reply::log(&error);
            readers::close(&socket, Close::Fault);
        }
    }

    /// A reader's socket is closed by the other side.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, socket: web_sys::WebSocket, code: u16) {
        self.owner.on_close(&socket.into(), code);
    }

    /// A reader's socket broke.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, socket: web_sys::WebSocket) {
        self.owner.forget_pour(&socket.into());
        // The socket is gone, and with it all that was known of the reader.
        self.owner.report_soon();
    }
}
