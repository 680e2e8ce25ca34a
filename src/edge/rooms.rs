//! What the stateless Worker does for rooms: it finds out who asks and in which
//! form, and hands the connection to the room's object.

use super::reply::Response;
use super::request::Request;
use super::stub::Stub;
use super::{bindings, body, bridge, clock, entry, js_error, reply, settings};
use crate::accept;
use crate::access::grants::{Permission, Realm};
use crate::access::visitor::Visitor;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::limit::BAN_SECONDS;
use crate::name::{Name, RESERVED_PREFIX};
use crate::room::PageRequest;
use crate::room::anonymous::Anonymous;
use crate::room::command::{Command, Opening};
use crate::room::config::Config;
use crate::room::post::Post;
use crate::room::seat::Identity;
use crate::sse::EVENT_STREAM;
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

/// The forms in which a room can be read without being in it.
const FORMS: [&str; 2] = [EVENT_STREAM, "application/json"];

/// Answers a call that is about a room.
pub(super) async fn handle(
    call: Call,
    request: &Request,
    env: &Env,
    visitor: &Visitor,
) -> Result<Response> {
    let room = |name: Name, permission: Permission| {
        check_name(&name)?;
        visitor.check(Realm::Rooms, &name, permission)?;
        Stub::of(env, Realm::Rooms, name)
    };
    let command = match &call {
        Call::Enter(name) => return enter(name, request, env, visitor).await,
        Call::ConfigureRoom(_) => Command::Configure {
            config: Config::parse(&body::whole(request).await?)?,
        },
        Call::Messages(_) => {
            let query = request.query();
            Command::Page {
                reader: visitor.subject().map(ToOwned::to_owned),
                request: PageRequest::from_query(|name| query.get(name))?,
            }
        }
        Call::Post(name) => {
            visitor.check(Realm::Rooms, name, Permission::Write)?;
            post(name, request, visitor).await?
        }
        Call::Kick(_, id) => kick(id, request)?,
        _ => Command::Delete,
    };
    let (name, permission) = match call {
        Call::Messages(name) => (name, Permission::Read),
        Call::Post(name) => (name, Permission::Write),
        Call::ConfigureRoom(name) | Call::CloseRoom(name) | Call::Kick(name, _) => {
            (name, Permission::Moderate)
        }
        _ => return Err(Error::Internal("a call that is not about rooms".to_owned())),
    };
    room(name, permission)?.send(&command.to_json()?).await
}

/// Refuses the names that the service keeps for itself, as it does for streams.
pub(super) fn check_name(name: &Name) -> Result<()> {
    if name.is_reserved() {
        return Err(Error::Forbidden(format!(
            "Names that begin with {RESERVED_PREFIX} are the service's own."
        )));
    }
    Ok(())
}

/// Joins a room, watches it, or describes it.
async fn enter(name: &Name, request: &Request, env: &Env, visitor: &Visitor) -> Result<Response> {
    check_name(name)?;
    visitor.check(Realm::Rooms, name, Permission::Read)?;
    let room = Stub::of(env, Realm::Rooms, name.clone())?;
    if request.is_upgrade()? {
        let who = who(name, request, visitor).await?;
        let position = entry::position(request)?;
        let opening = Opening::Member { who, position }.to_json()?;
        return entry::upgrade(request, room.open(&opening)).await;
    }
    let accept = request.header("Accept")?;
    match accept::choose_named(accept.as_deref(), &FORMS) {
        Some(EVENT_STREAM) => watch(request, env, room, visitor).await,
        Some(_) => {
            // Who was refused asks like this for the reason, and it may be who they say they are.
            let query = request.query();
            if query.get("key").is_some() {
                Anonymous::from_query(|name| query.get(name))?;
                visitor.member(name, query.get("name"))?;
            }
            entry::position(request)?;
            room.send(&Command::Info.to_json()?).await
        }
        None => Err(Error::UpgradeRequired(
            "A room is joined over a WebSocket. It can be watched as text/event-stream, and described as application/json.",
        )),
    }
}

async fn watch(request: &Request, env: &Env, room: Stub, visitor: &Visitor) -> Result<Response> {
    let position = entry::position(request)?;
    if request.method() == "HEAD" {
        return reply::event_stream(None);
    }
    let watcher = visitor.subject().map(ToOwned::to_owned);
    let opening = Opening::Watcher { watcher, position }.to_json()?;
    let Some(socket) = room.socket(&opening).await? else {
        return reply::no_content();
    };
    let signal = request.raw().signal();
    let body = bridge::open(
        socket,
        None,
        settings::service(env).sse,
        visitor.pass(),
        Some(&signal),
    )?;
    reply::event_stream(Some(&body))
}

/// Who joins: as their token says, or as they say.
async fn who(room: &Name, request: &Request, visitor: &Visitor) -> Result<Identity> {
    let query = request.query();
    let anonymous = Anonymous::from_query(|name| query.get(name))?;
    if let Some(member) = visitor.member(room, query.get("name"))? {
        return Ok(member);
    }
    let digest = match anonymous.secret(room) {
        Some(secret) => Some(sha256(&secret).await?),
        None => None,
    };
    let address = request.header("CF-Connecting-IP")?.unwrap_or_default();
    let role = visitor.role(room);
    Ok(anonymous.identity(role, digest.as_deref(), clock::random_u64(), &address))
}

async fn sha256(text: &str) -> Result<Vec<u8>> {
    let bytes = Uint8Array::from(text.as_bytes());
    let digest = JsFuture::from(bindings::subtle_digest("SHA-256", &bytes)).await;
    Ok(Uint8Array::new(&digest.map_err(|e| js_error(&e))?).to_vec())
}

/// Reads a message of a server, and checks it before the room is woken.
async fn post(room: &Name, request: &Request, visitor: &Visitor) -> Result<Command> {
    let content_type = request.header("Content-Type")?;
    let post = Post::parse(content_type.as_deref(), &body::whole(request).await?)?;
    let who = visitor.author(room, post.name.as_deref())?;
    let body = post.json;
    Ok(Command::Post { who, body })
}

fn kick(id: &str, request: &Request) -> Result<Command> {
    let seconds = request.query().get("ban_seconds").map(|text| {
        let seconds: Option<u64> = text.parse().ok();
        let seconds = seconds.filter(|seconds| (1..=BAN_SECONDS).contains(seconds));
        seconds.ok_or_else(|| Error::BadRequest(format!("`ban_seconds` is 1 to {BAN_SECONDS}.")))
    });
    Ok(Command::Kick {
        id: id.to_owned(),
        ban_ms: seconds
            .transpose()?
            .map(|seconds| seconds.saturating_mul(1_000)),
    })
}
