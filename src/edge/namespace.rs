//! The objects of a class, where the operator wants them to be.
//!
//! `DATA_JURISDICTION` is a rule: the objects run and store there only, and those of
//! another jurisdiction are other objects. `DATA_LOCATION_HINT` is a wish, heeded when an
//! object is first made. Both:
//! <https://developers.cloudflare.com/durable-objects/reference/data-location/>. What the
//! platform does not know of it refuses, and then nothing is done anywhere else.

use super::bindings::{AnyNamespace, AnyStub};
use super::reply::Response;
use super::{js_error, settings};
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::query::with_parameter;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit};
use worker::Env;

/// The address of an object, in which is said what is to be opened. The host is a form
/// that the platform wants filled in.
const URL: &str = "https://object.internal/";

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
            let within = objects.jurisdiction(jurisdiction);
            objects = within.map_err(|why| {
                worker::console_error!("DATA_JURISDICTION: {why:?}");
                Error::Unavailable("The var DATA_JURISDICTION is not valid here.".to_owned())
            })?;
        }
        let options = Object::new();
        if let Some(hint) = &service.location_hint {
            let set = Reflect::set(&options, &"locationHint".into(), &hint.as_str().into());
            set.map_err(|e| js_error(&e))?;
        }
        Ok(Self { objects, options })
    }

    /// Asks the object of a name.
    pub(super) async fn ask(&self, name: &str, command: &str) -> Result<Answer> {
        ask(&self.stub(name)?, command).await
    }

    /// Asks an object that nobody has asked before.
    pub(super) async fn ask_new(&self, command: &str) -> Result<Answer> {
        let id = self.objects.new_unique_id().map_err(|e| unreachable(&e))?;
        let stub = self.objects.get(&id, &self.options);
        ask(&stub.map_err(|e| unreachable(&e))?, command).await
    }

    /// Has the object of a name open something: what a call cannot give, a WebSocket or a
    /// body that goes on.
    pub(super) async fn open(&self, name: &str, command: &str) -> Result<Response> {
        let headers = Headers::new().map_err(|e| js_error(&e))?;
        let set = headers.set("Upgrade", "websocket");
        set.map_err(|e| js_error(&e))?;
        let init = RequestInit::new();
        init.set_headers(&headers);
        let url = with_parameter(URL, "command", command);
        let answer = self.stub(name)?.fetch(&url, &init);
        let answer = JsFuture::from(answer.map_err(|e| unreachable(&e))?).await;
        Ok(answer.map_err(|e| unreachable(&e))?.unchecked_into())
    }

    /// A stub of a broken connection stays broken, so each request gets its own.
    fn stub(&self, name: &str) -> Result<AnyStub> {
        let stub = self.objects.get_by_name(name, &self.options);
        stub.map_err(|e| unreachable(&e))
    }
}

/// Calls an object.
///
/// By [RPC](https://developers.cloudflare.com/workers/runtime-apis/rpc/) and not by `fetch`:
/// a request and a response, their headers and bodies, are what most of the time goes into
/// that a short command takes. 32 MiB may go either way; the longest that does is a snapshot
/// of [`crate::limit::SNAPSHOT_TYPES`] events, 13 MB where it is not Latin-1.
async fn ask(stub: &AnyStub, command: &str) -> Result<Answer> {
    let answer = stub.ask(command).map_err(|e| unreachable(&e))?;
    let answer = JsFuture::from(answer).await.map_err(|e| unreachable(&e))?;
    Ok(Answer::from_text(answer.as_string().unwrap_or_default()))
}

/// What the client is told; the operator is told why.
fn unreachable(why: &JsValue) -> Error {
    worker::console_error!("an object did not answer: {why:?}");
    Error::Unavailable("It cannot be reached now; try again.".to_owned())
}
