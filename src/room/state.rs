//! Shared state: a few values that everybody in a room sees and may change.
//!
//! Each value has a version that only grows, also when it is removed and set anew,
//! so that `if_version` is a compare-and-set. A change whose answer was lost may be
//! sent again: the last ids of each key are kept with it. The values are a row
//! each in the storage, beside the log.

use super::object::Object;
use super::refusal::Refusal;
use crate::data::Members;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::limit::{
    STATE_KEYS, STATE_REMEMBERED_IDS, STATE_REMEMBERED_OF_REMOVED, STATE_REMEMBERED_REMOVED_IDS,
};
use crate::log::Storage;
use crate::sorted::SortedMap;

/// How the keys of the rows begin that hold values.
pub(crate) const META_VALUE: &str = "state:";
/// The key of the row about what was removed.
pub(crate) const META_REMOVED: &str = "state_removed";

/// Changes that were made, each with the version it made.
type Made = Vec<(u64, u64)>;

/// A value with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    json: String,
    version: u64,
    made: Made,
}

/// The shared state of a room.
#[derive(Debug, Default)]
pub struct State {
    values: SortedMap<String, Value>,
    /// The greatest version of any value that was removed: a new one begins above.
    floor: u64,
    /// The last removals, each after the last changes of what it removed: one of those that
    /// is sent again must not bring it back.
    removals: Made,
    /// The keys whose rows are not written yet.
    changed: Vec<String>,
    removals_changed: bool,
}

/// A change as it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The version that it made.
    pub version: u64,
    /// Whether it was made now; `false` where it had been made before.
    pub is_new: bool,
}

impl State {
    /// Reads what is stored.
    pub fn open(storage: &impl Storage) -> Result<Self> {
        let mut state = Self::default();
        for (row, json) in storage.metas(META_VALUE)? {
            let key = row.strip_prefix(META_VALUE).unwrap_or_default().to_owned();
            let (value, version, made) = read(&json)?;
            let json = value.to_owned();
            state.values.insert(
                key,
                Value {
                    json,
                    version,
                    made,
                },
            );
        }
        if let Some(json) = storage.meta(META_REMOVED)? {
            let (_, floor, removals) = read(&json)?;
            (state.floor, state.removals) = (floor, removals);
        }
        Ok(state)
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether something is not stored yet.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.changed.is_empty() || self.removals_changed
    }

    /// Above which version a value that is set anew begins.
    #[must_use]
    pub const fn floor(&self) -> u64 {
        self.floor
    }

