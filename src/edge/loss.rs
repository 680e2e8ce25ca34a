//! What is done where the memory of an isolate is lost, by a panic or another trap.

use js_sys::Promise;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use web_sys::WritableStream;
use worker::worker_sys::DurableObjectState;

// JavaScript, because it is what goes on when we do not.
#[wasm_bindgen(module = "/src/edge/loss.js")]
extern "C" {
    /// The same promise, which fails should the memory be lost before it is settled.
    pub(super) fn held(promise: &Promise) -> Promise;

    /// Has the connections of an object closed when the memory is lost.
    pub(super) fn watch(state: &DurableObjectState);

    /// Has a response ended when the memory is lost, by the writer or the
    /// `AbortController` that is in charge of it from now on.
    #[wasm_bindgen(js_name = endBy)]
    pub(super) fn end_by(output: &WritableStream, by: &JsValue);

    /// A memory begins, and where there was one that is lost: the how-manieth it is.
    fn begun() -> u32;

    /// The memory is lost.
    fn lost();
}

thread_local! {
    /// The how-manieth memory of the isolate this is.
    static MEMORY: Cell<u32> = const { Cell::new(0) };
}

/// Which memory of the isolate this is: another number where the last one was lost. What
/// was made in that is no more.
#[wasm_bindgen(js_name = whichMemory)]
#[expect(unreachable_pub, reason = "it is reached by exports.js")]
#[must_use]
pub fn which_memory() -> u32 {
    MEMORY.get()
}

/// Before anything else, in each instance.
pub(super) fn prepare() {
    std::panic::set_hook(Box::new(|info| {
        // It ends up in the log with its place, and not as "unreachable".
        console_error_panic_hook::hook(info);
        lost();
    }));
    // Where this is not the first, what ended the last may have been no panic.
    MEMORY.set(begun());
}
