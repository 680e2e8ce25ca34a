//! Who is kept out of a room, and until when.

use crate::error::{Error, Result};
use crate::limit::BANS;
use crate::log::Storage;
use crate::sorted::SortedMap;

/// How the keys of the rows begin that hold bans.
pub(crate) const META_BAN: &str = "ban:";

/// The bans of a room: a row for each in the storage.
#[derive(Debug, Default)]
pub(super) struct Bans {
    /// Member ids and traces, each with the end of the ban in Unix milliseconds.
    until: SortedMap<String, u64>,
}

impl Bans {
    /// Reads what is stored.
    pub(super) fn open(storage: &impl Storage) -> Result<Self> {
        let mut until = SortedMap::new();
        for (row, end) in storage.metas(META_BAN)? {
            let who = row.strip_prefix(META_BAN).unwrap_or_default().to_owned();
            let end = end
                .parse()
                .map_err(|_| Error::Internal("a stored ban cannot be read".to_owned()))?;
            until.insert(who, end);
        }
        Ok(Self { until })
    }

    /// Whether somebody is kept out at `now`.
    pub(super) fn has(&self, who: &str, now: u64) -> bool {
        self.until.get(who).is_some_and(|end| *end > now)
    }

    /// When the next ban ends after `now`.
    pub(super) fn next_end(&self, now: u64) -> Option<u64> {
        self.until.values().filter(|end| **end > now).min().copied()
    }

    /// Keeps somebody out until `end`.
    pub(super) fn add(
        &mut self,
        storage: &mut impl Storage,
        who: &str,
        end: u64,
        now: u64,
    ) -> Result<()> {
        let over = self.until.iter().filter(|(_, end)| **end <= now);
        let mut gone: Vec<String> = over.map(|(who, _)| who.clone()).collect();
        let is_new = !self.until.contains_key(who);
        if is_new && self.until.len().saturating_sub(gone.len()) >= BANS {
            let soonest = self.until.iter().filter(|(_, end)| **end > now);
            gone.extend(
                soonest
                    .min_by_key(|(_, end)| **end)
                    .map(|(who, _)| who.clone()),
            );
        }
        for who in gone {
            self.until.remove(&who);
            storage.delete_meta(&format!("{META_BAN}{who}"))?;
        }
        storage.set_meta(&format!("{META_BAN}{who}"), &end.to_string())?;
        self.until.insert(who.to_owned(), end);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::log::MemoryStorage;

    #[test]
    fn a_ban_ends_and_survives_a_restart() {
        let mut storage = MemoryStorage::default();
        let mut bans = Bans::default();
        bans.add(&mut storage, "ann", 100, 0).unwrap();
        for bans in [&bans, &Bans::open(&storage).unwrap()] {
            assert!(bans.has("ann", 99));
            assert_eq!(bans.next_end(99), Some(100));
            assert!(!bans.has("ann", 100));
            assert_eq!(bans.next_end(100), None);
            assert!(!bans.has("bo", 0));
        }
        // One that is over makes room.
        bans.add(&mut storage, "bo", 200, 150).unwrap();
        assert_eq!(Bans::open(&storage).unwrap().until.len(), 1);
    }

    #[test]
    fn bans_are_bounded_and_the_one_that_ends_first_goes() {
        let mut storage = MemoryStorage::default();
        let mut bans = Bans::default();
        for n in 0..BANS as u64 {
            bans.add(&mut storage, &format!("m{n}"), 1_000 + n, 0)
                .unwrap();
        }
        bans.add(&mut storage, "one more", 5_000, 0).unwrap();
        assert!(!bans.has("m0", 0) && bans.has("m1", 0) && bans.has("one more", 0));
        assert_eq!(Bans::open(&storage).unwrap().until.len(), BANS);
    }
}
