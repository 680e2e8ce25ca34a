//! The shells between the platform and the core; wasm only.
//!
//! A shell turns a platform event into a call of the core, and carries out what
//! the core returns. What could be decided here is decided there, and tested.
//!
//! - `entry`: every request first comes here. `tokens`: who sent it; `flood`: whether
//!   that is too many.
//! - `stream_object`: the Durable Object of a stream; `stream_owner`, `stream_readers`:
//!   what it does; `streams`: what the Worker does for it.
//! - `room_object`, `room_owner`, `room_commands`, `room_sockets`, `room_timers`: the same of a
//!   room; `rooms`: what the Worker does for it. `alarm`: the alarm of an object.
//! - `assets`: the static site. `request`: a request from outside.
//! - `backup`: what the Worker does for exports, imports and erasing.
//! - `readers`: the sockets of those who read; `greetings`: what they are sent first;
//!   `pours`: their responses while much happens.
//! - `stub`: how the Worker reaches either; `namespace`: where in the world.
//! - `bridge`: an event-stream response, fed by a WebSocket to that object.
//! - `chronicle`: what is written about each request, and counted of it.
//! - `digest`: the job that reads a body. `job`: how any other is begun;
//!   `job_object`: the Durable Object in which it goes on; `world`: what it can do.
//! - `stats_object` adds up the service's figures; `reporter` sends a stream's own.
//! - `exports.js`: what the platform calls of all this. `promise`: futures as promises; `loss`:
//!   what becomes of them after a panic. `body`: the body of a request. `sqlite`: the log's storage, `rows` read from it, `tally` what it costs. `settings`: the operator's vars. `reply`:
//!   responses. `clock`: time and randomness. `bindings`: what the `worker` crate does not bind.
//! - `panic_route`: panics on demand, in a build of the tests' own.

mod alarm;
mod assets;
mod backup;
mod bindings;
mod body;
mod bridge;
mod chronicle;
mod clock;
mod digest;
mod entry;
mod flood;
mod greetings;
mod job;
mod job_object;
mod loss;
mod namespace;
#[cfg(feature = "panic-route")]
mod panic_route;
mod pours;
mod promise;
mod readers;
mod reply;
mod reporter;
mod request;
mod room_commands;
mod room_object;
mod room_owner;
mod room_sockets;
mod room_timers;
mod rooms;
mod rows;
mod settings;
mod sqlite;
mod stats_object;
mod stream_object;
mod stream_owner;
mod stream_readers;
mod streams;
mod stub;
mod tally;
mod tokens;
mod world;

use crate::error::Error;

/// A fault of the platform is a fault of ours to the client.
impl From<worker::Error> for Error {
    fn from(error: worker::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Error> for worker::Error {
    fn from(error: Error) -> Self {
        Self::RustError(error.to_string())
    }
}

/// A JavaScript exception as an error of the core.
fn js_error(value: &wasm_bindgen::JsValue) -> Error {
    Error::Internal(format!("{value:?}"))
}
