//! Conflation: the newest value of each key instead of every value.
//!
//! A ticker's reader wants the price, not all the prices since it looked away. On
//! a stream that is configured with `conflate` (the name of a member of the
//! events' data), events of the same type whose data has the same value there are
//! values of one key, and a reader that is behind gets the newest of each. Events
//! without that member are told apart by their type alone.

use crate::log::Record;
use crate::sorted::SortedMap;

/// The newest record of each key.
#[derive(Debug)]
pub struct Newest<'a> {
    member: &'a str,
    by_key: SortedMap<(String, Option<String>), u64>,
    by_seq: SortedMap<u64, Record>,
}

impl<'a> Newest<'a> {
    /// Begins with nothing; `member` names the key in the data.
    #[must_use]
    pub const fn by(member: &'a str) -> Self {
        Self {
            member,
            by_key: SortedMap::new(),
            by_seq: SortedMap::new(),
        }
    }

    /// Adds a record newer than all before.
    pub fn push(&mut self, record: Record) {
        let key = record.data.member(self.member);
        let key = (record.kind.clone(), key.map(ToOwned::to_owned));
        if let Some(older) = self.by_key.insert(key, record.seq) {
            self.by_seq.remove(&older);
        }
        self.by_seq.insert(record.seq, record);
    }

    /// What is left, in the order of the log.
    #[must_use]
    pub fn into_records(self) -> Vec<Record> {
        let records = self.by_seq.into_entries().into_iter();
        records.map(|(_, record)| record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Data;

    fn conflated(events: &[(&str, &str)]) -> Vec<u64> {
        let mut newest = Newest::by("symbol");
        for (seq, (kind, data)) in (1..).zip(events) {
            newest.push(Record {
                seq,
                at: 0,
                kind: (*kind).to_owned(),
                data: Data::Json((*data).to_owned()),
                key: None,
                is_final: false,
            });
        }
        newest.into_records().iter().map(|r| r.seq).collect()
    }

    #[test]
    fn the_newest_of_each_key_in_order() {
        assert_eq!(
            conflated(&[
                ("tick", r#"{"symbol":"A","price":1}"#),
                ("tick", r#"{"symbol":"B","price":1}"#),
                ("tick", r#"{"symbol":"A","price":2}"#),
                ("other", r#"{"symbol":"A"}"#),
                ("tick", r#"{"price":1}"#),
                ("tick", "7"),
                ("tick", r#"{"symbol":1}"#),
                ("tick", r#"{"symbol":"1"}"#),
            ]),
            [2, 3, 4, 6, 7, 8]
        );
    }
}
