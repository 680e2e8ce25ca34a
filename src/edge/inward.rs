//! Requests from one part of the service to another, which no network sees.
//!
//! Made without `worker::Request`: an address and what is said about it are all that an
//! object is asked with. `worker` would read from each what Cloudflare says of a request
//! from outside, and `worker::RequestInit` all that one may say to the outside, 20 KB of
//! code.

use super::js_error;
use crate::error::Result;
use wasm_bindgen::JsValue;
use web_sys::RequestInit;

/// A request to an object.
pub(super) struct Inward {
    /// Only the path and the query are ours; the host is a form that the platform wants
    /// filled in.
    pub(super) url: String,
    /// What else is said.
    pub(super) init: RequestInit,
}

/// A request with a text as its body.
pub(super) fn post(url: &str, body: &str) -> Inward {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let url = url.to_owned();
    Inward { url, init }
}

/// A request to open a WebSocket.
pub(super) fn upgrade(url: String) -> Result<Inward> {
    let headers = web_sys::Headers::new().map_err(|e| js_error(&e))?;
    headers
        .set("Upgrade", "websocket")
        .map_err(|e| js_error(&e))?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    Ok(Inward { url, init })
}
