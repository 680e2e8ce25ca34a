//! What a log knows of its newest events without reading them.

use super::Record;
use crate::data::Members;
use crate::limit::SNAPSHOT_TYPES;
use crate::sorted::SortedMap;
use serde::Serialize;

/// The head of a log whose events have all expired.
#[derive(Serialize)]
pub(super) struct ExpiredHead {
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) ended: bool,
}

impl ExpiredHead {
    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        let members = Members::parse(json)?;
        Ok(Self {
            seq: members.read("seq")?,
            at: members.read("at")?,
            ended: members.read("ended")?,
        })
    }
}

/// Keeps `latest` at the newest event of each type, and forgets the type that
/// has been silent longest where there are too many.
pub(super) fn note_latest(latest: &mut SortedMap<String, u64>, record: &Record) {
    if let Some(seq) = latest.get_mut(&record.kind) {
        *seq = record.seq;
        return;
    }
    latest.insert(record.kind.clone(), record.seq);
    if latest.len() > SNAPSHOT_TYPES {
        let stalest = latest.iter().min_by_key(|(_, seq)| **seq);
        if let Some(kind) = stalest.map(|(kind, _)| kind.clone()) {
            latest.remove(&kind);
        }
    }
}
