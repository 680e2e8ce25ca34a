//! Tidings: real-time for any web application in one deploy.
//!
//! A Cloudflare Worker that serves Server-Sent Event streams, one way, and WebSocket
//! rooms, both ways. Everything that is said goes into an append-only log in a
//! Durable Object; everything that is read is a view of that log, and continues where
//! it stopped.
//!
//! # Layout
//!
//! The core is plain Rust: no clock, no randomness, no JavaScript. It is given an
//! input and the time, and returns what is to be done. It is all of the crate but
//! `edge`, and is tested natively.
//!
//! - [`name`], [`cursor`], [`query`], [`content_type`], [`data`]: what comes from outside, parsed once at the door.
//! - [`error`], [`close`], [`limit`]: every way to fail, to be closed, and every bound.
//! - [`route`]: from method and path to the [`call`] that is asked for; [`accept`]: in which form.
//! - [`access`]: who may do what, and which pages of other sites may.
//! - [`log`]: the append-only log; [`log::Storage`] is what it is kept in.
//! - [`stream`]: a log with the rules of publishing and reading; progress.
//! - [`room`]: a log with members who write to it; presence, signals, shared state.
//! - [`answer`]: what either answers to a command. [`backup`]: either as lines of JSON, to be restored from.
//! - [`pace`]: how soon what waits is sent. [`patience`]: how long whoever does not take
//!   it is waited for.
//! - [`sse`]: the `text/event-stream` format, and the life of one response.
//! - [`job`]: the work that the service does itself. [`stats`]: its own figures;
//!   [`figures`]: what a stream or room has cost.
//! - [`fingerprint`], [`sorted`]: what a long text is recognised by; a small map.
//! - [`vars`]: how the operator's settings are read; [`journal`]: what is written about
//!   each request.
//! - `edge` (wasm only): the shells that carry bytes between the platform and the
//!   core. They decide nothing.

pub mod accept;
pub mod access;
pub mod answer;
pub mod backup;
pub mod call;
pub mod close;
pub mod content_type;
pub mod cursor;
pub mod data;
pub mod error;
pub mod figures;
pub mod fingerprint;
pub mod job;
pub mod journal;
pub mod limit;
pub mod log;
pub mod name;
pub mod pace;
pub mod patience;
pub mod query;
pub mod room;
pub mod route;
pub mod sorted;
pub mod sse;
pub mod stats;
pub mod stream;
pub mod vars;

#[cfg(target_arch = "wasm32")]
mod edge;
