//! The static site, which the platform serves from `public/`.

use super::bindings::AnyStub;
use super::js_error;
use super::reply::Response;
use super::request::Request;
use crate::error::Result;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

/// What the site has for a request.
pub(super) async fn fetch(request: &Request, env: &Env) -> Result<Response> {
    let assets = Reflect::get(env, &"ASSETS".into()).map_err(|e| js_error(&e))?;
    let answer = assets.unchecked_ref::<AnyStub>().pass_on(request.raw());
    let answer = JsFuture::from(answer.map_err(|e| js_error(&e))?).await;
    Ok(answer.map_err(|e| js_error(&e))?.unchecked_into())
}
