//! The event stream as its readers see it: through the public interface only.
//!
//! What the [web-platform-tests](https://github.com/web-platform-tests/wpt/tree/master/eventsource)
//! ask of a browser becomes what a server must not ask of one: this one writes
//! nothing that two browsers, or two parsers, could read in two ways. Which case
//! is held by which test is written in `docs/web-platform-tests.md`.
//!
//! - [`reader`]: a parser from the standard's text, checked against an independent one.
//! - [`disk`]: what is left of it after a crash.
//! - [`object`]: what sends: a stream, without the platform around it.
//! - [`payload`]: what is sent: everything that could break a line.
//! - [`encoding`]: what was published is what is read, byte by byte.
//! - [`cut`]: a response is cut anywhere and resumed; every event comes once.
//! - [`cursor`]: what comes back as a cursor may be anything.
//! - [`table`]: the tests that the page names exist.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test, and that is what it is for"
)]

mod cursor;
mod cut;
mod disk;
mod encoding;
mod object;
mod payload;
mod reader;
mod table;
