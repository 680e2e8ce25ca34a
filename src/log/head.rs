//! What a log knows of its newest events without reading them.

use super::{Record, corrupt};
use crate::data::Members;
use crate::error::Result;
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

/// The latest events before a segment, as it is stored with them.
pub(super) fn parse_latest(json: &str) -> Result<SortedMap<String, u64>> {
    let mut latest = SortedMap::new();
    for (kind, seq) in Members::parse(json).map_err(corrupt)?.0 {
        let seq = serde_json::from_str(seq.get()).map_err(corrupt)?;
        latest.insert(kind.into_owned(), seq);
    }
    Ok(latest)
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
