//! What the stateless Worker does for backups, and for erasing what a member said.

use super::reply::Response;
use super::request::Request;
use super::stub::Stub;
use super::{body, clock, reply, rooms};
use crate::access::grants::Realm;
use crate::access::visitor::Visitor;
use crate::backup::{Ask, Page};
use crate::call::Call;
use crate::cursor::After;
use crate::error::{Error, Result};
use crate::limit::IMPORT_BYTES;
use crate::room::Erased;
use crate::room::object::Object;
use worker::Env;

/// Answers a call that exports, imports or erases.
pub(super) async fn handle(
    call: Call,
    request: &Request,
    env: &Env,
    visitor: &Visitor,
) -> Result<Response> {
    let (realm, name) = match &call {
        Call::Export(realm, name) | Call::Import(realm, name) => (*realm, name),
        Call::Erase(name, _) => (Realm::Rooms, name),
        _ => return Err(Error::Internal("a call that is no backup".to_owned())),
    };
    visitor.check(realm, name, realm.keeping())?;
    rooms::check_name(name)?;
    let object = Stub::of(env, realm, name.clone())?;
    let mut ask = match &call {
        Call::Import(..) => {
            let content_type = request.header("Content-Type")?;
            let body = body::up_to(IMPORT_BYTES, request).await?;
            let lines = std::str::from_utf8(&body)
                .map_err(|_| Error::bad_request("The body is not valid UTF-8."))?;
            Page::parse(realm, content_type.as_deref(), lines, clock::now())?;
            Ask::Import(lines).to_string()
        }
        Call::Erase(_, id) => Ask::Erase { id, from: 0 }.to_string(),
        _ => {
            let query = request.query();
            let after = query.get("after").map_or(After::Start, After::parse);
            let name = name.as_str();
            Ask::Export { name, after }.to_string()
        }
    };
    let mut sum = 0_u64;
    loop {
        let answer = object.ask(&ask).await?;
        let Call::Erase(_, id) = &call else {
            return reply::answered(&answer);
        };
        // Slice by slice: each is a request of its own, so that the room has time for
        // its members in between.
        let erased = Erased::parse(answer.ok()?)?;
        sum = sum.saturating_add(erased.messages);
        let Some(from) = erased.next else {
            let body = Object::new().number("erased", sum).end();
            return reply::json_text(200, "application/json", &body);
        };
        ask = Ask::Erase { id, from }.to_string();
    }
}
