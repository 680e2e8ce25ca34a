//! How the Worker reaches the object that owns a stream.

use crate::error::{Error, Result};
use crate::name::Name;
use crate::query::with_parameter;
use crate::stream::command::Command;
use crate::stream::{Position, Wire};
use serde::de::DeserializeOwned;
use std::rc::Rc;
use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, Response, WebSocket};

/// The address inside of the object. Only the path and the query are ours; the
/// host is a form that the platform wants filled in.
const URL: &str = "https://stream.internal/";

/// The object of one stream, wherever it is.
#[derive(Clone)]
pub(super) struct StreamStub {
    namespace: Rc<ObjectNamespace>,
    name: Name,
}

impl StreamStub {
    pub(super) fn new(env: &Env, name: Name) -> Result<Self> {
        Ok(Self {
            namespace: Rc::new(env.durable_object("STREAMS")?),
            name,
        })
    }

    /// Sends a command; the object's answer, an error of its among them, as it is.
    pub(super) async fn send(&self, command: &Command) -> Result<Response> {
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_body(Some(command.to_json()?.into()));
        self.fetch(Request::new_with_init(URL, &init)?).await
    }

    /// Sends a command; what the object returns, its errors as errors.
    pub(super) async fn call<T: DeserializeOwned>(&self, command: &Command) -> Result<T> {
        let mut response = self.send(command).await?;
        let status = response.status_code();
        let text = response.text().await?;
        if !(200..300).contains(&status) {
            return Err(Error::from_problem(status, &text));
        }
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text)
            .map_err(|error| Error::Internal(format!("an object's answer cannot be read: {error}")))
    }

    /// Opens a connection that carries events as encoded frames; `None` where
    /// there will never be any.
    pub(super) async fn subscribe(&self, position: Position) -> Result<Option<WebSocket>> {
        let mut response = self.connect(position, Wire::EventStream).await?;
        match response.status_code() {
            101 => response
                .websocket()
                .map(Some)
                .ok_or_else(|| Error::Internal("an upgrade without a socket".to_owned())),
            204 => Ok(None),
            status => Err(Error::from_problem(status, &response.text().await?)),
        }
    }

    /// Opens a connection that carries events; the object's answer, as it is.
    pub(super) async fn connect(&self, position: Position, wire: Wire) -> Result<Response> {
        let command = Command::Subscribe { position, wire }.to_json()?;
        let url = with_parameter(URL, "command", &command);
        let headers = Headers::new();
        headers.set("Upgrade", "websocket")?;
        let mut init = RequestInit::new();
        init.with_headers(headers);
        self.fetch(Request::new_with_init(&url, &init)?).await
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        // A stub of a broken connection stays broken: each call gets its own.
        let stub = self.namespace.get_by_name(self.name.as_str())?;
        stub.fetch_with_request(request).await.map_err(|error| {
            worker::console_error!("a stream's object did not answer: {error}");
            Error::Unavailable("The stream cannot be reached now; try again.".to_owned())
        })
    }
}
