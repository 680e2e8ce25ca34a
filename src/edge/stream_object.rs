//! The Durable Object that owns a stream: the platform's side of [`Owner`].

use super::reply;
use super::stream_owner::Owner;
use std::rc::Rc;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage,
    durable_object, wasm_bindgen,
};

/// The Durable Object of a stream.
#[durable_object]
pub struct StreamObject {
    owner: Rc<Owner>,
}

impl DurableObject for StreamObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            owner: Rc::new(Owner::new(state, env)),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match self.owner.on_request(request).await {
            Ok(response) => Ok(response),
            Err(error) => reply::problem(&error),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.owner.on_alarm().await?;
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        let word = match &message {
            WebSocketIncomingMessage::String(text) => text.as_str(),
            WebSocketIncomingMessage::Binary(_) => "",
        };
        Ok(self.owner.on_message(&socket, word)?)
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> worker::Result<()> {
        self.owner.on_close(&socket, code);
        Ok(())
    }

    async fn websocket_error(
        &self,
        socket: WebSocket,
        _error: worker::Error,
    ) -> worker::Result<()> {
        self.owner.forget_pour(&socket);
        // The socket is gone, and with it all that was known of the reader.
        self.owner.report_soon();
        Ok(())
    }
}
