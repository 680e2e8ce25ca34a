//! What somebody may do with which streams and rooms.
//!
//! Grants are JSON: `{"streams": {"build-*": ["read", "publish", "manage"]}, "rooms":
//! {"lobby": ["read", "write", "moderate"]}}`. A name may end in `*`, the only wildcard: it stands for any rest, also none.
//!
//! The service fails closed: what is not granted is refused. `wrangler dev` opens
//! everything through the project's `.env`, which a deployment does not read.

use crate::data::{Members, complaint};
use crate::error::{Error, Result};
use crate::name::Name;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What can be done with a stream or a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read its events; watch a room, and be in it without saying anything.
    Read,
    /// Append events, and ask the producer to stop.
    Publish,
    /// Configure, delete, export and import a stream, see what it has cost.
    Manage,
    /// Say something in a room.
    Write,
    /// Configure, close, export and import a room, see what it has cost, send members away, and
    /// erase what they said.
    Moderate,
    /// A word of a later version: it grants nothing here.
    #[serde(other)]
    Unknown,
}

impl Permission {
    /// All that can be granted.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Publish,
        Self::Manage,
        Self::Write,
        Self::Moderate,
    ];

    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Manage => "manage",
            Self::Write => "write",
            Self::Moderate => "moderate",
            Self::Unknown => "unknown",
        }
    }
}

/// Names, or the beginnings of names, each with what is granted for them.
type Granted = Vec<(String, Vec<Permission>)>;

/// What is granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    streams: Granted,
    rooms: Granted,
}

/// What is granted for: names of one are not names of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// The streams.
    Streams,
    /// The rooms.
    Rooms,
}

impl Realm {
    /// Its name in JSON, and in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Rooms => "rooms",
        }
    }

    /// What it takes to do something with one as a whole: export it, see its cost.
    #[must_use]
    pub const fn keeping(self) -> Permission {
        match self {
            Self::Streams => Permission::Manage,
            Self::Rooms => Permission::Moderate,
        }
    }

    /// One of it, in JSON.
    #[must_use]
    pub const fn one(self) -> &'static str {
        match self {
            Self::Streams => "stream",
            Self::Rooms => "room",
        }
    }
}

impl Grants {
    /// Reads the var `PUBLIC_ACCESS`. Absent or empty it grants nothing. One that
    /// cannot be read is an error with which everything is refused, also what a token grants.
    pub fn from_var(var: Option<&str>) -> Result<Self> {
        let Some(text) = var.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::default());
        };
        Self::parse(text).map_err(|error| {
            let complaint = complaint(&error);
            Error::Unavailable(format!("The var PUBLIC_ACCESS is not valid: {complaint}."))
        })
    }

    /// Reads grants as JSON. Members that are not known grant nothing.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let realms: Members<'_> = serde_json::from_str(json)?;
        let granted = |realm: Realm| -> Result<Granted, serde_json::Error> {
            let Some(names) = realms.get(realm.as_str()) else {
                return Ok(Granted::new());
            };
            let Members(names) = serde_json::from_str(names.get())?;
            let read = |(pattern, permissions): (Cow<'_, str>, &RawValue)| {
                let permissions = serde_json::from_str(permissions.get())?;
                Ok((pattern.into_owned(), permissions))
            };
            names.into_iter().map(read).collect()
        };
        Ok(Self {
            streams: granted(Realm::Streams)?,
            rooms: granted(Realm::Rooms)?,
        })
    }

    /// Whether this is granted.
    #[must_use]
    pub fn allow(&self, realm: Realm, name: &Name, permission: Permission) -> bool {
        let granted = match realm {
            Realm::Streams => &self.streams,
            Realm::Rooms => &self.rooms,
        };
        granted.iter().any(|(pattern, permissions)| {
            permissions.contains(&permission) && matches(pattern, name.as_str())
        })
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowed(var: &str, name: &str, permission: Permission) -> bool {
        let grants = Grants::from_var(Some(var)).unwrap();
        grants.allow(Realm::Streams, &Name::parse(name).unwrap(), permission)
    }

    #[test]
    fn nothing_is_granted_unless_it_is_written() {
        let name = Name::parse("a").unwrap();
        for var in [
            None,
            Some(""),
            Some(" "),
            Some("{}"),
            Some(r#"{"rooms":{"*":["read"]}}"#),
        ] {
            let grants = Grants::from_var(var).unwrap();
            assert!(!grants.allow(Realm::Streams, &name, Permission::Read));
        }
        for var in ["{", "[]", "1", r#"{"streams":{"*":"read"}}"#] {
            assert_eq!(
                Grants::from_var(Some(var)).unwrap_err().status(),
                503,
                "{var}"
            );
        }
    }

    #[test]
    fn what_the_operator_has_mistaken_for_grants_is_not_shown_to_strangers() {
        for var in ["\"hush-hush\"", "{\"streams\":\"hush-hush\"}"] {
            let error = Grants::from_var(Some(var)).unwrap_err().to_string();
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_star_at_the_end_is_the_only_wildcard() {
        let var = r#"{"streams":{"build-*":["read","fly"],"a*b":["read"],"x":["manage"]}}"#;
        assert!(allowed(var, "build-1", Permission::Read));
        assert!(allowed(var, "build-", Permission::Read));
        assert!(!allowed(var, "build", Permission::Read));
        assert!(!allowed(var, "build-1", Permission::Publish));
        assert!(!allowed(var, "acb", Permission::Read));
        assert!(allowed(var, "x", Permission::Manage));
        assert!(!allowed(var, "xy", Permission::Manage));
        assert!(!allowed(var, "x", Permission::Read));
    }

    #[test]
    fn rooms_and_streams_are_granted_apart() {
        let grants = Grants::from_var(Some(r#"{"rooms":{"a*":["read","write"]}}"#)).unwrap();
        let name = Name::parse("ab").unwrap();
        assert!(grants.allow(Realm::Rooms, &name, Permission::Write));
        assert!(!grants.allow(Realm::Rooms, &name, Permission::Moderate));
        assert!(!grants.allow(Realm::Streams, &name, Permission::Read));
    }

    proptest! {
        #[test]
        fn never_panics(var in any::<String>()) {
            let _ = Grants::from_var(Some(&var));
        }
    }
}
