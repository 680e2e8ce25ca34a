//! Server-Sent Events: the wire format, and the life of one response.

pub mod event;
pub mod session;

/// The media type, without a parameter: the standard defines none, and some
/// clients compare the whole header.
pub const EVENT_STREAM: &str = "text/event-stream";
