//! Panics on demand, to see what a panic costs: only in a build with the feature
//! `panic-route`, which the tests make for themselves and nobody deploys.

/// What a test puts into an address, an event or a message, with the place behind it.
const ASKED: &str = "panic-route:";

/// Panics where `text` asks for it at this place.
pub(super) fn pass(place: &str, text: &str) {
    let mut asked = text.split(ASKED).skip(1);
    let is_asked = asked.any(|asked| asked.starts_with(place));
    assert!(!is_asked, "{ASKED}{place}");
}
