//! Responses.

use super::clock;
use crate::access::origin::{ALLOWED_HEADERS, Cors, EXPOSED_HEADERS, PREFLIGHT_SECONDS};
use crate::error::{Error, PROBLEM_JSON};
use crate::sse::{EVENT_STREAM, event};
use serde::Serialize;
use worker::{Headers, Response, ResponseBody, Result};

/// A JSON document. Nothing of the service may be cached: it changes all the time.
pub(super) fn json<T: Serialize>(status: u16, value: &T) -> Result<Response> {
    json_text(status, "application/json", &serde_json::to_string(value)?)
}

pub(super) fn json_text(status: u16, media_type: &str, text: &str) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", media_type)?;
    headers.set("Cache-Control", "no-store")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    let response = Response::ok(text)?;
    Ok(response.with_status(status).with_headers(headers))
}

/// An error as `application/problem+json`. A fault of ours is also logged.
pub(super) fn problem(error: &Error) -> Result<Response> {
    if let Error::Internal(what) = error {
        worker::console_error!("{what}");
    }
    let response = json_text(error.status(), PROBLEM_JSON, &error.to_json())?;
    if let Some(allow) = error.allow() {
        response.headers().set("Allow", allow)?;
    }
    let (name, value) = match error {
        Error::UpgradeRequired(_) => ("Upgrade", "websocket"),
        // RFC 6750, 3.
        Error::TokenMissing(_) => ("WWW-Authenticate", "Bearer"),
        Error::TokenInvalid(_) => ("WWW-Authenticate", "Bearer error=\"invalid_token\""),
        Error::TooMany { retry_seconds, .. } => ("Retry-After", &*retry_seconds.to_string()),
        _ => return Ok(response),
    };
    response.headers().set(name, value)?;
    Ok(response)
}

/// No content: 204 also is what ends an `EventSource` for good.
pub(super) fn no_content() -> Result<Response> {
    let response = Response::empty()?.with_status(204);
    response.headers().set("Cache-Control", "no-store")?;
    Ok(response)
}

/// An event stream.
///
/// `no-transform` and `X-Accel-Buffering` ask proxies (nginx and its kin) not to
/// compress and not to buffer: either would hold events back.
pub(super) fn event_stream(body: ResponseBody) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Content-Type", EVENT_STREAM)?;
    headers.set("Cache-Control", "no-store, no-transform")?;
    headers.set("X-Accel-Buffering", "no")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    Ok(Response::from_body(body)?.with_headers(headers))
}

/// Instead of a 429, for `EventSource`: an event stream that ends at once and says when
/// to come back. Whoever was refused together is not to come back together.
pub(super) fn come_back(seconds: u32) -> Result<Response> {
    let ms = f64::from(seconds) * 1_000.0 * (1.0 + clock::random());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few minutes in milliseconds"
    )]
    let text = event::come_back(ms as u64);
    event_stream(ResponseBody::Body(text.into_bytes()))
}

/// The answer to `OPTIONS`: the methods, and for a page of another site what it may send.
pub(super) fn options(allow: &str, cors: &Cors) -> Result<Response> {
    let response = no_content()?;
    let headers = response.headers();
    headers.set("Allow", allow)?;
    if matches!(cors, Cors::Allowed(_) | Cors::Any) {
        headers.set("Access-Control-Allow-Methods", allow)?;
        headers.set("Access-Control-Allow-Headers", ALLOWED_HEADERS)?;
        headers.set("Access-Control-Max-Age", &PREFLIGHT_SECONDS.to_string())?;
    }
    Ok(response)
}

/// Adds what lets a page of another site read the response.
pub(super) fn set_cors(headers: &Headers, cors: &Cors, varies: bool) -> Result<()> {
    match cors {
        Cors::SameOrigin | Cors::Foreign => {}
        Cors::Any => headers.set("Access-Control-Allow-Origin", "*")?,
        Cors::Allowed(origin) => {
            headers.set("Access-Control-Allow-Origin", origin)?;
            headers.set("Access-Control-Allow-Credentials", "true")?;
        }
    }
    if matches!(cors, Cors::Allowed(_) | Cors::Any) {
        headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS)?;
    }
    if varies {
        headers.append("Vary", "Origin")?;
    }
    Ok(())
}
