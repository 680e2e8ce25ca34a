//! The Durable Object that owns a room: the platform's side of [`Owner`].

use super::room_owner::Owner;
use super::{loss, promise, reply, stub};
use js_sys::Promise;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::worker_sys::DurableObjectState;

/// The Durable Object of a room.
#[wasm_bindgen]
pub struct RoomObject {
    owner: Rc<Owner>,
}

#[wasm_bindgen]
impl RoomObject {
    /// Begins to be in memory, which must be cheap: what is stored is loaded when it is
    /// needed.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "as the platform calls it")]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        loss::watch(&state);
        Self {
            owner: Owner::new(state.into(), &env),
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

    /// A frame of a client, or a word of a watcher's bridge.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn web_socket_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        self.owner.on_message(&socket.into(), message);
    }

    /// A connection is closed by the client.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, socket: web_sys::WebSocket, code: u16) {
        self.owner.on_close(&socket.into(), code);
    }

    /// A connection broke.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, socket: web_sys::WebSocket) {
        // There is nobody left to answer: as a close that came from nobody.
        self.owner.on_close(&socket.into(), 1006);
    }
}