    /// All values, as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let values = self.values.iter();
        values
            .fold(Object::new(), |all, (key, value)| {
                let shown = Object::new()
                    .json("value", &value.json)
                    .number("version", value.version);
                all.json(key, &shown.end())
            })
            .end()
    }

    /// Changes a value, or removes it. Not durable before [`State::commit`].
    ///
    /// `by` is the member and `id` the member's own name for the change.
    pub fn set(
        &mut self,
        by: &str,
        id: &str,
        key: &str,
        json: Option<&str>,
        if_version: Option<u64>,
    ) -> Result<Changed, Refusal> {
        let change = fingerprint(&format!("{} {}\n{by}{id}{key}", by.len(), id.len()));
        let current = self.values.get(key);
        let made = current.map_or(&[][..], |value| &value.made);
        let before = made.iter().chain(&self.removals);
        if let Some((_, version)) = before.clone().find(|(known, _)| *known == change) {
            return Ok(Changed {
                version: *version,
                is_new: false,
            });
        }
        let version = current.map_or(0, |value| value.version);
        if if_version.is_some_and(|wanted| wanted != version) {
            return Err(Refusal::Conflict {
                key: key.to_owned(),
                value: current.map(|value| value.json.clone()),
                version,
            });
        }
        // A new value begins above all that were removed: one of them had its key.
        let floor = if current.is_none() { self.floor } else { 0 };
        let version = version.max(floor).saturating_add(1);
        if let Some(json) = json {
            if current.is_none() && self.values.len() >= STATE_KEYS {
                return Err(Refusal::TooLong {
                    what: "shared state in keys",
                    limit: STATE_KEYS,
                });
            }
            let mut made = made.to_vec();
            remember(&mut made, (change, version), STATE_REMEMBERED_IDS);
            let value = Value {
                json: json.to_owned(),
                version,
                made,
            };
            self.values.insert(key.to_owned(), value);
        } else {
            let removed = self.values.remove(key);
            self.floor = self.floor.max(version);
            let made = removed.map(|value| value.made).unwrap_or_default();
            let kept = made.len().saturating_sub(STATE_REMEMBERED_OF_REMOVED);
            for made in made.get(kept..).unwrap_or_default() {
                remember(&mut self.removals, *made, STATE_REMEMBERED_REMOVED_IDS);
            }
            let removal = (change, version);
            remember(&mut self.removals, removal, STATE_REMEMBERED_REMOVED_IDS);
            self.removals_changed = true;
        }
        if !self.changed.iter().any(|changed| changed == key) {
            self.changed.push(key.to_owned());
        }
        Ok(Changed {
            version,
            is_new: true,
        })
    }

    /// Writes what has changed.
    pub fn commit(&mut self, storage: &mut impl Storage) -> Result<()> {
        for key in std::mem::take(&mut self.changed) {
            let row = format!("{META_VALUE}{key}");
            match self.values.get(&key) {
                Some(value) => {
                    storage.set_meta(&row, &write(&value.json, value.version, &value.made)?)?;
                }
                None => storage.delete_meta(&row)?,
            }
        }
        if std::mem::take(&mut self.removals_changed) {
            storage.set_meta(META_REMOVED, &write("null", self.floor, &self.removals)?)?;
        }
        Ok(())
    }
}

fn remember(made: &mut Made, change: (u64, u64), most: usize) {
    if made.len() >= most {
        made.remove(0);
    }
    made.push(change);
}

pub(crate) fn write(json: &str, version: u64, made: &Made) -> Result<String> {
    let made = serde_json::to_string(made).map_err(|e| corrupt(&e))?;
    Ok(Object::new()
        .json("v", json)
        .number("n", version)
        .json("i", &made)
        .end())
}

pub(super) fn read(row: &str) -> Result<(&str, u64, Made)> {
    let members: Members<'_> = serde_json::from_str(row).map_err(|e| corrupt(&e))?;
    let member = |name| members.get(name).map_or("null", |value| value.get());
    Ok((
        member("v"),
        serde_json::from_str(member("n")).map_err(|e| corrupt(&e))?,
        serde_json::from_str(member("i")).map_err(|e| corrupt(&e))?,
    ))
}

