//! What the stateless Worker does for streams: it finds out what is asked and in which
//! form, and asks the stream's object.

use super::reply::Response;
use super::request::Request;
use super::stub::StreamStub;
use super::{body, bridge, digest, entry, job, readers, reply, settings};
use crate::accept;
use crate::access::grants::{Permission, Realm};
use crate::access::visitor::Visitor;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::name::{Name, RESERVED_PREFIX};
use crate::sse::EVENT_STREAM;
use crate::sse::session::Pass;
use crate::stream::command::Command;
use crate::stream::config::Config;
use crate::stream::{EventsView, PageRequest, Position, publish};
use std::time::Duration;
use worker::{Delay, Env, worker_sys};

/// The forms in which a stream can be read, the preferred one first: `curl -N`
/// and a browser's address bar take anything and mean the live stream.
pub(super) const FORMS: [&str; 2] = [EVENT_STREAM, "application/json"];

/// The object of a stream, for a visitor who may.
pub(super) fn reach(
    name: &Name,
    permission: Permission,
    visitor: &Visitor,
    env: &Env,
) -> Result<StreamStub> {
    visitor.check(Realm::Streams, name, permission)?;
    if name.is_reserved() && permission != Permission::Read {
        return Err(Error::Forbidden(format!(
            "Names that begin with {RESERVED_PREFIX} are the service's own."
        )));
    }
    StreamStub::new(env, name.clone())
}

/// Answers a call that is about this stream.
pub(super) async fn handle(
    call: &Call,
    stream: StreamStub,
    request: &Request,
    env: &Env,
    context: &worker_sys::Context,
    pass: Pass,
) -> Result<Response> {
    let command = match call {
        Call::Read(_) if request.is_upgrade()? => {
            let connect = stream.connect(entry::position(request)?, pass.until);
            return entry::upgrade(request, connect).await;
        }
        Call::Read(_) => return read(request, env, stream, pass).await,
        Call::Events(_) => return page(request, stream).await,
        Call::Digest(_) => return digest::run(request, stream, context).await,
        Call::Begin(kind, name) => {
            let body = body::whole(request).await?;
            return job::begin(kind, name, &body, &stream, env).await;
        }
        Call::Publish(_) => {
            let content_type = request.header("Content-Type")?;
            let body = body::whole(request).await?;
            Command::publish(publish::parse(content_type.as_deref(), &body)?)?
        }
        Call::Configure(_) => Command::Configure {
            config: Config::parse(&body::whole(request).await?)?,
        },
        Call::Cancel(_) => Command::Cancel,
        Call::Delete(_) => Command::Delete,
        _ => {
            return Err(Error::Internal(
                "a call that is not about streams".to_owned(),
            ));
        }
    };
    stream.send(&command).await
}

/// Serves a stream, live or as JSON.
async fn read(request: &Request, env: &Env, stream: StreamStub, pass: Pass) -> Result<Response> {
    let accept = request.header("Accept")?;
    let form = accept::choose(accept.as_deref(), &FORMS).ok_or(Error::NotAcceptable(
        "text/event-stream or application/json",
    ))?;
    if form != EVENT_STREAM {
        return stream.send(&Command::Snapshot).await;
    }
    let position = entry::position(request)?;
    if request.method() == "HEAD" {
        return reply::event_stream(None);
    }
    let Some(socket) = stream.subscribe(position).await? else {
        return reply::no_content();
    };
    let signal = request.raw().signal();
    let body = bridge::open(
        socket,
        Some(stream),
        settings::service(env).sse,
        pass,
        Some(&signal),
    )?;
    reply::event_stream(Some(&body))
}

/// Serves a page of events; where there is none yet, waits for one if asked to.
///
/// The wait is the Worker's, at a hibernating socket to the object: a hundred
/// clients that poll keep no object awake.
async fn page(request: &Request, stream: StreamStub) -> Result<Response> {
    let query = request.query();
    let PageRequest {
        after,
        limit,
        wait_ms,
    } = PageRequest::from_query(|name| query.get(name))?;
    let command = Command::Events { after, limit };
    let answer = stream.ask(&command).await?;
    let cursor = match answer.status() {
        200 if wait_ms > 0 => EventsView::waits_at(answer.body()),
        _ => None,
    };
    let Some(cursor) = cursor else {
        return reply::answered(&answer);
    };
    if let Some(socket) = stream.subscribe(Position::After(cursor)).await? {
        let timeout = Delay::from(Duration::from_millis(wait_ms));
        readers::first_event(&socket, timeout, &request.raw().signal()).await?;
        let _ = socket.close(Some(1000), None::<&str>);
    }
    stream.send(&command).await
}
