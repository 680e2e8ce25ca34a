//! The work that the service does itself, its progress a stream.

pub mod digest;
