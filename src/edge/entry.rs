//! Where every request enters: route, access, form, and on to the object.

use super::stub::{StreamStub, Stub};
use super::{
    backup, body, bridge, chronicle, clock, digest, flood, job, reply, rooms, settings, tally,
    tokens,
};
use crate::accept;
use crate::access::grants::{Grants, Permission, Realm};
use crate::access::origin::Cors;
use crate::access::subprotocol;
use crate::access::visitor::{self, Visitor};
use crate::call::{Call, Kind};
use crate::error::{Error, Result};
use crate::journal::Entry;
use crate::limit::TICKET_SECONDS;
use crate::name::{Name, RESERVED_PREFIX};
use crate::query::Query;
use crate::room::object::Object;
use crate::route::{BASE, Resource};
use crate::sse::EVENT_STREAM;
use crate::stream::command::Command;
use crate::stream::config::Config;
use crate::stream::{EventsView, PageRequest, Position, publish};
use futures_util::StreamExt;
use futures_util::future;
use js_sys::Reflect;
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{Context, Delay, Env, Request, Response, ResponseBody, WebsocketEvent, event};

/// The forms in which a stream can be read, the preferred one first: `curl -N`
/// and a browser's address bar take anything and mean the live stream.
const FORMS: [&str; 2] = [EVENT_STREAM, "application/json"];

#[event(start)]
fn start() {
    // A panic ends up in the log with its place, and not as "unreachable".
    console_error_panic_hook::set_once();
    // Our futures are woken by promises where there is no `queueMicrotask`. workerd's
    // wraps the function that it is given anew each time, which costs more than most of
    // what is woken.
    let name = "queueMicrotask".into();
    let _ = Reflect::set(&js_sys::global(), &name, &JsValue::UNDEFINED);
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
    let method = request.inner().method();
    let began = clock::now();
    let call = Resource::parse(&path).and_then(|found| found.call(&method));
    let mut entry = Entry::new(call.as_ref().ok());
    let answer = match call {
        Ok(call) => handle(call, &request, &env, &context, &cors, &mut entry.subject).await,
        Err(error) => Err(error),
    };
    let response = match answer {
        Ok(response) => response,
        Err(error) => {
            entry.fail(&error);
            refuse(&error, &request)?
        }
    };
    entry.status = response.status_code();
    entry.ms = clock::now().saturating_sub(began);
    chronicle::write(&entry, &request, &env);
    // A copy: the headers of what an object answered cannot be changed.
    let headers = response.headers().clone();
    reply::set_cors(&headers, &cors, origins.varies())?;
    Ok(response.with_headers(headers))
}

/// The answer to a request that is refused.
fn refuse(error: &Error, request: &Request) -> worker::Result<Response> {
    match error {
        // To whatever else `EventSource` would give up for good.
        Error::TooMany { retry_seconds, .. } if wants_events(request)? => {
            reply::come_back(*retry_seconds)
        }
        _ => reply::problem(error),
    }
}

/// Whether a request is that of an `EventSource`.
fn wants_events(request: &Request) -> Result<bool> {
    let accept = request.headers().get("Accept")?;
    let form = accept::choose_named(accept.as_deref(), &FORMS);
    let is_get = request.inner().method() == "GET";
    Ok(is_get && form == Some(EVENT_STREAM) && !is_upgrade(request)?)
}

async fn handle(
    call: Call,
    request: &Request,
    env: &Env,
    context: &Context,
    cors: &Cors,
    subject: &mut Option<String>,
) -> Result<Response> {
    match call {
        Call::Options(allow) => return Ok(reply::options(allow, cors)?),
        Call::Health => return health(env),
        _ => {}
    }
    if *cors == Cors::Foreign && call.kind() != Kind::Read {
        // The browser would only hide the answer from the page; the deed would be done.
        return Err(foreign());
    }
    let (visitor, token) = tokens::visitor(request, env).await?;
    *subject = visitor.subject().map(ToOwned::to_owned);
    flood::check(call.kind(), request, &visitor, env).await?;
    token?;
    visitor.check_ticket(call.opens())?;
    let stream = |name: Name, permission: Permission| {
        visitor.check(Realm::Streams, &name, permission)?;
        if name.is_reserved() && permission != Permission::Read {
            return Err(Error::Forbidden(format!(
                "Names that begin with {RESERVED_PREFIX} are the service's own."
            )));
        }
        StreamStub::new(env, name)
    };
    match call {
        Call::Ticket => ticket(request, &visitor, env).await,
        Call::Read(name) => {
            let stream = stream(name, Permission::Read)?;
            if is_upgrade(request)? {
                let position = position(request)?;
                let connect = stream.connect(position, visitor.until());
                upgrade(request, cors, connect).await
            } else {
                read(request, env, stream, visitor.until()).await
            }
        }
        Call::Events(name) => page(request, stream(name, Permission::Read)?).await,
        Call::Configure(name) => {
            let stream = stream(name, Permission::Manage)?;
            let config = Config::parse(&body::whole(request).await?)?;
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
            let entries = publish::parse(content_type.as_deref(), &body::whole(request).await?)?;
            stream.send(&Command::publish(entries)?).await
        }
        Call::Cancel(name) => {
            stream(name, Permission::Publish)?
                .send(&Command::Cancel)
                .await
        }
        Call::Digest(name) => {
            digest::run(request, stream(name, Permission::Publish)?, context).await
        }
        Call::Begin(kind, name) => {
            let stream = stream(name.clone(), Permission::Publish)?;
            job::begin(kind, &name, &body::whole(request).await?, &stream, env).await
        }
        Call::Stats(realm, name) => {
            visitor.check(realm, &name, realm.keeping())?;
            Stub::of(env, realm, name)?.send(tally::STATS).await
        }
        call @ (Call::Export(..) | Call::Import(..) | Call::Erase(..)) => {
            backup::handle(call, request, env, &visitor).await
        }
        call => rooms::handle(call, request, env, &visitor, cors).await,
    }
}

