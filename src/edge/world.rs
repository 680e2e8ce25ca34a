//! What a job can do to the world, with the platform's means.

use super::{bindings, js_error};
use crate::job::{Method, World};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// Who asks, for the servers that are asked.
const USER_AGENT: &str = "tidings";

/// The platform.
pub(super) struct Platform;

impl World for Platform {
    async fn status(&self, method: Method, url: &str, timeout_ms: u32) -> Result<u16, String> {
        let signal = AbortSignal::timeout_with_u32(timeout_ms);
        let init = request(method, &signal).map_err(|e| js_error(&e).to_string())?;
        let response: Response = JsFuture::from(bindings::fetch(url, &init))
            .await
            .map_err(|error| sentence(&error, &signal, timeout_ms))?
            .unchecked_into();
        if let Some(body) = response.body() {
            // Or the connection would stay open, and a Worker has only six.
            let _ = JsFuture::from(body.cancel()).await;
        }
        Ok(response.status())
    }
}

fn request(method: Method, signal: &AbortSignal) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    headers.set("User-Agent", USER_AGENT)?;
    let init = RequestInit::new();
    init.set_method(method.as_str());
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    Ok(init)
}

/// Why there is no answer, for people.
fn sentence(error: &JsValue, signal: &AbortSignal, timeout_ms: u32) -> String {
    if signal.aborted() {
        return format!("No answer within {} seconds.", timeout_ms / 1_000);
    }
    let message = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    match message.map(String::from) {
        // "internal error; reference = …" is how the platform says that a name
        // does not resolve or that nobody listens.
        Some(message) if !message.starts_with("internal error") => message,
        _ => "The server cannot be reached.".to_owned(),
    }
}
