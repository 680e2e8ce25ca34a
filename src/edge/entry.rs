//! Where every request enters: route, access, form, and on to the object.

use super::namespace::Namespace;
use super::reply::Response;
use super::request::Request;
use super::stub::Stub;
use super::{
    assets, backup, body, chronicle, clock, flood, loss, promise, reply, rooms, settings, streams,
    tally, tokens,
};
use crate::accept;
use crate::access::grants::{Grants, Permission};
use crate::access::origin::Cors;
use crate::access::subprotocol;
use crate::access::visitor::{self, Visitor};
use crate::call::{Call, Kind};
use crate::error::{Error, Result};
use crate::journal::Entry;
use crate::limit::TICKET_SECONDS;
use crate::room::object::Object;
use crate::route::{BASE, Resource};
use crate::sse::EVENT_STREAM;
use crate::stream::Position;
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use worker::{Env, event, worker_sys};

#[event(start)]
fn start() {
    loss::prepare();
    // Our futures are woken by promises where there is no `queueMicrotask`. workerd's
    // wraps the function that it is given anew each time, which costs more than most of
    // what is woken.
    let name = "queueMicrotask".into();
    let _ = Reflect::set(&js_sys::global(), &name, &JsValue::UNDEFINED);
}

/// Answers a request.
///
/// Exported by hand and not by worker's `#[event(fetch)]`, which makes of every request
/// and every response an object of its own.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "it is reached by the platform")]
pub fn fetch(request: web_sys::Request, env: Env, context: worker_sys::Context) -> Promise {
    promise::of_answer(Box::pin(async move {
        answer(&request.into(), &env, &context).await
    }))
}

async fn answer(request: &Request, env: &Env, context: &worker_sys::Context) -> Result<Response> {
    let path = request.path();
    if !path.starts_with(BASE) {
        return assets::fetch(request, env).await;
    }
    #[cfg(feature = "panic-route")]
    super::panic_route::pass("worker", request.raw().url().as_str());
    let service = settings::service(env);
    let cors = service.origins.decide(
        request.header("Origin")?.as_deref(),
        request.header("Host")?.as_deref(),
    );
    let method = request.method();
    let began = clock::now();
    let call = Resource::parse(path).and_then(|found| found.call(&method));
    let mut entry = Entry::new(call.as_ref().ok());
    let answer = match call {
        Ok(call) => handle(call, request, env, context, &cors, &mut entry.subject).await,
        Err(error) => Err(error),
    };
    let response = match answer {
        Ok(response) => response,
        Err(error) => {
            entry.fail(&error);
            refuse(&error, request)?
        }
    };
    entry.status = response.status();
    entry.ms = clock::now().saturating_sub(began);
    chronicle::write(&entry, request, env);
    reply::with_cors(response, &cors, service.origins.varies())
}

/// The answer to a request that is refused.
fn refuse(error: &Error, request: &Request) -> Result<Response> {
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
    let accept = request.header("Accept")?;
    let form = accept::choose_named(accept.as_deref(), &streams::FORMS);
    let is_get = request.method() == "GET";
    Ok(is_get && form == Some(EVENT_STREAM) && !request.is_upgrade()?)
}

async fn handle(
    call: Call,
    request: &Request,
    env: &Env,
    context: &worker_sys::Context,
    cors: &Cors,
    subject: &mut Option<String>,
) -> Result<Response> {
    match call {
        Call::Options(allow) => return reply::options(allow, cors),
        Call::Health => return health(env),
        _ => {}
    }
    if *cors == Cors::Foreign && (call.kind() != Kind::Read || request.is_upgrade()?) {
        // The browser would only hide the answer from the page; the deed would be done. And
        // to a WebSocket it lets any page talk: RFC 6455, section 10.2.
        return Err(Error::Forbidden(
            "Pages of this origin may not do this; the operator allows origins in ALLOWED_ORIGINS."
                .to_owned(),
        ));
    }
    let (visitor, token) = tokens::visitor(request, env).await?;
    *subject = visitor.subject().map(ToOwned::to_owned);
    flood::check(call.kind(), request, &visitor, env).await?;
    token?;
    visitor.check_ticket(call.opens())?;
    match call {
        Call::Ticket => ticket(request, &visitor, env).await,
        Call::Stats(realm, name) => {
            visitor.check(realm, &name, realm.keeping())?;
            Stub::of(env, realm, name)?.send(tally::STATS).await
        }
        call @ (Call::Export(..) | Call::Import(..) | Call::Erase(..)) => {
            backup::handle(call, request, env, &visitor).await
        }
        call => match call.stream() {
            Some((name, permission)) => {
                let stream = streams::reach(name, permission, &visitor, env)?;
                let pass = visitor.pass();
                streams::handle(&call, stream, request, env, context, pass).await
            }
            None => rooms::handle(call, request, env, &visitor).await,
        },
    }
}

/// Whether the service can do anything for anybody.
fn health(env: &Env) -> Result<Response> {
    let service = settings::service(env);
    let is_open = *service.public.clone()? != Grants::default();
    if !is_open && service.secrets.is_empty() {
        return Err(Error::Unavailable(
            "This deployment is closed: its operator has set neither the secret TIDINGS_SECRET nor the var PUBLIC_ACCESS.".to_owned(),
        ));
    }
    // One that the platform does not know would be found out by the first who comes.
    Namespace::of(env, "STREAMS")?;
    let health = concat!(
        r#"{"status":"ok","version":""#,
        env!("CARGO_PKG_VERSION"),
        r#""}"#
    );
    reply::json_text(200, "application/json", health)
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
    let left = claims.until.saturating_sub(clock::now()) / 1_000;
    let answer = Object::new()
        .text("ticket", &tokens::sign(&signed, env).await?)
        .number("expires_in", TICKET_SECONDS.min(left))
        .end();
    reply::json_text(200, "application/json", &answer)
}

/// Where a reader begins.
pub(super) fn position(request: &Request) -> Result<Position> {
    let query = request.query();
    let last_event_id = request.header("Last-Event-ID")?;
    Position::from_request(last_event_id.as_deref(), |name| query.get(name))
}

/// Serves a WebSocket, which goes straight to the object that `connect` asks.
pub(super) async fn upgrade(
    request: &Request,
    connect: impl Future<Output = Result<Response>>,
) -> Result<Response> {
    let offered = request.header("Sec-WebSocket-Protocol")?;
    let subprotocol = subprotocol::choose(offered.as_deref())?;
    let response = connect.await?;
    let Some(subprotocol) = subprotocol else {
        return Ok(response);
    };
    let response = reply::changeable(&response)?;
    reply::set(&response, "Sec-WebSocket-Protocol", subprotocol)?;
    Ok(response)
}
