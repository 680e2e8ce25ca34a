//! Where every request enters: route, access, form, and on to the object.

use super::stub::StreamStub;
use super::{bridge, digest, job, reply, settings};
use crate::accept;
use crate::access::grants::Permission;
use crate::access::origin::Cors;
use crate::error::{Error, Result};
use crate::limit::BATCH_BYTES;
use crate::name::Name;
use crate::query::Query;
use crate::route::{BASE, Call, Resource};
use crate::sse::EVENT_STREAM;
use crate::stream::command::Command;
use crate::stream::config::Config;
use crate::stream::{Position, publish};
use worker::{Context, Env, Request, Response, ResponseBody, event};

/// The forms in which a stream can be read, the preferred one first: `curl -N`
/// and a browser's address bar take anything and mean the live stream.
const FORMS: [&str; 2] = [EVENT_STREAM, "application/json"];

#[event(start)]
fn start() {
    // A panic ends up in the log with its place, and not as "unreachable".
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let path = request.path();
    if !path.starts_with(BASE) {
        return env.assets("ASSETS")?.fetch_request(request).await;
    }
    let headers = request.headers();
    let origins = settings::allowed_origins(&env);
    let cors = origins.decide(
        headers.get("Origin")?.as_deref(),
        headers.get("Host")?.as_deref(),
    );
    let answer =
        match Resource::parse(&path).and_then(|found| found.call(&request.inner().method())) {
            Ok(call) => handle(call, request, &env, &context, &cors).await,
            Err(error) => Err(error),
        };
    let response = match answer {
        Ok(response) => response,
        Err(error) => reply::problem(&error)?,
    };
    // A copy: the headers of what an object answered cannot be changed.
    let headers = response.headers().clone();
    reply::set_cors(&headers, &cors, origins.varies())?;
    Ok(response.with_headers(headers))
}

async fn handle(
    call: Call,
    mut request: Request,
    env: &Env,
    context: &Context,
    cors: &Cors,
) -> Result<Response> {
    let grants = settings::public_access(env)?;
    let stream = |name: Name, permission: Permission| {
        grants.check(&name, permission)?;
        StreamStub::new(env, name)
    };
    match call {
        Call::Options(allow) => Ok(reply::options(allow, cors)?),
        Call::Read(name) => {
            let upgrade = request.headers().get("Upgrade")?;
            if upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
                && *cors == Cors::Foreign
            {
                return Err(Error::Forbidden(
                    "Pages of this origin may not connect; the operator allows origins in ALLOWED_ORIGINS.".to_owned(),
                ));
            }
            read(&request, env, stream(name, Permission::Read)?).await
        }
        Call::Configure(name) => {
            let stream = stream(name, Permission::Manage)?;
            let config = Config::parse(&body(&mut request).await?)?;
            stream.send(&Command::Configure { config }).await
        }
        Call::Delete(name) => {
            stream(name, Permission::Manage)?
                .send(&Command::Delete)
                .await
        }
        Call::Publish(name) => {
            let stream = stream(name, Permission::Publish)?;
            let content_type = request.headers().get("Content-Type")?;
            let entries = publish::parse(content_type.as_deref(), &body(&mut request).await?)?;
            stream.send(&Command::publish(entries)?).await
        }
        Call::Cancel(name) => {
            stream(name, Permission::Publish)?
                .send(&Command::Cancel)
                .await
        }
        Call::Digest(name) => {
            digest::run(&request, stream(name, Permission::Publish)?, context).await
        }
        Call::Begin(kind, name) => {
            let stream = stream(name.clone(), Permission::Publish)?;
            job::begin(kind, &name, &body(&mut request).await?, &stream, env).await
        }
    }
}

/// Serves a stream, live or as JSON.
async fn read(request: &Request, env: &Env, stream: StreamStub) -> Result<Response> {
    let accept = request.headers().get("Accept")?;
    let form = accept::choose(accept.as_deref(), &FORMS).ok_or(Error::NotAcceptable(
        "text/event-stream or application/json",
    ))?;
    if form != EVENT_STREAM {
        return stream.send(&Command::Snapshot).await;
    }
    let url = request.inner().url();
    let query = Query::of_url(&url);
    let last_event_id = request.headers().get("Last-Event-ID")?;
    let position = Position::from_request(last_event_id.as_deref(), |name| query.get(name))?;
    if request.inner().method() == "HEAD" {
        return Ok(reply::event_stream(ResponseBody::Empty)?);
    }
    let Some(socket) = stream.subscribe(position).await? else {
        return Ok(reply::no_content()?);
    };
    let signal = request.inner().signal();
    let body = bridge::open(socket, settings::sse(env), Some(&signal))?;
    Ok(reply::event_stream(ResponseBody::Stream(body))?)
}

/// The whole body, which is refused as soon as it is known to be too large.
async fn body(request: &mut Request) -> Result<Vec<u8>> {
    use futures_util::TryStreamExt;
    let too_large = || Error::TooLarge {
        what: "a request in bytes",
        limit: BATCH_BYTES,
    };
    let length = request.headers().get("Content-Length")?;
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > BATCH_BYTES) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    if request.inner().body().is_none() {
        return Ok(body);
    }
    let mut chunks = request.stream()?;
    while let Some(chunk) = chunks.try_next().await? {
        if body.len().saturating_add(chunk.len()) > BATCH_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
