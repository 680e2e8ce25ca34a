//! Names of streams and rooms.
//!
//! A name is part of a URL, of a Durable Object's identity and of log lines, so
//! it is made of the characters that need no escaping in any of them (the
//! unreserved ones of [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-2.3))
//! and begins with a letter or digit, so that `.`, `..` and `-option` are none.

use crate::error::{Error, Result};
use crate::limit::NAME_CHARS;
use std::fmt;

/// How the names begin that the service keeps for itself.
pub const RESERVED_PREFIX: &str = "tidings.";

/// A validated name: `[A-Za-z0-9][A-Za-z0-9._~-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// Parses a name as it stands in a path: percent-encoded characters are the
    /// characters they encode (RFC 3986, 6.2.2.2), so `a%7Eb` is `a~b`.
    pub fn from_path_segment(segment: &str) -> Result<Self> {
        if segment.contains('%') {
            let decoded = percent_decode(segment)
                .ok_or_else(|| Error::bad_request("The name's percent-encoding is broken."))?;
            Self::parse(&decoded)
        } else {
            Self::parse(segment)
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Result<Self> {
        let mut bytes = name.bytes();
        let valid = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
            && name.len() <= NAME_CHARS
            && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-'));
        if valid {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::BadRequest(format!(
                "A name is 1 to {NAME_CHARS} characters of A-Z a-z 0-9 . _ ~ - and begins with a letter or digit."
            )))
        }
    }

    /// Whether the service publishes to it itself, and nobody else may.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with(RESERVED_PREFIX)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Decodes `%XX` sequences; `None` where one is incomplete or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next()?, bytes.next()?];
            // from_str_radix would take a sign.
            if !hex.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            let hex = std::str::from_utf8(&hex).ok()?;
            out.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_what_the_rule_allows() {
        for name in ["a", "0", "build-42", "A.b_c~d-e", &"x".repeat(128)] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_the_rest() {
        let long = "x".repeat(129);
        for name in [
            "", ".", "..", "-a", "_a", "~a", "a b", "a/b", "a\\b", "a\0", "ä", "a%", "a\n", &long,
        ] {
            assert_eq!(Name::parse(name).unwrap_err().status(), 400, "{name:?}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_once() {
        assert_eq!(Name::from_path_segment("a%7Eb").unwrap().as_str(), "a~b");
        for hostile in [
            "a%2Fb", "a%2", "a%", "%", "a%zz", "a%+1", "a%00", "a%ff", "a%257E", "%2e%2e",
        ] {
            assert!(Name::from_path_segment(hostile).is_err(), "{hostile:?}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_regular_expression(name in "[A-Za-z0-9][A-Za-z0-9._~-]{0,127}") {
            prop_assert!(Name::parse(&name).is_ok());
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = Name::from_path_segment(&text);
        }
    }
}
