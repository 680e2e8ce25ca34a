//! Rust's futures as JavaScript's promises.
//!
//! Boxed, and all by one function: each kind of future that is handed to the platform is
//! a kilobyte of code.

use super::reply::{self, Response};
use super::{js_error, loss};
use crate::answer::Answer;
use crate::error::Result;
use js_sys::Promise;
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Work to be done.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = T>>>;

/// A promise of what the work answers, an error as a problem. It fails where the memory
/// is lost.
pub(super) fn of_answer(work: Work<Result<Response>>) -> Promise {
    loss::held(&settle(Box::pin(async move {
        let answer = work.await.or_else(|error| reply::problem(&error));
        answer.map(JsValue::from)
    })))
}

/// A promise of what the work answers, an error as a problem, as it travels. It fails where
/// the memory is lost.
pub(super) fn of_text(work: Work<Result<Answer>>) -> Promise {
    loss::held(&settle(Box::pin(async move {
        let answer = work.await.unwrap_or_else(|error| {
            reply::log(&error);
            Answer::problem(&error)
        });
        Ok(JsValue::from_str(answer.as_text()))
    })))
}

/// A promise of nothing, which fails where the work does or the memory is lost.
pub(super) fn of_nothing(work: Work<Result<()>>) -> Promise {
    loss::held(&settle(Box::pin(async move {
        work.await.map(|()| JsValue::UNDEFINED)
    })))
}

/// Work that ends whenever it does.
pub(super) fn of_end(work: Work<()>) -> Promise {
    settle(Box::pin(async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    }))
}

/// Begins work that nobody waits for.
pub(super) fn spawn(work: Work<()>) {
    let _ = of_end(work);
}

/// Begins work that goes on after an object has answered.
pub(super) fn in_background(state: &worker::State, work: Work<()>) {
    // It has begun, whether the platform waits for it or not.
    let _ = state.as_raw().wait_until(&of_end(work));
}

/// The text that is promised.
pub(super) async fn text(promise: std::result::Result<Promise, JsValue>) -> Result<String> {
    let promise = promise.map_err(|e| js_error(&e))?;
    let text = JsFuture::from(promise).await.map_err(|e| js_error(&e))?;
    Ok(text.as_string().unwrap_or_default())
}

fn settle(work: Work<Result<JsValue>>) -> Promise {
    let settled: Work<std::result::Result<JsValue, JsValue>> = Box::pin(async move {
        let outcome = work.await;
        outcome.map_err(|error| js_sys::Error::new(&error.to_string()).into())
    });
    future_to_promise(settled)
}
