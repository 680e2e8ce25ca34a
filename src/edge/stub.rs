//! How the Worker reaches the objects that own a stream or a room.

use super::inward::{self, Inward};
use super::namespace::Namespace;
use super::promise;
use super::reply::{self, Response};
use crate::access::grants::Realm;
use crate::error::{Error, Result};
use crate::name::Name;
use crate::query::{Query, with_parameter};
use crate::stream::command::Command;
use crate::stream::{Position, Wire};
use serde::Deserialize;
use std::rc::Rc;
use web_sys::ReadableStream;
use worker::{Env, WebSocket};

/// The address inside of the object. Only the path and the query are ours; the
/// host is a form that the platform wants filled in.
const URL: &str = "https://object.internal/";

/// The Durable Object of one name, wherever it is.
#[derive(Clone)]
pub(super) struct Stub {
    namespace: Rc<Namespace>,
    name: Name,
}

impl Stub {
    /// The object of a stream or of a room.
    pub(super) fn of(env: &Env, realm: Realm, name: Name) -> Result<Self> {
        let binding = match realm {
            Realm::Streams => "STREAMS",
            Realm::Rooms => "ROOMS",
        };
        Ok(Self {
            namespace: Rc::new(Namespace::of(env, binding)?),
            name,
        })
    }

    /// Sends a command; the object's answer, an error of its among them, as it is.
    pub(super) async fn send(&self, command: &str) -> Result<Response> {
        self.fetch(&inward::post(URL, command)).await
    }

    /// Sends a command that opens a WebSocket; the object's answer, as it is.
    pub(super) async fn connect(&self, command: &str) -> Result<Response> {
        let url = with_parameter(URL, "command", command);
        self.fetch(&inward::upgrade(url)?).await
    }

    /// Sends a command that opens a WebSocket for ourselves; `None` where the object
    /// says that there will never be anything.
    pub(super) async fn socket(&self, command: &str) -> Result<Option<WebSocket>> {
        let response = self.connect(command).await?;
        match response.status() {
            101 => reply::socket_of(&response).map(Some),
            204 => Ok(None),
            status => Err(Error::from_problem(status, &reply::text(&response).await?)),
        }
    }

    async fn fetch(&self, request: &Inward) -> Result<Response> {
        self.namespace.ask(self.name.as_str(), request).await
    }
}

/// What is asked of the object in a command's WebSocket upgrade or body.
pub(super) async fn command_of(request: web_sys::Request) -> Result<String> {
    let url = request.url();
    // Only an upgrade, which has no body, says it there.
    if let Some(command) = Query::of_url(&url).get("command") {
        return Ok(command.to_owned());
    }
    promise::text(request.text()).await
}

/// The object of one stream.
#[derive(Clone)]
pub(super) struct StreamStub(Stub);

impl StreamStub {
    pub(super) fn new(env: &Env, name: Name) -> Result<Self> {
        Stub::of(env, Realm::Streams, name).map(Self)
    }

    /// Sends a command; the object's answer, an error of its among them, as it is.
    pub(super) async fn send(&self, command: &Command) -> Result<Response> {
        self.0.send(&command.to_json()?).await
    }

    /// Sends a command; what the object returns, its errors as errors.
    pub(super) async fn call(&self, command: &Command) -> Result<String> {
        let response = self.send(command).await?;
        let status = response.status();
        let text = reply::text(&response).await?;
        if (200..300).contains(&status) {
            Ok(text)
        } else {
            Err(Error::from_problem(status, &text))
        }
    }

    /// Sends a command that publishes; whether somebody has asked the producer to stop.
    pub(super) async fn publish(&self, command: &Command) -> Result<bool> {
        #[derive(Deserialize)]
        struct Answer {
            cancelled: bool,
        }
        let text = self.call(command).await?;
        serde_json::from_str(&text)
            .map(|answer: Answer| answer.cancelled)
            .map_err(|error| Error::Internal(format!("an object's answer cannot be read: {error}")))
    }

    /// Opens a connection that carries events as encoded frames; `None` where
    /// there will never be any.
    pub(super) async fn subscribe(&self, position: Position) -> Result<Option<WebSocket>> {
        let wire = Wire::EventStream;
        let command = Command::Subscribe {
            position,
            wire,
            until: None,
            pours: true,
        };
        self.0.socket(&command.to_json()?).await
    }

    /// The body of a reader that was told to ask for it; `None` where it is not to be had.
    pub(super) async fn pour(&self, reader: u32) -> Result<Option<ReadableStream>> {
        let response = self.send(&Command::Pour { reader }).await?;
        Ok(response.body().filter(|_| response.status() == 200))
    }

    /// Opens a connection that carries events to a client; the object's answer, as
    /// it is.
    pub(super) async fn connect(&self, position: Position, until: Option<u64>) -> Result<Response> {
        let wire = Wire::Json;
        let command = Command::Subscribe {
            position,
            wire,
            until,
            pours: false,
        };
        self.0.connect(&command.to_json()?).await
    }
}