/// Whether the service can do anything for anybody.
fn health(env: &Env) -> Result<Response> {
    let is_open = settings::public_access(env)? != Grants::default();
    if !is_open && settings::secrets(env).is_empty() {
        return Err(Error::Unavailable(
            "This deployment is closed: its operator has set neither the secret TIDINGS_SECRET nor the var PUBLIC_ACCESS.".to_owned(),
        ));
    }
    let health = concat!(
        r#"{"status":"ok","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""}"#
    );
    Ok(reply::json_text(200, "application/json", health)?)
}

/// Gives out a ticket for the token that came with the request.
async fn ticket(request: &Request, visitor: &Visitor, env: &Env) -> Result<Response> {
    let Some(claims) = &visitor.claims else {
        return Err(visitor.no_token("A ticket is given for a token."));
    };
    let only = visitor::ticket_for(&body::whole(request).await?)?;
    if let Some((realm, name)) = &only {
        visitor.check(*realm, name, Permission::Read)?;
    }
    let signed = claims.ticket(
        only.as_ref().map(|(realm, name)| (*realm, name)),
        clock::now(),
    );
    let answer = Object::new()
        .text("ticket", &tokens::sign(&signed, env).await?)
        .number("expires_in", TICKET_SECONDS)
        .end();
    Ok(reply::json_text(200, "application/json", &answer)?)
}

/// Serves a stream, live or as JSON.
async fn read(
    request: &Request,
    env: &Env,
    stream: StreamStub,
    until: Option<u64>,
) -> Result<Response> {
    let accept = request.headers().get("Accept")?;
    let form = accept::choose(accept.as_deref(), &FORMS).ok_or(Error::NotAcceptable(
        "text/event-stream or application/json",
    ))?;
    if form != EVENT_STREAM {
        return stream.send(&Command::Snapshot).await;
    }
    let position = position(request)?;
    if request.inner().method() == "HEAD" {
        return Ok(reply::event_stream(ResponseBody::Empty)?);
    }
    let Some(socket) = stream.subscribe(position).await? else {
        return Ok(reply::no_content()?);
    };
    let signal = request.inner().signal();
    let body = bridge::open(
        socket,
        Some(stream),
        settings::sse(env),
        until,
        Some(&signal),
    )?;
    Ok(reply::event_stream(ResponseBody::Stream(body))?)
}

/// What a page of a site is told that is not allowed.
fn foreign() -> Error {
    Error::Forbidden(
        "Pages of this origin may not do this; the operator allows origins in ALLOWED_ORIGINS."
            .to_owned(),
    )
}

/// Whether a request wants to become a WebSocket.
pub(super) fn is_upgrade(request: &Request) -> Result<bool> {
    let upgrade = request.headers().get("Upgrade")?;
    Ok(upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket")))
}

/// Where a reader begins.
pub(super) fn position(request: &Request) -> Result<Position> {
    let url = request.inner().url();
    let query = Query::of_url(&url);
    let last_event_id = request.headers().get("Last-Event-ID")?;
    Position::from_request(last_event_id.as_deref(), |name| query.get(name))
}

/// Serves a WebSocket, which goes straight to the object that `connect` asks.
pub(super) async fn upgrade(
    request: &Request,
    cors: &Cors,
    connect: impl Future<Output = Result<Response>>,
) -> Result<Response> {
    if *cors == Cors::Foreign {
        return Err(foreign());
    }
    let offered = request.headers().get("Sec-WebSocket-Protocol")?;
    let subprotocol = subprotocol::choose(offered.as_deref())?;
    let response = connect.await?;
    let headers = response.headers().clone();
    if let Some(subprotocol) = subprotocol {
        headers.set("Sec-WebSocket-Protocol", subprotocol)?;
    }
    Ok(response.with_headers(headers))
}

/// Serves a page of events; where there is none yet, waits for one if asked to.
///
/// The wait is the Worker's, at a hibernating socket to the object: a hundred
/// clients that poll keep no object awake.
async fn page(request: &Request, stream: StreamStub) -> Result<Response> {
    let url = request.inner().url();
    let query = Query::of_url(&url);
    let PageRequest {
        after,
        limit,
        wait_ms,
    } = PageRequest::from_query(|name| query.get(name))?;
    let command = Command::Events { after, limit };
    let mut response = stream.send(&command).await?;
    if wait_ms == 0 || response.status_code() != 200 {
        return Ok(response);
    }
    let text = response.text().await?;
    let Some(cursor) = EventsView::waits_at(&text) else {
        return Ok(reply::json_text(200, "application/json", &text)?);
    };
    if let Some(socket) = stream.subscribe(Position::After(cursor)).await? {
        let mut events = socket.events()?;
        socket.accept()?;
        let timeout = Delay::from(Duration::from_millis(wait_ms));
        // Words between bridge and object are text. Events are not, and an end of
        // whatever kind is worth a look too.
        let word = |event: &worker::Result<WebsocketEvent>| matches!(event, Ok(WebsocketEvent::Message(message)) if message.text().is_some());
        let mut worth = pin!(
            events
                .by_ref()
                .skip_while(|event| future::ready(word(event)))
        );
        let _ = future::select(worth.next(), pin!(timeout)).await;
        let _ = socket.close(Some(1000), None::<&str>);
    }
    stream.send(&command).await
}
