//! What is written about each request: a line in the log, and a data point where the
//! operator has bound a dataset of Analytics Engine as `ANALYTICS`.
//!
//! A data point has the stream's or room's name as its index, by which Cloudflare
//! samples; the blobs are call, realm, problem, name; the doubles status and
//! milliseconds.

use super::bindings::Dataset;
use super::request::Request;
use super::settings;
use crate::journal::{Entry, Level};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// The longest index that Analytics Engine takes, in bytes:
/// <https://developers.cloudflare.com/analytics/analytics-engine/limits/>.
const INDEX_BYTES: usize = 96;

/// Writes what there is to say; a log that fails stops nothing.
pub(super) fn write(entry: &Entry, request: &Request, env: &Env) {
    if entry.level() <= settings::service(env).log_level {
        let ray = request.header("CF-Ray").ok().flatten();
        let line = entry.line(&request.method(), ray.as_deref());
        match entry.level() {
            Level::Error => worker::console_error!("{line}"),
            Level::Warn => worker::console_warn!("{line}"),
            _ => worker::console_log!("{line}"),
        }
    }
    let dataset = Reflect::get(env, &"ANALYTICS".into()).unwrap_or_default();
    if !dataset.is_undefined() && point(entry, dataset.unchecked_ref()).is_err() {
        worker::console_error!("a data point was not written");
    }
}

fn point(entry: &Entry, dataset: &Dataset) -> Result<(), JsValue> {
    let text = |text: Option<&str>| JsValue::from_str(text.unwrap_or_default());
    let name = entry.name.as_deref();
    // Names are ASCII.
    let index = name.map(|name| name.get(..INDEX_BYTES).unwrap_or(name));
    let blobs = Array::of4(
        &text(Some(entry.call)),
        &text(entry.realm),
        &text(entry.problem),
        &text(name),
    );
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a request")]
    let doubles = Array::of2(&entry.status.into(), &(entry.ms as f64).into());
    let point = Object::new();
    Reflect::set(&point, &"indexes".into(), &Array::of1(&text(index)))?;
    Reflect::set(&point, &"blobs".into(), &blobs)?;
    Reflect::set(&point, &"doubles".into(), &doubles)?;
    dataset.write_data_point(&point)
}
