//! How the Worker reaches the objects that own a stream or a room.

use super::namespace::Namespace;
use super::reply::{self, Response};
use crate::access::grants::Realm;
use crate::answer::Answer;
use crate::data::Members;
use crate::error::{Error, Result};
use crate::name::Name;
use crate::query::Query;
use crate::stream::command::{Command, Opening};
use crate::stream::{Position, Wire};
use std::rc::Rc;
use web_sys::ReadableStream;
use worker::{Env, WebSocket};

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

    /// Sends a command; the object's answer, an error of its among them.
    pub(super) async fn ask(&self, command: &str) -> Result<Answer> {
        self.namespace.ask(self.name.as_str(), command).await
    }

    /// Sends a command; the object's answer as the response to a client.
    pub(super) async fn send(&self, command: &str) -> Result<Response> {
        reply::answered(&self.ask(command).await?)
    }

    /// Sends a command that opens something; the object's answer, as it is.
    pub(super) async fn open(&self, command: &str) -> Result<Response> {
        self.namespace.open(self.name.as_str(), command).await
    }

    /// Sends a command that opens a WebSocket for ourselves; `None` where the object
    /// says that there will never be anything.
    pub(super) async fn socket(&self, command: &str) -> Result<Option<WebSocket>> {
        let response = self.open(command).await?;
        match response.status() {
            101 => reply::socket_of(&response).map(Some),
            204 => Ok(None),
            status => Err(Error::from_problem(status, &reply::text(&response).await?)),
        }
    }
}

/// What an object is asked to open.
pub(super) fn command_of(request: &web_sys::Request) -> String {
    let url = request.url();
    Query::of_url(&url)
        .get("command")
        .unwrap_or_default()
        .to_owned()
}

/// The object of one stream.
#[derive(Clone)]
pub(super) struct StreamStub(Stub);

impl StreamStub {
    pub(super) fn new(env: &Env, name: Name) -> Result<Self> {
        Stub::of(env, Realm::Streams, name).map(Self)
    }

    /// Sends a command; the object's answer, an error of its among them.
    pub(super) async fn ask(&self, command: &Command) -> Result<Answer> {
        self.0.ask(&command.to_json()?).await
    }

    /// Sends a command; the object's answer as the response to a client.
    pub(super) async fn send(&self, command: &Command) -> Result<Response> {
        reply::answered(&self.ask(command).await?)
    }

    /// Sends a command that publishes; whether somebody has asked the producer to stop.
    pub(super) async fn publish(&self, command: &Command) -> Result<bool> {
        let answer = self.ask(command).await?;
        Members::parse(answer.ok()?)
            .and_then(|answer| answer.read("cancelled"))
            .map_err(|error| Error::Internal(format!("an object's answer cannot be read: {error}")))
    }

    /// Opens a connection that carries events as encoded frames; `None` where
    /// there will never be any.
    pub(super) async fn subscribe(&self, position: Position) -> Result<Option<WebSocket>> {
        let wire = Wire::EventStream;
        let opening = Opening::Reader {
            position,
            wire,
            until: None,
            pours: true,
        };
        self.0.socket(&opening.to_json()?).await
    }

    /// The body of a reader that was told to ask for it; `None` where it is not to be had.
    pub(super) async fn pour(&self, reader: u32) -> Result<Option<ReadableStream>> {
        let response = self.0.open(&Opening::Pour(reader).to_json()?).await?;
        Ok(response.body().filter(|_| response.status() == 200))
    }

    /// Opens a connection that carries events to a client; the object's answer, as
    /// it is.
    pub(super) async fn connect(&self, position: Position, until: Option<u64>) -> Result<Response> {
        let wire = Wire::Json;
        let opening = Opening::Reader {
            position,
            wire,
            until,
            pours: false,
        };
        self.0.open(&opening.to_json()?).await
    }
}
