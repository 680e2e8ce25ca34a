//! A short stand-in for a long text, to recognise it by.

use std::hash::{DefaultHasher, Hash, Hasher};

/// 64 bits that stand for a text.
///
/// Two texts that collide by chance are one in 10^8 among the most that anything
/// here remembers. Whoever makes a collision on purpose has only something of his
/// own taken for a repetition: where several authors share a memory, the author is
/// part of the text.
/// Another version of the standard library may compute another one: what is stored
/// is then not recognised any more, and nothing worse.
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
