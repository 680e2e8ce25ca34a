//! The objects of a class, where the operator wants them to be.
//!
//! `DATA_JURISDICTION` is a rule: the objects run and store there only, and those of
//! another jurisdiction are other objects. `DATA_LOCATION_HINT` is a wish, heeded when an
//! object is first made. Both:
//! <https://developers.cloudflare.com/durable-objects/reference/data-location/>. What the
//! platform does not know of it refuses, and then nothing is done anywhere else.

use super::bindings::{AnyNamespace, AnyStub};
use super::inward::Inward;
use super::reply::Response;
use super::{js_error, settings};
use crate::error::{Error, Result};
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

/// The objects of one class.
pub(super) struct Namespace {
    objects: AnyNamespace,
    options: Object,
}

impl Namespace {
    /// Those of a binding of `wrangler.toml`.
    pub(super) fn of(env: &Env, binding: &str) -> Result<Self> {
        let objects = Reflect::get(env, &binding.into()).map_err(|e| js_error(&e))?;
        let mut objects: AnyNamespace = objects.unchecked_into();
        let service = settings::service(env);
        if let Some(jurisdiction) = &service.jurisdiction {
            objects = objects
                .jurisdiction(jurisdiction)
                .map_err(|e| unreachable(&e))?;
        }
        let options = Object::new();
        if let Some(hint) = &service.location_hint {
            let set = Reflect::set(&options, &"locationHint".into(), &hint.as_str().into());
            set.map_err(|e| js_error(&e))?;
        }
        Ok(Self { objects, options })
    }

    /// Asks the object of a name. A stub of a broken connection stays broken, so each
    /// request gets its own.
    pub(super) async fn ask(&self, name: &str, request: &Inward) -> Result<Response> {
        let stub = self.objects.get_by_name(name, &self.options);
        fetch(stub, request).await
    }

    /// Asks an object that nobody has asked before.
    pub(super) async fn ask_new(&self, request: &Inward) -> Result<Response> {
        let id = self.objects.new_unique_id().map_err(|e| unreachable(&e))?;
        fetch(self.objects.get(&id, &self.options), request).await
    }
}

async fn fetch(stub: std::result::Result<AnyStub, JsValue>, request: &Inward) -> Result<Response> {
    let answer = stub.and_then(|stub| stub.ask(&request.url, &request.init));
    let answer = JsFuture::from(answer.map_err(|e| unreachable(&e))?).await;
    Ok(answer.map_err(|e| unreachable(&e))?.unchecked_into())
}

/// What the client is told; the operator is told why.
fn unreachable(why: &JsValue) -> Error {
    worker::console_error!("an object did not answer: {why:?}");
    Error::Unavailable("It cannot be reached now; try again.".to_owned())
}
