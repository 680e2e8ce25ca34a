//! What the platform has and the `worker` crate does not bind.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A `WritableStream` that hashes what is written to it, natively:
    /// <https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#constructors>
    #[wasm_bindgen(extends = web_sys::WritableStream, js_namespace = crypto)]
    pub(super) type DigestStream;

    /// `algorithm` as in WebCrypto: `SHA-256`.
    #[wasm_bindgen(constructor, js_namespace = crypto, catch)]
    pub(super) fn new(algorithm: &str) -> Result<DigestStream, JsValue>;

    /// An `ArrayBuffer`, once the stream is closed.
    #[wasm_bindgen(method, getter)]
    pub(super) fn digest(this: &DigestStream) -> Promise;

    /// What `ReadableStreamBYOBReader.read` resolves to.
    pub(super) type ByobResult;

    #[wasm_bindgen(method, getter)]
    pub(super) fn done(this: &ByobResult) -> bool;

    /// The view that was passed, on the same memory, as long as what was read;
    /// `undefined` where the stream was cancelled.
    #[wasm_bindgen(method, getter)]
    pub(super) fn value(this: &ByobResult) -> Option<Uint8Array>;

    /// A queue that is measured in bytes:
    /// <https://streams.spec.whatwg.org/#blqs-class>
    pub(super) type ByteLengthQueuingStrategy;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(options: &js_sys::Object) -> ByteLengthQueuingStrategy;

    /// What is written to `writable` comes out of `readable`, and the platform connects
    /// either end with others of its own without asking us for each chunk:
    /// <https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/>
    pub(super) type IdentityTransformStream;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(options: &js_sys::Object) -> IdentityTransformStream;

    #[wasm_bindgen(method, getter)]
    pub(super) fn readable(this: &IdentityTransformStream) -> web_sys::ReadableStream;

    #[wasm_bindgen(method, getter)]
    pub(super) fn writable(this: &IdentityTransformStream) -> web_sys::WritableStream;

    /// What fills a body.
    pub(super) type Controller;

    /// How much more may wait, in bytes; nothing where it has failed. No `Option`, which is
    /// not returned but written to memory.
    #[wasm_bindgen(method, getter, js_name = desiredSize)]
    pub(super) fn desired_size(this: &Controller) -> f64;

    /// A body that can be carried to another place.
    pub(super) type Source;

    /// A promise of nothing; `options` are the standard's.
    #[wasm_bindgen(method, js_name = pipeTo)]
    pub(super) fn pipe_to(
        this: &Source,
        destination: &web_sys::WritableStream,
        options: &js_sys::Object,
    ) -> Promise;

    /// The global one: our own module exports a `fetch` too.
    #[wasm_bindgen(js_namespace = globalThis)]
    pub(super) fn fetch(url: &str, init: &web_sys::RequestInit) -> Promise;

    /// `WebSocket` of workerd: unlike the standard's, what it sends may be any value
    /// that is a string or bytes, so that one value serves all sockets.
    pub(super) type AnySocket;

    #[wasm_bindgen(method, catch)]
    pub(super) fn send(this: &AnySocket, data: &JsValue) -> Result<(), JsValue>;

    /// How much waits to be sent, in bytes; NaN on runtimes that do not count. No `Option`,
    /// which is not returned but written to memory.
    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    pub(super) fn buffered_amount(this: &AnySocket) -> f64;

    /// A Durable Object's state, for what `worker` does not bind of it.
    pub(super) type AnyState;

    /// When the platform last answered this socket's `ping` by itself: a `Date`, or
    /// null where it never did.
    #[wasm_bindgen(method, js_name = getWebSocketAutoResponseTimestamp)]
    pub(super) fn auto_response_timestamp(
        this: &AnyState,
        socket: &web_sys::WebSocket,
    ) -> Option<js_sys::Date>;

    /// WebCrypto's digest: a promise of an `ArrayBuffer`.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest)]
    pub(super) fn subtle_digest(algorithm: &str, data: &Uint8Array) -> Promise;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(handler: &js_sys::Function, ms: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(id: &JsValue);

    /// `usages` as in WebCrypto: `["sign"]` or `["verify"]`. A promise of a key.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey)]
    pub(super) fn import_key(
        format: &str,
        data: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &js_sys::Array,
    ) -> Promise;

    /// Whether a signature is right, compared in constant time: a promise of a boolean.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify)]
    pub(super) fn verify(
        algorithm: &str,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Promise;

    /// A signature: a promise of an `ArrayBuffer`.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = sign)]
    pub(super) fn sign(algorithm: &str, key: &JsValue, data: &Uint8Array) -> Promise;

    /// A binding to the objects of a class, for what `worker` does not bind of it.
    pub(super) type AnyNamespace;

    /// Those of them that are in a jurisdiction.
    #[wasm_bindgen(method, catch)]
    pub(super) fn jurisdiction(this: &AnyNamespace, name: &str) -> Result<AnyNamespace, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    pub(super) fn get_by_name(
        this: &AnyNamespace,
        name: &str,
        options: &JsValue,
    ) -> Result<AnyStub, JsValue>;

    #[wasm_bindgen(method, catch, js_name = newUniqueId)]
    pub(super) fn new_unique_id(this: &AnyNamespace) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(
        this: &AnyNamespace,
        id: &JsValue,
        options: &JsValue,
    ) -> Result<AnyStub, JsValue>;

    /// What an object is asked through.
    pub(super) type AnyStub;

    /// Our objects' method: a promise of a text.
    #[wasm_bindgen(method, catch)]
    pub(super) fn ask(this: &AnyStub, command: &str) -> Result<Promise, JsValue>;

    /// A promise of a `Response`.
    #[wasm_bindgen(method, catch)]
    pub(super) fn fetch(
        this: &AnyStub,
        url: &str,
        init: &web_sys::RequestInit,
    ) -> Result<Promise, JsValue>;

    /// The same with a request that came from outside.
    #[wasm_bindgen(method, catch, js_name = fetch)]
    pub(super) fn pass_on(this: &AnyStub, request: &web_sys::Request) -> Result<Promise, JsValue>;

    /// A dataset of Analytics Engine:
    /// <https://developers.cloudflare.com/analytics/analytics-engine/>
    pub(super) type Dataset;

    /// Writes a data point, without waiting for anything.
    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    pub(super) fn write_data_point(this: &Dataset, point: &JsValue) -> Result<(), JsValue>;

    /// A rate limit that is set in `wrangler.toml`:
    /// <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>
    pub(super) type RateLimit;

    /// Counts one; a promise of `{success: boolean}`.
    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimit, options: &JsValue) -> Result<Promise, JsValue>;
}

/// How much waits to be sent on a socket, in bytes; nothing where that is not counted.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size; a cast of a float saturates, and is 0 of NaN"
)]
pub(super) fn buffered_amount(socket: &web_sys::WebSocket) -> usize {
    socket.unchecked_ref::<AnySocket>().buffered_amount() as usize
}

/// Sends a value that is already a JavaScript one.
pub(super) fn send(socket: &web_sys::WebSocket, data: &JsValue) -> Result<(), JsValue> {
    socket.unchecked_ref::<AnySocket>().send(data)
}
