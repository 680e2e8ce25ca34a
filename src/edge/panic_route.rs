//! Panics on demand, to see what a panic costs: only in a build with the feature
//! `panic-route`, which the tests make for themselves and nobody deploys.

/// What a test puts into an address, an event or a message, with the place behind it.
const ASKED: &str = "panic-route:";

/// The place that stands for all, and for a trap that is no panic.
const TRAP: &str = "trap";

/// Panics where `text` asks for it at this place.
pub(super) fn pass(place: &str, text: &str) {
    let asked = text.split(ASKED).skip(1);
    let is_asked = |for_what: &str| asked.clone().any(|asked| asked.starts_with(for_what));
    assert!(!is_asked(place), "{ASKED}{place}");
    if is_asked(TRAP) {
        // Without a word, as where the stack or the memory is exhausted.
        core::arch::wasm32::unreachable();
    }
}