fn corrupt(error: &serde_json::Error) -> Error {
    Error::Internal(format!(
        "stored shared state cannot be read or written: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::MemoryStorage;
    use proptest::prelude::*;

    fn version(changed: Result<Changed, Refusal>) -> u64 {
        changed.unwrap().version
    }

    #[test]
    fn versions_only_grow_also_of_what_was_removed() {
        let mut state = State::default();
        assert_eq!(version(state.set("a", "1", "x", Some("1"), None)), 1);
        assert_eq!(version(state.set("a", "2", "y", Some("1"), Some(0))), 1);
        assert_eq!(version(state.set("b", "1", "x", Some("2"), Some(1))), 2);
        assert_eq!(version(state.set("b", "2", "x", None, Some(2))), 3);
        assert_eq!(version(state.set("a", "3", "x", Some("3"), Some(0))), 4);
        assert_eq!(version(state.set("a", "4", "y", Some("2"), None)), 2);
        assert_eq!(
            state.to_json(),
            r#"{"x":{"value":3,"version":4},"y":{"value":2,"version":2}}"#
        );
    }

    #[test]
    fn of_two_who_expect_the_same_version_one_wins() {
        let mut state = State::default();
        assert_eq!(
            version(state.set("a", "1", "lot", Some("\"a\""), Some(0))),
            1
        );
        assert_eq!(
            state.set("b", "1", "lot", Some("\"b\""), Some(0)),
            Err(Refusal::Conflict {
                key: "lot".into(),
                value: Some("\"a\"".into()),
                version: 1
            })
        );
        assert_eq!(
            state.set("b", "1", "no lot", None, Some(3)),
            Err(Refusal::Conflict {
                key: "no lot".into(),
                value: None,
                version: 0
            })
        );
    }

    #[test]
    fn a_change_sent_again_is_made_once_also_after_a_restart() {
        let mut storage = MemoryStorage::default();
        let mut state = State::default();
        let again = |version| {
            Ok(Changed {
                version,
                is_new: false,
            })
        };
        state.set("a", "1", "x", Some("1"), Some(0)).unwrap();
        state.set("b", "1", "x", Some("2"), Some(1)).unwrap();
        state.set("a", "2", "z", Some("2"), None).unwrap();
        state.set("a", "3", "z", None, Some(1)).unwrap();
        state.commit(&mut storage).unwrap();
        for mut state in [state, State::open(&storage).unwrap()] {
            assert_eq!(state.set("a", "1", "x", Some("1"), Some(0)), again(1));
            assert_eq!(state.set("b", "1", "x", Some("2"), Some(1)), again(2));
            assert_eq!(state.set("a", "3", "z", None, Some(1)), again(2));
            // What was removed since stays removed.
            assert_eq!(state.set("a", "2", "z", Some("2"), None), again(1));
            assert!(!state.is_changed());
            assert_eq!(version(state.set("c", "1", "z", Some("3"), Some(0))), 3);
        }
    }

    #[test]
    fn at_least_32_removals_are_known_however_much_was_removed() {
        let mut state = State::default();
        state.set("a", "1", "x", Some("1"), None).unwrap();
        state.set("a", "2", "x", None, None).unwrap();
        for key in 0..31 {
            for n in 0..40 {
                state
                    .set("b", &n.to_string(), &key.to_string(), Some("1"), None)
                    .unwrap();
            }
            state
                .set("b", "gone", &key.to_string(), None, None)
                .unwrap();
        }
        state.set("c", "1", "x", Some("2"), None).unwrap();
        assert!(!state.set("a", "2", "x", None, None).unwrap().is_new);
        assert!(state.to_json().contains("\"x\""));
    }

    #[test]
    fn keys_are_bounded() {
        let mut state = State::default();
        for n in 0..STATE_KEYS {
            state
                .set("a", &n.to_string(), &n.to_string(), Some("1"), None)
                .unwrap();
        }
        let refused = state
            .set("a", "x", "one more", Some("1"), None)
            .unwrap_err();
        assert_eq!(refused.code(), "too_long");
        state.set("a", "y", "7", Some("2"), None).unwrap();
        state.set("a", "z", "7", None, None).unwrap();
        state.set("a", "x", "one more", Some("1"), None).unwrap();
    }

    proptest! {
        #[test]
        fn what_is_stored_is_what_there_is(
            sets in proptest::collection::vec((0..3_u8, proptest::option::of(0..9_u8), any::<bool>()), 0..60)
        ) {
            let mut storage = MemoryStorage::default();
            let mut state = State::default();
            let mut versions = SortedMap::new();
            for (n, (key, value, reopen)) in sets.into_iter().enumerate() {
                let key = format!("k\"{key}");
                let value = value.map(|v| v.to_string());
                let made = state.set("a", &n.to_string(), &key, value.as_deref(), None).unwrap();
                prop_assert!(versions.insert(key, made.version).is_none_or(|before| before < made.version));
                state.commit(&mut storage).unwrap();
                if reopen {
                    let again = State::open(&storage).unwrap();
                    prop_assert_eq!(&again.values, &state.values);
                    state = again;
                }
            }
        }
    }
}
