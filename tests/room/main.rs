//! Rooms as their members see them: simulated members in virtual time, against the
//! public surface of the core.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod backup;
mod clock;
mod conduct;
mod cost;
mod erased;
mod history;
mod house;
mod interleavings;
mod pace;
mod presence;
mod said;
mod shared_state;
mod tokens;
