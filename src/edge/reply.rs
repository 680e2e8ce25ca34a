//! Responses.

use super::{clock, js_error, promise};
use crate::access::origin::{ALLOWED_HEADERS, Cors, EXPOSED_HEADERS, PREFLIGHT_SECONDS};
use crate::answer::Answer;
use crate::error::{Error, PROBLEM_JSON, Result};
use crate::sse::{EVENT_STREAM, event};
use serde::Serialize;
use wasm_bindgen::JsCast;
use web_sys::{Headers, ReadableStream, ResponseInit, WebSocket};
use worker::worker_sys::ext::ResponseInitExt;

/// What a request is answered with.
pub(super) use web_sys::Response;

/// Nothing of the service may be cached: it changes all the time.
const NO_STORE: (&str, &str) = ("Cache-Control", "no-store");
const NO_SNIFF: (&str, &str) = ("X-Content-Type-Options", "nosniff");

/// The whole body of an answer, as text.
pub(super) async fn text(response: &Response) -> Result<String> {
    promise::text(response.text()).await
}

fn init(status: u16, headers: &[(&str, &str)]) -> Result<ResponseInit> {
    let init = ResponseInit::new();
    if status != 200 {
        init.set_status(status);
    }
    let fields = Headers::new().map_err(|e| js_error(&e))?;
    for (name, value) in headers {
        fields.set(name, value).map_err(|e| js_error(&e))?;
    }
    init.set_headers(&fields);
    Ok(init)
}

/// A value as JSON.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::Internal(format!("an answer did not serialise: {error}")))
}

/// A document.
pub(super) fn json_text(status: u16, media_type: &str, text: &str) -> Result<Response> {
    let init = init(status, &[("Content-Type", media_type), NO_STORE, NO_SNIFF])?;
    Response::new_with_opt_str_and_init(Some(text), &init).map_err(|e| js_error(&e))
}

/// Sets a header of a response that was made here.
pub(super) fn set(response: &Response, name: &str, value: &str) -> Result<()> {
    response
        .headers()
        .set(name, value)
        .map_err(|e| js_error(&e))
}

/// What an object has answered.
pub(super) fn answered(answer: &Answer) -> Result<Response> {
    if answer.status() == 204 {
        return no_content();
    }
    let response = json_text(answer.status(), answer.media_type(), answer.body())?;
    if !answer.link().is_empty() {
        set(&response, "Link", answer.link())?;
    }
    Ok(response)
}

/// Logs a fault of ours.
pub(super) fn log(error: &Error) {
    if let Error::Internal(what) = error {
        worker::console_error!("{what}");
    }
}

/// An error as `application/problem+json`. A fault of ours is also logged.
pub(super) fn problem(error: &Error) -> Result<Response> {
    log(error);
    let response = json_text(error.status(), PROBLEM_JSON, &error.to_json())?;
    if let Some(allow) = error.allow() {
        set(&response, "Allow", allow)?;
    }
    let (name, value) = match error {
        Error::UpgradeRequired(_) => ("Upgrade", "websocket"),
        // RFC 6750, 3.
        Error::TokenMissing(_) => ("WWW-Authenticate", "Bearer"),
        Error::TokenInvalid(_) => ("WWW-Authenticate", "Bearer error=\"invalid_token\""),
        Error::TooMany { retry_seconds, .. } => ("Retry-After", &*retry_seconds.to_string()),
        _ => return Ok(response),
    };
    set(&response, name, value)?;
    Ok(response)
}

/// No content: 204 also is what ends an `EventSource` for good.
pub(super) fn no_content() -> Result<Response> {
    let init = init(204, &[NO_STORE])?;
    Response::new_with_opt_str_and_init(None, &init).map_err(|e| js_error(&e))
}

/// An event stream; without a body for a request that wants only the head.
///
/// `no-transform` and `X-Accel-Buffering` ask proxies (nginx and its kin) not to
/// compress and not to buffer: either would hold events back.
pub(super) fn event_stream(body: Option<&ReadableStream>) -> Result<Response> {
    Response::new_with_opt_readable_stream_and_init(body, &event_stream_init()?)
        .map_err(|e| js_error(&e))
}

fn event_stream_init() -> Result<ResponseInit> {
    init(
        200,
        &[
            ("Content-Type", EVENT_STREAM),
            ("Cache-Control", "no-store, no-transform"),
            ("X-Accel-Buffering", "no"),
            NO_SNIFF,
        ],
    )
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
    Response::new_with_opt_str_and_init(Some(&text), &event_stream_init()?)
        .map_err(|e| js_error(&e))
}

/// The answer to an upgrade: the client's end of a pair.
pub(super) fn websocket(client: &worker::WebSocket) -> Result<Response> {
    let mut init = ResponseInit::new();
    init.set_status(101);
    init.websocket(client.as_ref()).map_err(|e| js_error(&e))?;
    Response::new_with_opt_str_and_init(None, &init).map_err(|e| js_error(&e))
}

/// The socket that came with an answer.
pub(super) fn socket_of(response: &Response) -> Result<worker::WebSocket> {
    let socket = js_sys::Reflect::get(response, &"webSocket".into()).map_err(|e| js_error(&e))?;
    let socket: WebSocket = socket
        .dyn_into()
        .map_err(|_| Error::Internal("an upgrade without a socket".to_owned()))?;
    Ok(socket.into())
}

/// The answer to `OPTIONS`: the methods, and for a page of another site what it may send.
pub(super) fn options(allow: &str, cors: &Cors) -> Result<Response> {
    let response = no_content()?;
    set(&response, "Allow", allow)?;
    if matches!(cors, Cors::Allowed(_) | Cors::Any) {
        set(&response, "Access-Control-Allow-Methods", allow)?;
        set(&response, "Access-Control-Allow-Headers", ALLOWED_HEADERS)?;
        let seconds = PREFLIGHT_SECONDS.to_string();
        set(&response, "Access-Control-Max-Age", &seconds)?;
    }
    Ok(response)
}

/// A copy whose headers can be changed, which those of an object's answer cannot.
pub(super) fn changeable(response: &Response) -> Result<Response> {
    // A response has every member of a `ResponseInit`, the socket among them.
    Response::new_with_opt_readable_stream_and_init(
        response.body().as_ref(),
        response.unchecked_ref(),
    )
    .map_err(|e| js_error(&e))
}

/// Adds what lets a page of another site read the response; as it is where there is
/// nothing to add.
pub(super) fn with_cors(response: Response, cors: &Cors, varies: bool) -> Result<Response> {
    let is_readable = matches!(cors, Cors::Allowed(_) | Cors::Any);
    if !is_readable && !varies {
        return Ok(response);
    }
    let response = changeable(&response)?;
    match cors {
        Cors::SameOrigin | Cors::Foreign => {}
        Cors::Any => set(&response, "Access-Control-Allow-Origin", "*")?,
        Cors::Allowed(origin) => {
            set(&response, "Access-Control-Allow-Origin", origin)?;
            set(&response, "Access-Control-Allow-Credentials", "true")?;
        }
    }
    if is_readable {
        set(&response, "Access-Control-Expose-Headers", EXPOSED_HEADERS)?;
    }
    if varies {
        let headers = response.headers();
        headers.append("Vary", "Origin").map_err(|e| js_error(&e))?;
    }
    Ok(response)
}
