//! The Durable Object that owns a room: the platform's side of [`Owner`].

use super::reply;
use super::room_owner::Owner;
use std::rc::Rc;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage,
    durable_object, wasm_bindgen,
};

/// The Durable Object of a room.
#[durable_object]
pub struct RoomObject {
    owner: Rc<Owner>,
}

impl DurableObject for RoomObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            owner: Owner::new(state, &env),
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
        self.owner.on_message(&socket, message);
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> worker::Result<()> {
        self.owner
            .on_close(&socket, u16::try_from(code).unwrap_or(1000));
        Ok(())
    }

    async fn websocket_error(
        &self,
        socket: WebSocket,
        _error: worker::Error,
    ) -> worker::Result<()> {
        // There is nobody left to answer: as a close that came from nobody.
        self.owner.on_close(&socket, 1006);
        Ok(())
    }
}
