//! Requests from one part of the service to another, which no network sees.
//!
//! Made without `worker::RequestInit`: that brings along all that Cloudflare lets
//! one say about a request to the outside, 20 KB of code.

use super::js_error;
use crate::error::Result;
use wasm_bindgen::JsValue;
use web_sys::RequestInit;
use worker::Request;

/// A request with a text as its body.
pub(super) fn post(url: &str, body: &str) -> Result<Request> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    request(url, &init)
}

/// A request to open a WebSocket.
pub(super) fn upgrade(url: &str) -> Result<Request> {
    let headers = web_sys::Headers::new().map_err(|e| js_error(&e))?;
    headers
        .set("Upgrade", "websocket")
        .map_err(|e| js_error(&e))?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    request(url, &init)
}

fn request(url: &str, init: &RequestInit) -> Result<Request> {
    let request = web_sys::Request::new_with_str_and_init(url, init);
    Ok(request.map_err(|e| js_error(&e))?.into())
}
