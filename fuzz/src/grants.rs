//! Grants, as `PUBLIC_ACCESS` and a token's claim say them.

use crate::{json, refused, text};
use serde_json::Value;
use tidings::access::grants::{Grants, Permission, Realm};
use tidings::name::Name;

/// Names that patterns of a search are likely to be about.
const NAMES: [&str; 6] = ["a", "b", "build-1", "build-", "lobby", "tidings.stats"];

/// Checks a text as grants.
pub fn check(data: &[u8]) {
    let text = text(data);
    let parsed = Grants::parse(&text);
    match (Grants::from_var(Some(&text)), &parsed) {
        (Ok(var), Ok(grants)) => assert_eq!(&var, grants),
        (Ok(var), Err(_)) => assert!(text.trim().is_empty() && var == Grants::default()),
        (Err(error), Err(_)) => {
            refused::check(&error, &[503]);
            return;
        }
        (Err(error), Ok(_)) => panic!("{error}"),
    }
    let Ok(grants) = parsed else {
        return;
    };
    let Some(value) = json::tree(&text) else {
        return;
    };
    for realm in [Realm::Streams, Realm::Rooms] {
        let granted = value.get(realm.as_str());
        for name in NAMES {
            let name = Name::parse(name).expect("it is a name");
            for permission in Permission::ALL {
                let is_allowed = grants.allow(realm, &name, permission);
                let is_written = granted.is_some_and(|granted| says(granted, &name, permission));
                // Of two entries for the same name either counts here, the last there.
                assert!(is_allowed || !is_written, "{name} {permission:?}");
                assert!(granted.is_some() || !is_allowed, "{name} {permission:?}");
            }
        }
    }
}

/// Whether a tree of JSON grants this.
fn says(granted: &Value, name: &Name, permission: Permission) -> bool {
    let names = granted.as_object().into_iter().flatten();
    names
        .filter(|(pattern, _)| match pattern.strip_suffix('*') {
            Some(prefix) => name.as_str().starts_with(prefix),
            None => *pattern == name.as_str(),
        })
        .any(|(_, words)| {
            let mut words = words.as_array().into_iter().flatten();
            words.any(|word| word == permission.as_str())
        })
}
