//! The body of a request, read into memory of our own choosing.
//!
//! The platform fills a buffer that it is given, so that how much is read at once
//! does not depend on how it happens to arrive.

use super::bindings::ByobResult;
use super::js_error;
use super::request::Request;
use crate::error::{Error, Result};
use crate::limit::BATCH_BYTES;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamByobReader;

/// How much of a small body is read at once, in bytes.
const BUFFER_BYTES: u32 = 64 * 1024;

/// Fills a buffer; [`filled`] tells with how much.
pub(super) fn read(reader: &ReadableStreamByobReader, into: &Uint8Array) -> JsFuture {
    JsFuture::from(reader.read_with_array_buffer_view(into))
}

/// What was read; `None` at the end of the body.
pub(super) fn filled(result: JsValue) -> Option<Uint8Array> {
    let result: ByobResult = result.unchecked_into();
    if result.done() { None } else { result.value() }
}

/// The whole body, which is refused as soon as it is known to be too large.
pub(super) async fn whole(request: &Request) -> Result<Vec<u8>> {
    up_to(BATCH_BYTES, request).await
}

/// The whole body, of so many bytes at the most.
pub(super) async fn up_to(limit: usize, request: &Request) -> Result<Vec<u8>> {
    let too_large = || Error::TooLarge {
        what: "a request in bytes",
        limit,
    };
    let length = request.header("Content-Length")?;
    // Not a `usize`, which has 32 bits here: 5 GB would pass for a length that is not said.
    let length: Option<u64> = length.and_then(|length| length.parse().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    let Some(stream) = request.raw().body() else {
        return Ok(body);
    };
    let cut = |_| Error::bad_request("The body did not arrive whole.");
    if length.is_some() {
        // So much and no more comes: the platform reads it in one go.
        let whole = request.raw().array_buffer().map_err(cut)?;
        let whole = Uint8Array::new(&JsFuture::from(whole).await.map_err(cut)?);
        // Should a client have got another length past the platform, its body is refused
        // before it is copied.
        return if usize::try_from(whole.length()).is_ok_and(|length| length <= limit) {
            Ok(whole.to_vec())
        } else {
            Err(too_large())
        };
    }
    let reader = ReadableStreamByobReader::new(&stream).map_err(|error| js_error(&error))?;
    let mut view = Uint8Array::new_with_length(BUFFER_BYTES);
    loop {
        let result = read(&reader, &view).await;
        let result = result.map_err(cut)?;
        let Some(part) = filled(result) else {
            return Ok(body);
        };
        let end = body.len();
        let length = usize::try_from(part.length()).unwrap_or(usize::MAX);
        if end.saturating_add(length) > limit {
            return Err(too_large());
        }
        body.resize(end.saturating_add(length), 0);
        if let Some(rest) = body.get_mut(end..) {
            part.copy_to(rest);
        }
        view = Uint8Array::new(&part.buffer());
    }
}
