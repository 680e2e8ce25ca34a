//! A log written as the lines of a backup, and filled from them.

use super::head::ExpiredHead;
use super::{Entry, Log, META_HEAD, PageLimit, Record, Since, Storage, corrupt};
use crate::backup::{self, Page, Receipt};
use crate::cursor::{After, Cursor};
use crate::error::{Error, Result};
use crate::limit::{EXPORT_BYTES, EXPORT_EVENTS};

/// The row that says up to which place of which log this one was filled from a
/// backup, and from which one: what a later page must continue.
const META_IMPORT: &str = "import";

impl<S: Storage> Log<S> {
    /// Adds the lines of the events after `after` to `out`, as many as fit; where the
    /// next page begins, if there is one.
    ///
    /// 409 where some of what follows `after` is not there any more: a backup has no holes.
    pub fn export(&mut self, out: &mut String, after: &After, now: u64) -> Result<Option<Cursor>> {
        let from = match self.since(after, now)? {
            Since::UpToDate => return Ok(None),
            Since::Replay(from) => from,
            Since::Gap(gap) => {
                if gap.from > self.oldest(now)? {
                    self.begin_after_holes(gap.from)?;
                }
                return Err(Error::conflict(
                    "What follows this cursor is not all there any more. Begin a new export.",
                ));
            }
        };
        let limit = PageLimit {
            events: EXPORT_EVENTS,
            bytes: EXPORT_BYTES,
        };
        let mut last = from.saturating_sub(1);
        for record in self.read(from, limit, now)?.records {
            // Encoded, a text may be six times as long.
            if record.seq > from && out.len() > EXPORT_BYTES {
                break;
            }
            last = record.seq;
            backup::write(out, &self.epoch, &record);
        }
        Ok((last < self.head).then(|| self.epoch.at(last)))
    }

    /// Has the log begin after its last hole, of which one ends before the number `next`.
    /// What is before it is read only because it was kept for its keys, and a new export
    /// would end there again.
    fn begin_after_holes(&mut self, mut next: u64) -> Result<()> {
        self.floor = next;
        while let Some(segment) = self.storage.holding(next)? {
            if segment.first > next {
                self.floor = segment.first;
            }
            next = segment.last.saturating_add(1);
        }
        if next <= self.head {
            self.floor = self.head.saturating_add(1);
        }
        Ok(())
    }

    /// Whether an import of this page begins here (`true`) or goes on; 409 where it
    /// can do neither.
    pub fn begins_import(&self, page: &Page) -> Result<bool> {
        let standing = self.storage.meta(META_IMPORT)?;
        match (&page.description, standing) {
            (Some(_), None) if !self.exists && !self.is_pending() => Ok(true),
            (Some(description), Some(standing))
                if standing.ends_with(&format!(" {}", description.fingerprint)) =>
            {
                Ok(false)
            }
            (None, Some(_)) => Ok(false),
            (Some(_), _) => Err(Error::conflict(
                "There is something under this name. Delete it first, or restore under another name.",
            )),
            (None, None) => Err(Error::conflict(
                "This is not the first page, and nothing is being imported here.",
            )),
        }
    }

    /// Takes the events of a page, after [`Log::begins_import`], and writes them at
    /// once; what was written is returned for those who read. Nothing is taken where
    /// the page does not continue what is here: a 409.
    pub fn import(&mut self, page: Page) -> Result<(Receipt, Vec<Record>)> {
        let (mut place, backup) = match (&page.description, self.storage.meta(META_IMPORT)?) {
            (_, Some(standing)) => read(&standing)?,
            (Some(description), None) => {
                let oldest = &description.oldest;
                let before = oldest.epoch.at(oldest.seq.saturating_sub(1));
                (before, description.fingerprint.to_string())
            }
            (None, None) => return Err(Error::Internal("an import did not begin".to_owned())),
        };
        let all = page.records.len();
        let mut records = page.records;
        records.retain(|record| record.seq > place.seq);
        let first = records.first().map(|record| record.seq);
        let is_new = !self.exists;
        let is_here = is_new || (self.head == place.seq && !self.is_pending() && !self.closed);
        if page.epoch.is_some_and(|epoch| epoch != place.epoch)
            || first.is_some_and(|first| first != place.seq.saturating_add(1) || !is_here)
        {
            return Err(Error::conflict(
                "This page does not continue what was imported here, or something else was published since.",
            ));
        }
        if is_new {
            let head = ExpiredHead {
                seq: place.seq,
                at: 0,
                ended: false,
            };
            self.create()?;
            let head = serde_json::to_string(&head).map_err(corrupt)?;
            self.storage.set_meta(META_HEAD, &head)?;
            self.head = place.seq;
        }
        let accepted = records.len();
        for record in records {
            place.seq = record.seq;
            let entry = Entry {
                kind: record.kind,
                data: record.data,
                key: record.key,
                is_final: record.is_final,
            };
            self.push(entry, record.at)?;
        }
        let written = self.commit()?;
        // Last: should it not be written, the page is refused when it comes again, and
        // not taken for one that is there.
        if is_new || accepted > 0 {
            self.storage
                .set_meta(META_IMPORT, &format!("{place} {backup}"))?;
        }
        let receipt = Receipt {
            cursor: self.epoch.at(place.seq),
            accepted,
            duplicates: all.saturating_sub(accepted),
        };
        Ok((receipt, written))
    }
}

fn read(standing: &str) -> Result<(Cursor, String)> {
    let parts = standing.split_once(' ');
    parts
        .and_then(|(place, backup)| Some((place.parse().ok()?, backup.to_owned())))
        .ok_or_else(|| Error::Internal("where an import stands cannot be read".to_owned()))
}
