//! Who somebody is that has no token.
//!
//! A display name, which anybody may give, and, to be known again after a reconnect
//! or in another tab, a key: a secret of the client's own that never leaves the
//! Worker. The member's id is derived from it, so that nobody who sees the id can
//! take it.

use super::seat::{Identity, Role};
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::limit::{MEMBER_KEY_CHARS, MEMBER_KEY_LEAST_CHARS, NAME_DISPLAY_CHARS};
use crate::name::Name;

/// The display name of somebody who gives none.
pub const NAMELESS: &str = "anonymous";
/// The id of a server that posts without a token.
pub const SERVER: &str = "server";

/// What an anonymous client says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anonymous {
    /// The display name.
    pub name: String,
    /// The key, where it has one.
    pub key: Option<String>,
}

impl Anonymous {
    /// Reads the parameters `name` and `key` of a join; what is not valid is a 400.
    pub fn from_query<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self> {
        let key = query("key").map(|key| {
            let valid = (MEMBER_KEY_LEAST_CHARS..=MEMBER_KEY_CHARS).contains(&key.len())
                && key
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-'));
            valid.then(|| key.to_owned()).ok_or_else(|| {
                Error::BadRequest(format!(
                    "`key` is {MEMBER_KEY_LEAST_CHARS} to {MEMBER_KEY_CHARS} characters of A-Z a-z 0-9 . _ ~ -, at random."
                ))
            })
        });
        Ok(Self {
            name: display_name(query("name"), NAMELESS)?,
            key: key.transpose()?,
        })
    }

    /// What the id is derived from by SHA-256, where there is a key. The room is part
    /// of it: ids of one room mean nothing in another.
    #[must_use]
    pub fn secret(&self, room: &Name) -> Option<String> {
        let key = self.key.as_ref()?;
        Some(format!("tidings member\n{room}\n{key}"))
    }

    /// The member, with the SHA-256 of [`Anonymous::secret`], or with an id that is
    /// new each time, from 64 random bits. `address` is where the client is: who has
    /// no key is known again by it and the name, as well as that can be.
    #[must_use]
    pub fn identity(
        self,
        role: Role,
        digest: Option<&[u8]>,
        random: u64,
        address: &str,
    ) -> Identity {
        let (id, trace) = if let Some(digest) = digest {
            (format!("k{}", hex(digest)), None)
        } else {
            let trace = fingerprint(&format!("{address}\n{}", self.name));
            (format!("a{}", hex(&random.to_be_bytes())), Some(trace))
        };
        Identity {
            id,
            name: self.name,
            role,
            trace: trace.map(|trace| format!("trace {trace}")),
            until: None,
        }
    }
}

/// A display name: 1 to [`NAME_DISPLAY_CHARS`] characters, none of them a control
/// character; else a 400. Absent or empty it is `default`.
pub fn display_name(name: Option<&str>, default: &str) -> Result<String> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or(default);
    if name.chars().count() > NAME_DISPLAY_CHARS {
        return Err(Error::TooLarge {
            what: "a display name in characters",
            limit: NAME_DISPLAY_CHARS,
        });
    }
    if name.chars().any(char::is_control) {
        return Err(Error::bad_request("`name` has no control characters."));
    }
    Ok(name.to_owned())
}

/// A display name that comes from the operator's own backend, as it may be shown: it
/// is not refused, because a long one must not keep its owner out, but cut. `None`
/// where nothing is left.
#[must_use]
pub fn presentable(name: &str) -> Option<String> {
    let shown: String = name.chars().filter(|c| !c.is_control()).collect();
    let shown: String = shown.trim().chars().take(NAME_DISPLAY_CHARS).collect();
    // Where it was cut there may be a space.
    let shown = shown.trim_end();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// The first 8 bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().take(8).flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().map_or('0', char::from);
    nibbles.map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: Option<&'static str>, key: Option<&'static str>) -> Result<Anonymous> {
        Anonymous::from_query(|parameter| match parameter {
            "name" => name,
            "key" => key,
            _ => None,
        })
    }

    #[test]
    fn a_name_and_a_key() {
        assert_eq!(read(None, None).unwrap().name, NAMELESS);
        assert_eq!(read(Some("  "), None).unwrap().name, NAMELESS);
        assert_eq!(
            read(Some(" \u{1f469} é "), None).unwrap().name,
            "\u{1f469} é"
        );
        assert_eq!(read(Some("a\nb"), None).unwrap_err().status(), 400);
        assert_eq!(
            display_name(Some(&"é".repeat(65)), "")
                .unwrap_err()
                .status(),
            413
        );
        assert!(display_name(Some(&"é".repeat(64)), "").is_ok());
        assert!(read(None, Some("0123456789abcdef")).is_ok());
        for key in [
            "",
            "0123456789abcde",
            "0123456789abcde ",
            "0123456789abcd%f",
        ] {
            assert_eq!(read(None, Some(key)).unwrap_err().status(), 400, "{key}");
        }
    }

    #[test]
    fn what_is_made_presentable_stays_as_it_is() {
        let just = "a".repeat(63);
        let cut = format!("{just} b");
        for (name, shown) in [
            ("Ann", Some("Ann")),
            (" \t A\u{1}nn \n", Some("Ann")),
            ("Ann \u{1}", Some("Ann")),
            ("\u{1} \u{1}", None),
            ("", None),
            (&cut, Some(&just)),
        ] {
            let made = presentable(name);
            assert_eq!(made.as_deref(), shown, "{name:?}");
            assert_eq!(made.as_deref().and_then(presentable), made);
        }
    }

    #[test]
    fn whoever_has_the_key_is_the_same_member_and_the_rest_is_new() {
        let room = Name::parse("lobby").unwrap();
        let ann = read(Some("Ann"), Some("0123456789abcdef")).unwrap();
        assert_eq!(
            ann.secret(&room).as_deref(),
            Some("tidings member\nlobby\n0123456789abcdef")
        );
        let known = ann.identity(Role::Member, Some(&[0xab; 32]), 7, "");
        assert_eq!(
            (known.id.as_str(), known.trace),
            ("kabababababababab", None)
        );
        let nameless = |random, address| {
            let anonymous = read(None, None).unwrap();
            assert_eq!(anonymous.secret(&room), None);
            anonymous.identity(Role::Member, None, random, address)
        };
        let (one, two) = (nameless(1, "::1"), nameless(2, "::1"));
        assert_eq!(one.id, "a0000000000000001");
        assert_ne!(one.id, two.id);
        assert_eq!(one.trace, two.trace);
        assert_ne!(one.trace, nameless(1, "::2").trace);
    }
}
