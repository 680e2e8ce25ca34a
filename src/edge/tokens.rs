//! Who sent a request: the token's signature, checked and made by `crypto.subtle`.

use super::request::Request;
use super::{bindings, clock, js_error, settings};
use crate::access::carrier;
use crate::access::token::{Unverified, assemble};
use crate::access::visitor::Visitor;
use crate::error::{Error, Result};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

const HMAC: &str = "HMAC";

/// As long as the hash, which RFC 7518, 3.2, asks of a key for HS256.
const SECRET_LEAST_BYTES: usize = 32;

static WARNED: AtomicBool = AtomicBool::new(false);

/// Finds out who sent a request; the token that it carries may be worth nothing, and
/// then the second of the two says why.
pub(super) async fn visitor(request: &Request, env: &Env) -> Result<(Visitor, Result<()>)> {
    let service = settings::service(env);
    let secrets = &service.secrets;
    let mut visitor = Visitor {
        public: service.public.clone()?,
        claims: None,
        has_secret: !secrets.is_empty(),
    };
    if secrets.is_empty() {
        // Nobody can tell what a token is worth: it opens nothing, and shuts nothing.
        return Ok((visitor, Ok(())));
    }
    warn_of_short(secrets);
    let authorization = request.header("Authorization")?;
    let protocols = request.header("Sec-WebSocket-Protocol")?;
    let query = request.query();
    let token = carrier::find(
        authorization.as_deref(),
        query.get(carrier::PARAMETER),
        protocols.as_deref(),
    );
    let Some(token) = token else {
        return Ok((visitor, Ok(())));
    };
    let claims = match Unverified::parse(token) {
        Ok(token) if is_signed(&token, secrets).await? => token.into_claims(clock::now()),
        Ok(_) => Err(Error::TokenInvalid("Its signature is not ours.")),
        Err(error) => Err(error),
    };
    Ok(match claims {
        Ok(claims) => {
            visitor.claims = Some(claims);
            (visitor, Ok(()))
        }
        Err(error) => (visitor, Err(error)),
    })
}

/// Tells the operator of a secret that can be guessed from one token, once for each
/// isolate. It is taken all the same: to refuse it would stop a service that runs.
fn warn_of_short(secrets: &[String]) {
    let is_short = secrets
        .iter()
        .any(|secret| secret.len() < SECRET_LEAST_BYTES);
    if is_short && !WARNED.swap(true, Ordering::Relaxed) {
        worker::console_warn!(
            "TIDINGS_SECRET has less than {SECRET_LEAST_BYTES} bytes: it can be guessed from one token. Take a random one: openssl rand -base64 32"
        );
    }
}

/// Signs what [`crate::access::token::Claims::ticket`] says.
pub(super) async fn sign(signed: &str, env: &Env) -> Result<String> {
    let service = settings::service(env);
    let secret = service.secrets.first().map_or("", String::as_str);
    let key = key(secret, "sign").await?;
    let data = Uint8Array::from(signed.as_bytes());
    let signature = settled(bindings::sign(HMAC, &key, &data)).await?;
    Ok(assemble(signed, &Uint8Array::new(&signature).to_vec()))
}

/// Whether a token is signed with one of these secrets.
async fn is_signed(token: &Unverified<'_>, secrets: &[String]) -> Result<bool> {
    let signature = Uint8Array::from(token.signature.as_slice());
    let data = Uint8Array::from(token.signed.as_bytes());
    for secret in secrets {
        let key = key(secret, "verify").await?;
        let verdict = settled(bindings::verify(HMAC, &key, &signature, &data)).await?;
        if verdict.is_truthy() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn key(secret: &str, usage: &str) -> Result<JsValue> {
    let algorithm = Object::new();
    for (name, value) in [("name", HMAC), ("hash", "SHA-256")] {
        Reflect::set(&algorithm, &name.into(), &value.into()).map_err(|e| js_error(&e))?;
    }
    let usages = Array::of1(&usage.into());
    let data = Uint8Array::from(secret.as_bytes());
    settled(bindings::import_key(
        "raw", &data, &algorithm, false, &usages,
    ))
    .await
}

async fn settled(promise: Promise) -> Result<JsValue> {
    JsFuture::from(promise).await.map_err(|e| js_error(&e))
}
