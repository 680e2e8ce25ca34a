//! What somebody may do with which streams.
//!
//! Grants are JSON: `{"streams": {"build-*": ["read", "publish", "manage"]}}`. A
//! name may end in `*`, the only wildcard: it stands for any rest, also none.
//!
//! The service fails closed: what the operator has not opened is refused, and the
//! refusal says how to open it. `wrangler dev` opens everything through the
//! project's `.env`, which a deployment does not read.

use crate::data::parse_object;
use crate::error::{Error, Result};
use crate::name::Name;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What can be done with a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read its events.
    Read,
    /// Append events, and ask the producer to stop.
    Publish,
    /// Configure and delete it.
    Manage,
    /// A word of a later version: it grants nothing here.
    #[serde(other)]
    Unknown,
}

impl Permission {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Manage => "manage",
            Self::Unknown => "unknown",
        }
    }
}

/// What is granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Grants {
    #[serde(default)]
    streams: BTreeMap<String, Vec<Permission>>,
}

impl Grants {
    /// Reads the var `PUBLIC_ACCESS`. Absent or empty it grants nothing; so does
    /// one that cannot be read, with the error for the operator's log.
    pub fn from_var(var: Option<&str>) -> Result<Self> {
        let Some(text) = var.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::default());
        };
        parse_object(text.as_bytes()).map_err(|error| {
            Error::Unavailable(format!("The var PUBLIC_ACCESS is not valid: {error}."))
        })
    }

    /// Whether a stream may be used so by everybody; where not, how to open it.
    pub fn check(&self, name: &Name, permission: Permission) -> Result<()> {
        let granted = self.streams.iter().any(|(pattern, permissions)| {
            permissions.contains(&permission) && matches(pattern, name.as_str())
        });
        if granted {
            return Ok(());
        }
        let permission = permission.as_str();
        Err(Error::Unavailable(format!(
            "This deployment has not been opened for this. Its operator can grant \"{permission}\" in the var PUBLIC_ACCESS, as in {{\"streams\":{{\"*\":[\"{permission}\"]}}}}."
        )))
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
        grants
            .check(&Name::parse(name).unwrap(), permission)
            .is_ok()
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
            assert_eq!(
                grants.check(&name, Permission::Read).unwrap_err().status(),
                503
            );
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

    proptest! {
        #[test]
        fn never_panics(var in any::<String>()) {
            let _ = Grants::from_var(Some(&var));
        }
    }
}
