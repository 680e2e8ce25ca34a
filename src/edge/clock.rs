//! Time and randomness, which the core is given.

use crate::cursor::Epoch;

/// Now, in milliseconds of Unix time. In a Worker it moves only with I/O.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since 1970 are far below 2^53"
)]
pub(super) fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A random number in 0..1, for jitter; not for secrets.
pub(super) fn random() -> f64 {
    js_sys::Math::random()
}

/// 32 random bits; not for secrets.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "random() is in 0..1"
)]
pub(super) fn random_u32() -> u32 {
    (random() * 4_294_967_296.0) as u32
}

/// 64 random bits; not for secrets.
pub(super) fn random_u64() -> u64 {
    (u64::from(random_u32()) << 32) | u64::from(random_u32())
}

/// An epoch for a new log. It need not be secret, only new: 2^-52 that it is not.
pub(super) fn fresh_epoch() -> Epoch {
    Epoch::from_random(random_u64())
}
