//! Flood control, in front of the objects: so many of each kind of request from whom
//! a token was given to, or from an address.
//!
//! Cloudflare counts, near the client and without asking anybody:
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>. How
//! many is said in `wrangler.toml`; without a binding there is no limit.

use super::bindings::RateLimit;
use super::js_error;
use super::request::Request;
use crate::access::address;
use crate::access::visitor::Visitor;
use crate::call::Kind;
use crate::error::{Error, Result};
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

/// Counts a request, and refuses it where there were too many: 429.
pub(super) async fn check(
    kind: Kind,
    request: &Request,
    visitor: &Visitor,
    env: &Env,
) -> Result<()> {
    let Some((binding, what, retry_seconds)) = limit_of(kind) else {
        return Ok(());
    };
    let limit = Reflect::get(env, &binding.into()).unwrap_or_default();
    if limit.is_undefined() {
        return Ok(());
    }
    let address = request.header("CF-Connecting-IP")?;
    let Some(address) = address::counted(address.as_deref()) else {
        return Ok(());
    };
    // Many share an address, and a backend speaks for all its users from one.
    let key = match visitor.subject() {
        Some(subject) => format!("sub {subject}"),
        None => format!("at {address}"),
    };
    match count(limit.unchecked_ref(), &key).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::TooMany {
            what,
            retry_seconds,
        }),
        Err(error) => {
            // Who counts being out of order is no reason to stop.
            worker::console_error!("a request was not counted: {error}");
            Ok(())
        }
    }
}

/// The binding for a kind of request, what it counts, and its period in seconds.
const fn limit_of(kind: Kind) -> Option<(&'static str, &'static str, u32)> {
    match kind {
        Kind::Read => Some(("RATE_CONNECTS", "requests", 60)),
        Kind::Write => Some(("RATE_WRITES", "requests that change something", 10)),
        Kind::Ticket => Some(("RATE_TICKETS", "requests for a ticket", 60)),
        Kind::Free => None,
    }
}

async fn count(limit: &RateLimit, key: &str) -> Result<bool> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into()).map_err(|e| js_error(&e))?;
    let promise = limit.limit(&options).map_err(|e| js_error(&e))?;
    let outcome = JsFuture::from(promise).await.map_err(|e| js_error(&e))?;
    let success = Reflect::get(&outcome, &JsValue::from_str("success"));
    Ok(success.map_err(|e| js_error(&e))?.is_truthy())
}
