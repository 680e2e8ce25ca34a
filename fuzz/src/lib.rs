//! Hostile input to every decoder, and what must hold whatever it is.
//!
//! Each module is one target: its `check` takes bytes, does with them what the service
//! would, and panics where a promise is broken: something reads differently than it was
//! written, an order is wrong, a bound is passed, an error is none of those that the
//! target may answer. `fuzz_targets/` has libFuzzer search for such bytes; the tests of
//! this crate replay what it has found of interest (`corpus/`), and try at random.
//!
//! `check` is deterministic: no clock, no randomness, and nothing kept from one call to
//! the next but what is built once.

#![allow(
    clippy::missing_panics_doc,
    clippy::naive_bytecount,
    clippy::format_collect,
    reason = "a panic is what a check is for, and the obvious is the most believable"
)]

use arbitrary::{Arbitrary, Unstructured};

pub mod attachments;
pub mod backup;
pub mod configuration;
pub mod cursors;
pub mod digest;
pub mod frames;
pub mod grants;
pub mod link_check;
pub mod names;
pub mod origins;
pub mod publish;
pub mod readers;
pub mod requests;
pub mod room;
pub mod settings;
pub mod stored;
pub mod stream;
pub mod tickets;
pub mod tokens;

mod bulk;
mod clock;
mod json;
mod refused;

/// The reader of event streams that the tests use: written from the standard's text,
/// sharing no code with what writes.
#[allow(clippy::pedantic, dead_code, reason = "as the tests have it")]
#[path = "../../tests/event_stream/reader.rs"]
mod reader;

/// The storage that the tests use.
#[allow(clippy::pedantic, dead_code, reason = "as the tests have it")]
#[path = "../../tests/event_stream/disk.rs"]
mod disk;

/// The room with its sockets that the tests use.
#[allow(
    clippy::pedantic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "as the tests have it"
)]
#[path = "../../tests/room/house.rs"]
mod house;

/// A time to begin with, in milliseconds of Unix time.
pub(crate) const NOW: u64 = 1_700_000_000_000;

/// The name of a target, and what it checks.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 19] = [
    ("attachments", attachments::check),
    ("backup", backup::check),
    ("configuration", configuration::check),
    ("cursors", cursors::check),
    ("digest", digest::check),
    ("frames", frames::check),
    ("grants", grants::check),
    ("link_check", link_check::check),
    ("names", names::check),
    ("origins", origins::check),
    ("publish", publish::check),
    ("readers", readers::check),
    ("requests", requests::check),
    ("room", room::check),
    ("settings", settings::check),
    ("stored", stored::check),
    ("stream", stream::check),
    ("tickets", tickets::check),
    ("tokens", tokens::check),
];

/// Bytes as the platform hands them on where it has text: what is no UTF-8 is replaced.
pub(crate) fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// The first lines of an input, each a field of a request; an empty one is absent.
pub(crate) fn lines<const N: usize>(text: &str) -> [Option<&str>; N] {
    let mut lines = text.splitn(N, '\n');
    std::array::from_fn(|_| lines.next().filter(|line| !line.is_empty()))
}

/// The steps of a life, as far as the bytes go and no further than `most`.
pub(crate) fn steps<'a, T: Arbitrary<'a>>(data: &'a [u8], most: usize) -> impl Iterator<Item = T> {
    let mut bytes = Unstructured::new(data);
    let step = move || (!bytes.is_empty()).then(|| T::arbitrary(&mut bytes).ok())?;
    std::iter::from_fn(step).take(most)
}

/// The first line, and the rest as it is.
pub(crate) fn head_and_body(data: &[u8]) -> (std::borrow::Cow<'_, str>, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (head, body) = data.split_at(end.unwrap_or(data.len()));
    (text(head), body.get(1..).unwrap_or_default())
}
